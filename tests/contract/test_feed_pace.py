"""The service's requests under the venue's limits: the simulated venue counts, refuses and bans; real ccxt asks."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from support.build import BTC, ETH
from support.scripted import Scripted
from support.servers import START_MS, Served, serving
from support.signal_service import WALL
from tradepods_core.errors import Temporary
from tradepods_core.times import Timeframe, from_ms
from tradepods_signals.adapters.feed_ccxt import CcxtFeed
from tradepods_signals.engine.bans import Address, BanBook, OwnBan
from tradepods_signals.engine.budget import Budget
from tradepods_signals.engine.turns import Turns
from tradepods_simulator.exchange.limits import MOST_WEIGHT, Limits

MINUTE = Timeframe(60)
SINCE = from_ms(START_MS)
HERE = Address("binanceusdm/custom", "here")
ORDERS = '{"rateLimitType":"ORDERS","interval":"MINUTE","intervalNum":1,"limit":1200}'
EXCHANGE_INFO = '{"rateLimits":[%s],"symbols":[]}'


class Counted(Limits):
    """Counts as the venue does in a minute that never ends, and keeps how often it refused."""

    def __init__(self) -> None:
        super().__init__(now_ms=lambda: 0)
        self.refused = 0

    def ask(self, address: str, *, weight: int) -> object:  # type: ignore[override]  # what it answers is not looked at
        found = super().ask(address, weight=weight)
        self.refused += found is not None
        return found


@dataclass(slots=True)
class Paced:
    """A feed with the budget that it keeps."""

    feed: CcxtFeed
    budget: Budget

    async def describe(self) -> None:
        """The venue describes itself, without any contract."""
        with pytest.raises(Temporary, match="no contract"):
            await self.feed.markets()

    async def ask(self, count: int = 2) -> None:
        """So many candles, as for a close or for a warm-up."""
        await self.feed.candles(BTC, MINUTE, since=SINCE, count=count)


@contextlib.asynccontextmanager
async def _paced(url: str) -> AsyncIterator[Paced]:
    budget = Budget()
    turns = Turns(budget=budget, now=WALL.now, sleep=asyncio.sleep)
    ban = OwnBan(BanBook(now=WALL.now), HERE)
    feed = CcxtFeed(exchange="binanceusdm", url=url, pace=turns, sleep=asyncio.sleep, now=WALL.now, ban=ban)
    yield Paced(feed, budget)
    await feed.close()


@pytest.fixture
async def limited() -> AsyncIterator[tuple[Served, Counted]]:
    """A venue that counts."""
    limits = Counted()
    async with serving(limits=limits) as served:
        yield served, limits


async def test_markets_say_since_when_they_are_listed_and_volumes_come_in_one_request(exchange: Served) -> None:
    """Of every symbol; nothing was traded yet."""
    async with _paced(exchange.url) as paced:
        markets, volumes = await paced.feed.markets(), await paced.feed.volumes()

    assert {symbol: market.listed_at for symbol, market in markets.items()} == dict.fromkeys(
        (BTC, ETH), datetime(2019, 9, 25, 8, tzinfo=UTC)
    )
    assert volumes == {BTC: 0, ETH: 0}


@pytest.mark.parametrize(
    ("said", "volume"),
    [
        ('"123456.789"', "123456.789"),
        ("5000000", "5000000"),
        ('"NaN"', "0"),
        ('"-5"', "0"),
        ('"1e9"', "0"),
        ("null", "0"),
    ],
)
async def test_a_volume_is_read_from_the_venues_own_text_and_nonsense_is_none(
    exchange: Served, scripted: Scripted, said: str, volume: str
) -> None:
    """A float never stands between, and a ranking is never poisoned."""
    async with _paced(exchange.url) as paced:
        await paced.feed.markets()
        paced.feed._ccxt.urls["api"]["fapiPublic"] = scripted.url
        scripted.body = f'[{{"symbol":"BTCUSDT","lastPrice":"1","closeTime":1,"quoteVolume":{said}}}]'

        assert await paced.feed.volumes() == {BTC: Decimal(volume)}


async def test_what_the_venue_counts_is_what_the_budget_knows(limited: tuple[Served, Counted]) -> None:
    """Each request by its own weight, and what others behind the address send."""
    served, limits = limited
    async with _paced(served.url) as paced:
        await paced.feed.markets()
        await paced.feed.volumes()
        await paced.ask(1_000)
        alone = paced.budget.used(WALL.now()), limits.used("127.0.0.1")
        limits.ask("127.0.0.1", weight=700)
        await paced.ask()
        together = paced.budget.used(WALL.now()), limits.used("127.0.0.1")

    assert alone == (1 + 40 + 5, 1 + 40 + 5)
    assert together == (747, 747)


async def test_at_half_of_the_limit_nothing_more_is_asked_and_the_venue_never_refuses(
    limited: tuple[Served, Counted],
) -> None:
    """The rest is for orders: a close fails at once then, and a warm-up waits."""
    served, limits = limited
    async with _paced(served.url) as paced:
        await paced.feed.markets()
        limits.ask("127.0.0.1", weight=MOST_WEIGHT // 2 - 30)
        await paced.ask()
        asked = await asyncio.gather(*(paced.ask() for _ in range(100)), return_exceptions=True)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await paced.ask(1_000)

    assert sum(found is None for found in asked) == 28
    assert all(found is None or isinstance(found, Temporary) for found in asked)
    assert limits.used("127.0.0.1") == MOST_WEIGHT // 2
    assert limits.refused == 0


@pytest.mark.parametrize("status", [429, 418, 500, 503])
async def test_what_the_venue_does_not_answer_well_halves_the_pace(scripted: Scripted, status: int) -> None:
    """And once it answers again the pace comes back little by little."""
    scripted.body = EXCHANGE_INFO % ""
    async with _paced(scripted.url) as paced:
        await paced.describe()
        scripted.status = status
        with pytest.raises(Temporary):
            await paced.feed.volumes()
        slowed = paced.budget.pace
        scripted.status, scripted.body = 200, "[]"
        paced.feed._ban = OwnBan(BanBook(now=WALL.now), HERE)
        await paced.feed.volumes()

    assert slowed == 0.5
    assert paced.budget.pace == 0.51


async def test_a_venue_that_is_silent_halves_the_pace() -> None:
    """Nobody listens there."""
    async with _paced("http://127.0.0.1:9") as paced:
        with pytest.raises(Temporary):
            await paced.feed.markets()

        assert paced.budget.pace == 0.5


@pytest.mark.parametrize(
    ("limits", "limit"),
    [
        ('{"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","intervalNum":1,"limit":6000}', 6_000),
        (
            f'{ORDERS},{{"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","intervalNum":2,"limit":2400}}',
            1_200,
        ),
        ('{"rateLimitType":"REQUEST_WEIGHT","interval":"DAY","intervalNum":1,"limit":6000}', 2_400),
        ('{"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","intervalNum":0,"limit":6000}', 2_400),
        ('{"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","intervalNum":1,"limit":"many"}', 2_400),
        ("7", 2_400),
        ("", 2_400),
    ],
)
async def test_the_limit_is_the_venues_own_and_what_cannot_be_read_changes_nothing(
    scripted: Scripted, limits: str, limit: int
) -> None:
    """As its description of itself says."""
    scripted.body = EXCHANGE_INFO % limits
    async with _paced(scripted.url) as paced:
        await paced.describe()

        assert paced.budget.limit == limit


async def test_a_replay_is_not_paced(limited: tuple[Served, Counted]) -> None:
    """It runs ahead of the wall clock: a day of candles in a second."""
    served, limits = limited
    ban = OwnBan(BanBook(now=WALL.now), HERE)
    feed = CcxtFeed(exchange="binanceusdm", url=served.url, pace=None, sleep=asyncio.sleep, now=WALL.now, ban=ban)
    await feed.markets()
    limits.ask("127.0.0.1", weight=MOST_WEIGHT // 2)
    found = await feed.candles(BTC, MINUTE, since=SINCE - timedelta(minutes=1), count=5)
    await feed.close()

    assert found
