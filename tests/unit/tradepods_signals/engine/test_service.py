"""What the HTTP doors open on: the latest cycle, the markets, and whether the service is ready."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from support.build import BTC, ETH, FIVE, NOON, WALL, cycle, market, signal
from support.signals_history import strategy
from support.stream_events import names, parsed
from tradepods_core.strategy.revision import revision_of
from tradepods_core.wire.cycle import Cycle
from tradepods_core.wire.fleet import Fleet, Heartbeat, Tally
from tradepods_signals.adapters.history_memory import MemoryHistory
from tradepods_signals.engine.bans import BanBook
from tradepods_signals.engine.filing import filed
from tradepods_signals.engine.fleet import FleetBook
from tradepods_signals.engine.hub import Hub
from tradepods_signals.engine.service import Service
from tradepods_signals.engine.steering import Steering
from tradepods_signals.ports.doors import NotFound

SOL = "SOL/USDT:USDT"


async def _service(*cycles: Cycle, market_now: datetime = NOON, known: bool = True) -> Service:
    history = MemoryHistory(store="b")
    await history.add([filed(one, number=number) for number, one in enumerate(cycles, start=1)])
    kept, hub = await history.open(), Hub(boot="b", backlog=history)
    hub.restore(oldest=kept.oldest, recent=kept.recent, newest=kept.newest)
    fleet = FleetBook(now=lambda: WALL)
    steering = Steering(
        hub=hub, history=history, now=lambda: WALL, halt=kept.halt, switched=kept.switched, changed=fleet.touch
    )
    steering.take([strategy()])
    service = Service(
        hub=hub,
        history=history,
        fleet=fleet,
        steering=steering,
        bans=BanBook(now=lambda: WALL),
        watched=lambda: [BTC],
        now=lambda: WALL,
        market_now=lambda: market_now,
    )
    if known:
        service.learn({symbol: market(symbol) for symbol in (SOL, ETH, BTC)})
    return service


async def test_until_the_exchange_answers_there_are_no_markets_and_nobody_is_ready() -> None:
    """The service itself answers all the while, and says what it waits for."""
    service = await _service(known=False)

    assert service.markets([]) is None
    assert service.ready() == "the exchange has not answered yet"


async def test_the_latest_cycle_is_named_for_caches() -> None:
    """A recomputed cycle has another revision, so a cache asks again; what is served is the cycle itself."""
    found = (await _service(cycle(), cycle(signal(), revision=2))).latest()
    assert found is not None

    assert found.tag == "5m@2025-06-02T12:00:00Z/2"
    assert Cycle.model_validate_json(found.body) == cycle(signal(), revision=2)


async def test_before_the_first_cycle_there_is_none() -> None:
    """And the service says why it is not ready."""
    service = await _service()

    assert service.latest() is None
    assert service.ready().startswith("no cycle has been published yet")


LATE = "the last cycle of 5m is of 2025-06-02T12:00:00Z"


@pytest.mark.parametrize(("seconds", "said"), [(0, ""), (600, ""), (601, LATE)])
async def test_the_service_is_ready_for_two_periods_after_a_cycle(seconds: int, said: str) -> None:
    """Market time counts: a replay runs ahead of the wall clock."""
    assert (await _service(cycle(), market_now=NOON + timedelta(seconds=seconds))).ready() == said


async def test_a_timeframe_that_stands_makes_the_service_unready() -> None:
    """Even where another one still has a cycle that is young enough; one that no strategy has any more does not."""
    hourly = cycle(timeframe="1h", id="1h@then")
    late = await _service(cycle(), hourly, market_now=NOON + timedelta(minutes=11))

    assert late.ready() == LATE
    assert (await _service(hourly, cycle(), market_now=NOON + timedelta(minutes=9))).ready() == ""


async def test_markets_are_those_of_watched_symbols_and_of_what_is_asked_for() -> None:
    """In the order of their names; one that the venue does not have is left out."""
    service = await _service()

    assert [found.symbol for found in service.markets([]) or []] == [BTC]
    assert [found.symbol for found in service.markets([SOL, "X/USDT:USDT", ETH, BTC]) or []] == [BTC, ETH, SOL]


def _heartbeat() -> Heartbeat:
    tally = Tally(realized_pnl=Decimal(0), fees=Decimal(0))
    return Heartbeat(at=NOON, dry_run=True, state="Running", settings_hash="a", equity=Decimal(1), tally=tally)


async def test_a_heartbeat_is_seen_in_the_fleet() -> None:
    """With the wall time at which it was heard; who has seen it is told nothing new."""
    service = await _service()
    reply = service.heartbeat(namespace="default", name="bob", heartbeat=_heartbeat())
    _, body = service.fleet(after=0)
    fleet = Fleet.model_validate_json(body)
    (found,) = fleet.accounts

    assert (found.name, found.heartbeat, found.seen_at) == ("bob", _heartbeat(), WALL)
    assert Fleet.model_validate_json(service.fleet(after=fleet.version)[1]).accounts == ()
    assert (reply.server_time, reply.banned_until, reply.halt) == (WALL, None, "")


async def test_a_halt_is_in_every_reply_in_the_fleet_and_in_the_portfolio() -> None:
    """And what names the fleet for a cache changes with it."""
    service = await _service()
    service.heartbeat(namespace="default", name="bob", heartbeat=_heartbeat())
    tag, _ = service.fleet(after=0)
    await service.halt(why="odd", who="eve")

    assert service.heartbeat(namespace="default", name="bob", heartbeat=_heartbeat()).halt == "odd"
    assert service.fleet(after=0)[0] != tag
    assert Fleet.model_validate_json(service.fleet(after=0)[1]).halt == "odd"
    assert service.portfolio().halt == "odd"

    await service.resume(why="calm", who="eve")
    assert service.portfolio().halt == ""


async def test_the_portfolio_is_of_all_accounts() -> None:
    """By environment."""
    service = await _service()
    for name in ("alice", "bob"):
        service.heartbeat(namespace="default", name=name, heartbeat=_heartbeat())

    assert [(one.environment, one.accounts, one.equity) for one in service.portfolio().environments] == [
        ("paper", 2, Decimal(2))
    ]


async def test_a_cycle_is_found_by_its_id_as_long_as_it_is_kept() -> None:
    """Its latest revision; one that is not there is named."""
    service = await _service(cycle(), cycle(signal(), revision=2), _next())

    assert Cycle.model_validate_json((await service.cycle(cycle().id)).body) == cycle(signal(), revision=2)
    with pytest.raises(NotFound, match="no cycle 5m@2030"):
        await service.cycle("5m@2030-01-01T00:00:00Z")


def _next() -> Cycle:
    return cycle(close=NOON + FIVE.length)


async def test_cycles_are_read_page_by_page() -> None:
    """In the order of their publication, after the last one that was read."""
    service = await _service(cycle(), _next())
    first = await service.cycles(after=None, limit=1)
    second = await service.cycles(after=first.cycles[-1].id, limit=1)

    assert (first.cycles, first.more) == ((cycle(),), True)
    assert (second.cycles, second.more) == ((_next(),), False)


async def test_strategies_are_told_as_they_are() -> None:
    """With the revision that signals carry, and whether they may signal."""
    (found,) = (await _service()).strategies()

    assert (found.spec, found.revision, found.enabled) == (strategy().spec, revision_of(strategy().spec), True)


async def test_a_subscriber_is_the_hubs() -> None:
    """With the event that it saw last."""
    service = await _service(cycle())
    fresh, resumed = (service.subscribe(last_event=last).chunks() for last in (None, "other-1"))

    assert names(parsed(await anext(fresh))) == ["halt", "strategies", "cycle"]
    assert names(parsed(await anext(resumed))) == ["reset", "halt", "strategies", "cycle"]
