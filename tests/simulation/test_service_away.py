"""The signal service is away, and something is held: stops follow the price, limits of losses count, as ever."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from support.build import BTC, NOON
from support.servers import Served
from support.telegram_bench import Bench
from support.trader import Trader, trading
from tradepods_core.book.events import MarksMoved
from tradepods_core.book.facts import StopMoved
from tradepods_core.wire.stream import Ping
from tradepods_simulator.exchange.faults import Fault
from tradepods_simulator.exchange.market import POINT_MS
from tradepods_worker.tasks import stand_in, troubles

D = Decimal
HALF_A_DAY = 12 * 60 * 60 * 1000 // POINT_MS  # the replay's steps to noon
RUNNING = {"breakEven": {"triggerPct": 1, "offsetPct": 0.2}, "trailing": {"activatePct": 2, "callbackPct": 1}}
FAR = {"long": {"takeProfitPct": 50, "stopLossPct": 3}}
PRICES = "/fapi/v1/premiumIndex"


@pytest.fixture(autouse=True)
def at_noon(exchange: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """The exchange's market time is the worker's; both look twenty times a second."""
    exchange.exchange.market.go_to(HALF_A_DAY)
    monkeypatch.setattr(troubles, "LOOK_EVERY", 0.05)
    monkeypatch.setattr(stand_in, "ASK_EVERY", 0.05)


@pytest.fixture
def asked(exchange: Served) -> Counter[str]:
    """How often the exchange was asked for prices, by the symbol."""
    found: Counter[str] = Counter()

    def note(request: web.Request) -> str:
        found.update([request.query.get("symbol", "")] if request.path == PRICES else [])
        return ""

    exchange.faults.whose = note
    exchange.faults.arm(Fault(does="delay", customer="nobody", lasts=3_600))  # it looks at each request
    return found


@asynccontextmanager
async def _holding(exchange: Served, api: Bench, folder: Path, **changes: Any) -> AsyncIterator[Trader]:
    """A long position from 100."""
    async with trading(exchange, folder, **api.manifest(folder), **FAR, **changes) as trader:
        trader.buy()
        await trader.until(lambda: BTC in trader.sight.marks and bool(trader.book.positions) and trader.quiet())
        yield trader


@asynccontextmanager
async def _silent(trader: Trader) -> AsyncIterator[None]:
    """The service has been silent for two periods."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(troubles, "UNKNOWN", timedelta(0))
        await trader.until(lambda: "SignalsGone" in trader.book.troubles)
        yield


def _stops(trader: Trader) -> list[Decimal | None]:
    """Those in the book, live or on paper."""
    return [o.intent.trigger for o in trader.book.orders.values() if o.intent.purpose == "stop" and not o.ended]


@pytest.mark.parametrize("dry", [False, True])
async def test_a_stop_follows_the_price_while_the_service_is_away(
    exchange: Served, api: Bench, tmp_path: Path, *, dry: bool
) -> None:
    """Break-even and trailing at 106: it would have stayed at 97. On paper as well, by prices that need no key."""
    async with _holding(exchange, api, tmp_path, dryRun=dry, **RUNNING) as trader, _silent(trader):
        trader.move_unheard("106")
        await trader.until(lambda: _stops(trader) == [D("104.9")] and trader.quiet())

        assert "SignalsGone" in trader.book.troubles, "the exchange's prices are no word of the service"
        trader.buy("second")
        await trader.until(lambda: trader.tally().refusals.get("StaleData") == 1)
        assert [fact.why for fact in await trader.facts() if isinstance(fact, StopMoved)] == ["trailing"]
        if not dry:
            assert trader.stops() == [D("104.9")]


async def test_a_limit_of_losses_trips_while_the_service_is_away(exchange: Served, api: Bench, tmp_path: Path) -> None:
    """The day's loss is counted on the exchange's prices, and what is open is closed where the manifest says so."""
    limits = {"maxDailyLossPct": 1, "flattenOnBreach": True}
    settings = {"entryPct": 50, "leverage": 5, "protections": limits}
    async with _holding(exchange, api, tmp_path, **settings) as trader, _silent(trader):
        trader.move_unheard("98")
        await trader.until(lambda: trader.flat() and trader.agrees())

        assert trader.book.pause is not None
        assert trader.book.pause.limit == "DailyLossLimit"


async def test_levels_are_told_while_the_service_is_away(exchange: Served, api: Bench, tmp_path: Path) -> None:
    """Without autoExit nothing rests at the exchange: the person's message is all there is."""
    async with _holding(exchange, api, tmp_path, autoExit=False) as trader, _silent(trader):
        trader.move_unheard("96")
        await api.hears("the stop's level is reached")


async def test_the_exchange_is_asked_only_while_it_has_to_be(
    exchange: Served, api: Bench, tmp_path: Path, asked: Counter[str]
) -> None:
    """Not while the service speaks, not for a symbol that is not held; and no more once it speaks again."""
    async with _holding(exchange, api, tmp_path, **RUNNING) as trader:
        before = dict(asked)
        async with _silent(trader):
            await trader.until(lambda: asked["BTCUSDT"] > 2)
        trader.hear(Ping(at=NOON))
        trader.hear(MarksMoved(at=NOON + timedelta(hours=1), marks={BTC: D("100.5")}))
        await trader.until(lambda: not trader.book.troubles and trader.sight.marks[BTC] == D("100.5"))
        looked = Counter(asked)
        trader.move_unheard("101")
        trader.hear(Ping(at=NOON))
        await trader.until(trader.agrees)

        assert before == {}
        assert set(looked) == {"BTCUSDT"}
        assert asked == looked
        assert trader.sight.marks[BTC] == D("100.5"), "what the service says is newer than what was asked for"


@pytest.mark.parametrize("fault", [{"does": "drop"}, {"does": "answer", "status": 200}, {"does": "ban"}])
async def test_prices_that_can_not_be_had_end_nothing(
    exchange: Served, api: Bench, tmp_path: Path, fault: dict[str, Any]
) -> None:
    """The worker goes on, and follows the price as soon as it can."""
    async with _holding(exchange, api, tmp_path, **RUNNING) as trader, _silent(trader):
        exchange.faults.arm(Fault(path=PRICES, lasts=0.5, **fault))
        trader.move_unheard("106")
        await trader.until(lambda: trader.stops() == [D("104.9")] and trader.quiet())
        assert not trader.running.done()
