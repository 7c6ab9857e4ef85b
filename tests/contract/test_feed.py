"""The feed port: in memory, and over HTTP from the signal service's own application on a real server."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from support.build import BTC, ETH, FIVE, NOON, cycle, market, signal
from support.signal_service import Running, run_service
from tradepods_core.book.events import CycleArrived, MarksMoved, StrategiesSeen
from tradepods_core.errors import Temporary
from tradepods_core.wire.fleet import Heartbeat, Tally
from tradepods_core.wire.published import Halt
from tradepods_core.wire.stream import Marks, Ping, Reset
from tradepods_signals.engine.hub import Hub
from tradepods_worker.adapters.clocks import WallClock
from tradepods_worker.adapters.feed_http import HttpFeed
from tradepods_worker.ports import FeedEvent

D = Decimal
WITHIN = 5.0
WALL = WallClock()


@pytest.fixture
async def service() -> AsyncIterator[Running]:
    """A running service."""
    running = await run_service()
    yield running
    await running.stop()


@contextlib.asynccontextmanager
async def _feed(running: Running) -> AsyncIterator[HttpFeed]:
    feed = HttpFeed(url=running.url, exchange="binanceusdm", namespace="default", name="bob", wall=WALL)
    yield feed
    await feed.close()


async def _next(events: AsyncIterator[FeedEvent]) -> FeedEvent:
    """The next that is told, but for halts and strategies, which are told to every newcomer."""
    while isinstance(found := await asyncio.wait_for(anext(events), WITHIN), Halt | StrategiesSeen):
        pass
    return found


async def _subscribed(hub: Hub, readers: int = 1) -> None:
    async with asyncio.timeout(WITHIN):
        while hub.subscribers < readers:
            await asyncio.sleep(0.005)


async def test_a_worker_hears_cycles_and_marks_as_they_are_published(service: Running) -> None:
    """Prices exact, signals whole, steps with them."""
    async with _feed(service) as feed:
        events = feed.events()
        first = asyncio.ensure_future(_next(events))
        await _subscribed(service.hub)
        service.hub.marks(Marks(at=NOON, marks={BTC: D("100.10")}, step=4))
        service.hub.cycle(cycle(signal()))
        service.hub.ping(Ping(at=NOON, step=4))

        assert await first == MarksMoved(at=NOON, marks={BTC: D("100.1")}, step=4)
        assert await _next(events) == CycleArrived(cycle=cycle(signal()))
        assert await _next(events) == Ping(at=NOON, step=4)


async def test_a_newcomer_hears_how_things_stand(service: Running) -> None:
    """The latest marks, the latest cycle, and that this was all."""
    service.hub.marks(Marks(at=NOON, marks={BTC: D(100)}, step=7))
    service.hub.cycle(cycle())
    service.hub.ping(Ping(at=NOON, step=7))
    async with _feed(service) as feed:
        events = feed.events()
        heard = [await _next(events) for _ in range(3)]

    assert [type(event).__name__ for event in heard] == ["MarksMoved", "CycleArrived", "Ping"]


async def test_after_a_break_nothing_is_missed_and_nothing_repeated(service: Running) -> None:
    """The stream is resumed after the last cycle that was seen."""
    closes = [NOON + FIVE.length * number for number in range(4)]
    async with _feed(service) as feed:
        events = feed.events()
        pending = asyncio.ensure_future(_next(events))
        await _subscribed(service.hub)
        service.hub.cycle(cycle(close=closes[0]))
        heard = [await pending]
        service.hub.close()
        async with asyncio.timeout(WITHIN):
            while service.hub.subscribers:
                await asyncio.sleep(0.005)
                if not service.hub.subscribers:
                    break
        for close in closes[1:]:
            service.hub.cycle(cycle(close=close))
        heard += [await _next(events) for _ in closes[1:]]

    assert [event.cycle.close for event in heard if isinstance(event, CycleArrived)] == closes


async def test_a_service_that_restarted_says_that_its_history_is_gone() -> None:
    """A reset first, then today's state; the worker goes on by itself."""
    running = await run_service("one")
    async with _feed(running) as feed:
        events = feed.events()
        pending = asyncio.ensure_future(_next(events))
        await _subscribed(running.hub)
        running.hub.cycle(cycle())
        await pending
        following = asyncio.ensure_future(_next(events))
        await running.stop()
        again = await run_service("two", port=running.port)
        again.hub.cycle(cycle(close=NOON + FIVE.length))
        heard = [await following, await _next(events)]
        await again.stop()

    assert isinstance(heard[0], Reset)
    assert isinstance(heard[1], CycleArrived)


async def test_markets_are_those_that_are_watched_and_those_that_are_held(service: Running) -> None:
    """So that a worker asks its exchange for none."""
    async with _feed(service) as feed:
        watched = await feed.markets(also=[])
        held = await feed.markets(also=[ETH, "GONE/USDT:USDT"])

    assert watched == {BTC: market(BTC)}
    assert held == {BTC: market(BTC), ETH: market(ETH)}


async def test_a_heartbeat_reaches_the_fleet(service: Running) -> None:
    """Under the account's own name, and is answered with the service's time."""
    heartbeat = Heartbeat(
        at=NOON,
        dry_run=True,
        state="Running",
        settings_hash="abc",
        equity=D("1000.5"),
        tally=Tally(realized_pnl=D(0), fees=D(0)),
    )
    async with _feed(service) as feed:
        reply = await feed.report(heartbeat)
    (digest,) = service.fleet.since(0).accounts

    assert (digest.namespace, digest.name, digest.heartbeat) == ("default", "bob", heartbeat)
    assert abs((reply.server_time - WALL.now()).total_seconds()) < WITHIN


async def test_a_service_that_is_away_is_named_in_one_line() -> None:
    """Its address, and that it does not answer."""
    feed = HttpFeed(url="http://127.0.0.1:1", exchange="binanceusdm", namespace="default", name="bob", wall=WALL)
    with pytest.raises(Temporary, match=r"the signal service http://127\.0\.0\.1:1 does not answer") as caught:
        await feed.markets(also=[])
    await feed.close()

    assert "\n" not in str(caught.value)


async def test_garbage_in_the_stream_is_left_out(service: Running) -> None:
    """A broken event costs itself only."""
    async with _feed(service) as feed:
        events = feed.events()
        pending = asyncio.ensure_future(_next(events))
        await _subscribed(service.hub)
        service.hub._send(b'event: cycle\ndata: {"id": 3}\n\n')
        service.hub._send(b"event: weather\ndata: sunny\n\n")
        service.hub._send(b"garbage\n\n")
        service.hub.ping(Ping(at=NOON))

        assert await pending == Ping(at=NOON)
