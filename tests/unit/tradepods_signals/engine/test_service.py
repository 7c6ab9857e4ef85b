"""What the HTTP doors open on: the latest cycle, the markets, and whether the service is ready."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from support.build import BTC, ETH, NOON, WALL, cycle, market, signal
from support.signals_history import strategy
from support.stream_events import names, parsed
from tradepods_core.wire.cycle import Cycle
from tradepods_core.wire.fleet import Heartbeat, Tally
from tradepods_signals.engine.bans import BanBook
from tradepods_signals.engine.fleet import FleetBook
from tradepods_signals.engine.hub import Hub
from tradepods_signals.engine.service import Service

SOL = "SOL/USDT:USDT"


def _service(*cycles: Cycle, market_now: datetime = NOON, known: bool = True) -> Service:
    hub = Hub(boot="b")
    for one in cycles:
        hub.cycle(one)
    service = Service(
        hub=hub,
        fleet=FleetBook(now=lambda: WALL),
        bans=BanBook(now=lambda: WALL),
        strategies=[strategy()],
        watched=[BTC],
        now=lambda: WALL,
        market_now=lambda: market_now,
    )
    if known:
        service.learn({symbol: market(symbol) for symbol in (SOL, ETH, BTC)})
    return service


def test_until_the_exchange_answers_there_are_no_markets_and_nobody_is_ready() -> None:
    """The service itself answers all the while, and says what it waits for."""
    service = _service(known=False)

    assert service.markets([]) is None
    assert service.ready() == "the exchange has not answered yet"


def test_the_latest_cycle_is_named_for_caches() -> None:
    """A recomputed cycle has another revision, so a cache asks again; what is served is the cycle itself."""
    found = _service(cycle(), cycle(signal(), revision=2)).latest()
    assert found is not None
    name, body = found

    assert name == "5m@2025-06-02T12:00:00Z/2"
    assert Cycle.model_validate_json(body) == cycle(signal(), revision=2)


def test_before_the_first_cycle_there_is_none() -> None:
    """And the service says why it is not ready."""
    service = _service()

    assert service.latest() is None
    assert service.ready().startswith("no cycle has been published yet")


@pytest.mark.parametrize(("seconds", "said"), [(0, ""), (600, ""), (601, "the last cycle is of 2025-06-02T12:00:00Z")])
def test_the_service_is_ready_for_two_periods_after_a_cycle(seconds: int, said: str) -> None:
    """Market time counts: a replay runs ahead of the wall clock."""
    assert _service(cycle(), market_now=NOON + timedelta(seconds=seconds)).ready() == said


def test_two_periods_are_those_of_the_cycles_own_timeframe() -> None:
    """An hourly cycle may be two hours old."""
    hourly = cycle(timeframe="1h", id="1h@then")

    assert _service(hourly, market_now=NOON + timedelta(hours=2)).ready() == ""
    assert _service(hourly, market_now=NOON + timedelta(hours=2, seconds=1)).ready() != ""


def test_markets_are_those_of_watched_symbols_and_of_what_is_asked_for() -> None:
    """In the order of their names; one that the venue does not have is left out."""
    service = _service()

    assert [found.symbol for found in service.markets([]) or []] == [BTC]
    assert [found.symbol for found in service.markets([SOL, "X/USDT:USDT", ETH, BTC]) or []] == [BTC, ETH, SOL]


def test_a_heartbeat_is_seen_in_the_fleet() -> None:
    """With the wall time at which it was heard."""
    service = _service()
    tally = Tally(realized_pnl=Decimal(0), fees=Decimal(0))
    beat = Heartbeat(at=NOON, dry_run=True, state="Running", settings_hash="a", equity=Decimal(1), tally=tally)
    reply = service.heartbeat(namespace="default", name="bob", heartbeat=beat)
    (found,) = service.fleet(after=0).accounts

    assert (found.name, found.heartbeat, found.seen_at) == ("bob", beat, WALL)
    assert service.fleet(after=1).accounts == ()
    assert (reply.server_time, reply.banned_until) == (WALL, None)


def test_strategies_are_told_as_they_are() -> None:
    """What a worker compares its own with."""
    assert list(_service().strategies()) == [strategy()]


async def test_a_subscriber_is_the_hubs() -> None:
    """With the event that it saw last."""
    service = _service(cycle())
    fresh, resumed = (service.subscribe(last_event=last).chunks() for last in (None, "other-1"))

    assert names(parsed(await anext(fresh))) == ["cycle"]
    assert names(parsed(await anext(resumed))) == ["reset", "cycle"]
