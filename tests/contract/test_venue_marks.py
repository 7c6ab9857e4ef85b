"""Mark prices from the venue itself: in memory, with an account through ccxt, and without one."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import pytest

from support.bench import ccxt_bench, paper_bench
from support.build import BTC, ETH, NOON
from support.proxies import proxying
from support.scripted import Scripted, ccxt_venue
from support.servers import Served
from tradepods_core.errors import Permanent, Temporary
from tradepods_core.settings.parts import Exchange
from tradepods_core.settings.proxy import read_proxy
from tradepods_core.times import from_ms
from tradepods_simulator.exchange.faults import Fault
from tradepods_worker.adapters.clocks import WallClock
from tradepods_worker.adapters.venues.budget import Kind
from tradepods_worker.adapters.venues.ccxt_venue import CcxtVenue
from tradepods_worker.adapters.venues.keyless import Keyless
from tradepods_worker.adapters.venues.quotes_memory import MemoryQuotes
from tradepods_worker.ports import Mark, Quotes, Venue

D = Decimal
LISTED_NO_MORE = "GONE/USDT:USDT"
MANY = [BTC, *(f"X{number}/USDT:USDT" for number in range(9))]


@dataclass(slots=True)
class Asked:
    """Who is asked, and the hand that moves what he tells."""

    venue: Venue
    move: Callable[[Mapping[str, Decimal]], Awaitable[None]]
    go_away: Callable[[], None]


def _keyless(url: str) -> CcxtVenue:
    return CcxtVenue(exchange=Exchange(environment="custom", url=url), api_key="", secret="", wall=WallClock())


@pytest.fixture(params=["memory", "ccxt", "keyless"])
async def asked(request: pytest.FixtureRequest, exchange: Served) -> AsyncIterator[Asked]:
    """Both symbols at 100. A paper book asks the venue as anybody may, with no key."""
    markets, memory = exchange.exchange.market.markets, MemoryQuotes()

    async def remember(prices: Mapping[str, Decimal]) -> None:
        memory.move(prices, at=from_ms(exchange.exchange.market.now_ms))

    def leave() -> None:
        memory.away = True
        exchange.faults.arm(Fault(does="drop", path="/fapi/v1/premiumIndex", lasts=60))

    await remember({BTC: D(100), ETH: D(100)})
    other = await ccxt_bench(exchange, markets)
    quotes: Quotes = memory if request.param == "memory" else Keyless(lambda: _keyless(exchange.url))
    paper = await paper_bench(markets, quotes)

    async def move(prices: Mapping[str, Decimal]) -> None:
        await remember(prices)
        await other.move(prices)

    yield Asked(other.venue if request.param == "ccxt" else paper.venue, move, leave)
    for bench in (other, paper):
        bench.listening.cancel()
        await bench.venue.close()


async def test_mark_prices_are_told_with_the_venues_time(asked: Asked, exchange: Served) -> None:
    """Now, and of no other symbol."""
    await asked.move({BTC: D(106), ETH: D("99.5")})

    at = from_ms(exchange.exchange.market.now_ms)
    assert await asked.venue.marks([BTC]) == {BTC: Mark(price=D(106), at=at)}
    assert await asked.venue.marks([BTC, ETH]) == {BTC: Mark(price=D(106), at=at), ETH: Mark(price=D("99.5"), at=at)}
    assert await asked.venue.marks([]) == {}


async def test_a_symbol_that_the_venue_does_not_list_costs_the_others_nothing(asked: Asked) -> None:
    """It has no price; they have theirs."""
    assert set(await asked.venue.marks([BTC, LISTED_NO_MORE])) == {BTC}


async def test_of_many_symbols_each_is_told_too(asked: Asked) -> None:
    """However they are asked for."""
    assert set(await asked.venue.marks(MANY)) == {BTC}


async def test_a_venue_that_does_not_answer_is_temporary(asked: Asked) -> None:
    """Whoever asks tries again later."""
    asked.go_away()
    with pytest.raises(Temporary):
        await asked.venue.marks([BTC])


@pytest.mark.parametrize(("symbols", "weight"), [([BTC], 1), ([BTC, ETH], 2), (MANY, 10)])
async def test_a_question_weighs_as_the_venue_counts(exchange: Served, symbols: list[str], weight: int) -> None:
    """From the tenth symbol on all are asked for at once, which weighs no more."""
    venue = _keyless(exchange.url)
    await venue.marks(symbols)
    await venue.close()

    assert venue._wire.budget._weight.used(now=WallClock().now()) == weight


async def test_prices_leave_half_of_the_addresss_limit_to_everything_else(scripted: Scripted) -> None:
    """A fleet whose service is away must not talk its accounts out of their readings, stops and closes."""
    scripted.body = json.dumps({"symbol": "BTCUSDT", "markPrice": "100", "time": 1})
    scripted.headers = {"X-MBX-USED-WEIGHT-1M": "1200"}
    venue = ccxt_venue(scripted.url)
    await venue.marks([BTC])
    with pytest.raises(Temporary) as raised:
        await venue.marks([BTC])
    room = venue._wire.budget.closed_until(Kind.READING, weight=110, orders=0, now=WallClock().now())
    await venue.close()

    assert len(scripted.asked) == 1
    assert raised.value.after > 0
    assert room is None


@pytest.mark.parametrize(
    "body", ["", "[]", "{}", '{"symbol":"BTCUSDT"}', '{"symbol":"BTCUSDT","markPrice":"x","time":1}']
)
async def test_an_answer_that_is_none_is_never_a_price(scripted: Scripted, body: str) -> None:
    """Stops would act on it."""
    scripted.body = body
    venue = ccxt_venue(scripted.url)
    try:
        found = await venue.marks([BTC])
    except Temporary:
        found = {}
    await venue.close()

    assert found == {}


@pytest.mark.parametrize("price", ["0", "-1", ""])
async def test_a_price_of_nothing_is_no_price(scripted: Scripted, price: str) -> None:
    """Every stop would act on it."""
    scripted.body = json.dumps({"symbol": "BTCUSDT", "markPrice": price, "time": 1})
    venue = ccxt_venue(scripted.url)
    found = await venue.marks([BTC])
    await venue.close()

    assert found == {}


async def test_without_a_key_nothing_is_signed(scripted: Scripted) -> None:
    """What anybody may ask needs no account."""
    scripted.body = json.dumps({"symbol": "BTCUSDT", "markPrice": "106", "time": 1_748_865_600_000})
    quotes = Keyless(lambda: _keyless(scripted.url))
    found = await quotes.marks([BTC])
    await quotes.close()

    assert found == {BTC: Mark(price=D(106), at=NOON)}
    assert scripted.asked == [{"path": "/fapi/v1/premiumIndex", "method": "GET", "symbol": "BTCUSDT"}]


@pytest.mark.parametrize("kind", ["http", "socks5"])
async def test_prices_come_by_the_way_that_the_account_names(exchange: Served, kind: str) -> None:
    """An address that the venue must not see is never shown to it."""
    async with proxying() as proxy:
        venue = CcxtVenue(
            exchange=Exchange(environment="custom", url=exchange.url),
            api_key="",
            secret="",
            wall=WallClock(),
            proxy=read_proxy(proxy.url(kind)),
        )
        found = await venue.marks([BTC])
        await venue.close()

    assert set(found) == {BTC}
    assert {wanted for _, wanted in proxy.asked} == {exchange.url.removeprefix("http://")}


async def test_a_way_that_can_not_be_read_is_temporary() -> None:
    """Who only looks at prices ends nothing; the next question tries again."""

    def unreadable() -> Quotes:
        raise Permanent("can't read the proxy's Secret")

    quotes = Keyless(unreadable)
    for _ in range(2):
        with pytest.raises(Temporary, match="can't read the proxy's Secret"):
            await quotes.marks([BTC])
    await quotes.close()


def test_memory_tells_the_moment_that_it_was_given() -> None:
    """The fake's own part."""
    memory = MemoryQuotes()
    memory.move({BTC: D(1)}, at=NOON)
    memory.move({BTC: D(2)}, at=NOON + timedelta(seconds=1))

    assert memory._marks == {BTC: Mark(price=D(2), at=NOON + timedelta(seconds=1))}
