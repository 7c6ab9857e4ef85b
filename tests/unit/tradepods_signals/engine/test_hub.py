"""The hub: today's state first, no gap after a known event, and a slow reader bothers nobody."""

import asyncio
from collections.abc import Collection
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from support.build import BTC, FIVE, NOON, cycle, signal
from support.stream_events import Event, names, parsed, shown, waiting
from tradepods_core.wire.cycle import Cycle
from tradepods_core.wire.stream import Marks, Ping
from tradepods_signals.engine.filing import filed
from tradepods_signals.engine.hub import REMEMBERED, Hub
from tradepods_signals.engine.subscribers import LONGEST_QUEUE

GONE = "what came after that event is no longer remembered"


def _close(number: int) -> datetime:
    return NOON + number * FIVE.length


def _hub(cycles: int = 0) -> Hub:
    """A hub that has published so many cycles, numbers 1 to `cycles`."""
    hub = Hub(boot="b")
    for number in range(1, cycles + 1):
        hub.cycle(cycle(close=_close(number)))
    return hub


def _told(cycles: int) -> Hub:
    """The same, after it has published marks and a ping too."""
    hub = _hub(cycles)
    hub.marks(_marks())
    hub.ping(_ping())
    return hub


def _hourly(close: datetime = NOON) -> Cycle:
    return cycle(close=close, timeframe="1h", id="1h@then")


def _marks(seconds: int = 0) -> Marks:
    return Marks(at=NOON + timedelta(seconds=seconds), marks={BTC: Decimal(100)})


def _ping(seconds: int = 0) -> Ping:
    return Ping(at=NOON + timedelta(seconds=seconds))


def _ids(events: list[Event]) -> list[str]:
    return [event.identifier for event in events if event.name == "cycle"]


async def test_a_fresh_reader_gets_todays_state() -> None:
    """The latest marks, the newest cycle of each timeframe, the latest ping: in this order, and nothing older."""
    hub = _hub(cycles=3)
    hub.cycle(_hourly())
    for seconds in (1, 2):
        hub.marks(_marks(seconds))
        hub.ping(_ping(seconds))
    found = await shown(hub)

    assert names(found) == ["marks", "cycle", "cycle", "ping"]
    assert _ids(found) == ["b-3", "b-4"]
    assert found[0].data["at"] == found[-1].data["at"] == "2025-06-02T12:00:02Z"


async def test_a_reader_hears_what_is_published_in_its_order() -> None:
    """Marks, cycle, ping, as they come; a cycle alone carries an id to resume from."""
    hub = Hub(boot="b")
    stream = hub.subscribe(last_event=None)
    hub.marks(_marks())
    hub.cycle(cycle(signal()))
    hub.ping(_ping())
    found = await waiting(stream)

    assert [(event.name, event.identifier) for event in found] == [("marks", ""), ("cycle", "b-1"), ("ping", "")]
    assert Cycle.model_validate(found[1].data) == cycle(signal())


async def test_all_readers_get_the_same_bytes() -> None:
    """What is published is encoded once: two readers hold the very same object."""
    hub = Hub(boot="b")
    streams = [hub.subscribe(last_event=None) for _ in range(2)]
    hub.cycle(cycle(signal()))
    first, second = [await anext(stream.chunks()) for stream in streams]

    assert first is second


@pytest.mark.parametrize(("seen", "expected"), [(0, [1, 2, 3, 4, 5]), (2, [3, 4, 5]), (4, [5]), (5, [])])
async def test_after_a_known_event_nothing_is_left_out_and_nothing_repeated(seen: int, expected: list[int]) -> None:
    """Every cycle since, oldest first; then life goes on."""
    hub = _hub(cycles=5)
    stream = hub.subscribe(last_event=f"b-{seen}")
    hub.cycle(cycle(close=_close(6)))
    found = await waiting(stream)

    assert _ids(found) == [f"b-{number}" for number in (*expected, 6)]
    assert "reset" not in names(found)


@pytest.mark.parametrize("last", ["", "a-2", "b", "b-", "b-x", "b--1", "b-6", "2", "b-" + "9" * 5_000])
async def test_an_event_that_this_run_has_not_given_out_resets(last: str) -> None:
    """The reader is told before it hears anything else, and then gets today's state."""
    found = await waiting(_told(cycles=5).subscribe(last_event=last))

    assert names(found) == ["reset", "marks", "cycle", "ping"]
    assert found[0].data == {"reason": GONE}
    assert _ids(found) == ["b-5"]


@pytest.mark.parametrize("seen", [0, 2])
async def test_an_event_that_is_no_longer_remembered_resets(seen: int) -> None:
    """As one of another run does."""
    found = await waiting(_told(cycles=REMEMBERED + 3).subscribe(last_event=f"b-{seen}"))

    assert names(found) == ["reset", "marks", "cycle", "ping"]
    assert found[0].data == {"reason": GONE}
    assert _ids(found) == [f"b-{REMEMBERED + 3}"]


async def test_the_event_before_the_oldest_remembered_can_be_resumed_from() -> None:
    """Nothing of what came after it is lost yet."""
    found = await waiting(_told(cycles=REMEMBERED + 3).subscribe(last_event="b-3"))

    assert names(found) == ["marks", *["cycle"] * REMEMBERED, "ping"]
    assert _ids(found) == [f"b-{number}" for number in range(4, REMEMBERED + 4)]


async def test_a_reset_is_told_even_where_nothing_else_is() -> None:
    """A run that has just begun: what the reader knew is of no use, and there is nothing in its place yet."""
    assert names(await waiting(_hub().subscribe(last_event="a-7"))) == ["reset"]


async def test_a_run_without_cycles_is_resumed_at_its_beginning() -> None:
    """Nothing was missed, so nothing is reset."""
    hub = _hub()
    stream = hub.subscribe(last_event="b-0")
    hub.cycle(cycle())

    assert names(await waiting(stream)) == ["cycle"]


def test_the_latest_cycle_is_the_one_published_last() -> None:
    """None before the first."""
    hub = _hub()
    assert hub.latest() is None

    hub.cycle(cycle(close=_close(1)))
    hub.cycle(cycle(close=_close(2)))
    assert hub.latest() == filed(cycle(close=_close(2)), number=2)


async def test_a_reader_that_falls_behind_is_dropped() -> None:
    """Its stream ends instead of growing, and nothing more of it is read: no event stands behind a lost one."""
    hub = _hub()
    stream = hub.subscribe(last_event=None)
    for seconds in range(LONGEST_QUEUE + 10):
        hub.ping(_ping(seconds))

    assert [chunk async for chunk in stream.chunks()] == []
    assert hub.subscribers == 0


BEHIND = LONGEST_QUEUE + 10  # events that a reader leaves unread, the last ten after it was dropped
PLACES = {
    "first": [0],
    "last that fits": [LONGEST_QUEUE - 1],
    "one too many": [LONGEST_QUEUE],
    "around": [0, 1, LONGEST_QUEUE - 1, LONGEST_QUEUE, LONGEST_QUEUE + 1],
    "after": [BEHIND - 1],
    "everywhere": range(0, BEHIND, 2),
    "nowhere": [],
}


@pytest.mark.parametrize("places", PLACES.values(), ids=PLACES)
@pytest.mark.parametrize("read", [1, 2])
async def test_a_dropped_reader_comes_back_without_a_gap(read: int, places: Collection[int]) -> None:
    """What it read before and what it is given after its last event id is every cycle, once and in order."""
    hub = _hub()
    chunks = hub.subscribe(last_event=None).chunks()
    for _ in range(read):
        hub.cycle(cycle())
    heard = _ids(parsed(await anext(chunks)))
    for place in range(BEHIND):
        if place in places:
            hub.cycle(cycle())
        else:
            hub.ping(_ping())
    heard += _ids(parsed(b"".join([chunk async for chunk in chunks])))
    again = await waiting(hub.subscribe(last_event=heard[-1]))

    assert heard == [f"b-{number}" for number in range(1, len(heard) + 1)]
    assert [*heard, *_ids(again)] == [f"b-{number}" for number in range(1, read + len(places) + 1)]
    assert "reset" not in names(again)


async def test_a_reader_as_far_behind_as_is_allowed_is_kept() -> None:
    """One more would be too many."""
    hub = _hub()
    stream = hub.subscribe(last_event=None)
    for seconds in range(LONGEST_QUEUE):
        hub.ping(_ping(seconds))

    assert len(parsed(await anext(stream.chunks()))) == LONGEST_QUEUE


async def test_a_slow_reader_disturbs_no_other() -> None:
    """The quick one hears every event, before and after the slow one is dropped."""
    hub = _hub()
    hub.subscribe(last_event=None)
    quick = hub.subscribe(last_event=None).chunks()
    heard = []
    for seconds in range(LONGEST_QUEUE + 10):
        hub.ping(_ping(seconds))
        heard += parsed(await anext(quick))

    assert [event.data["at"] for event in heard] == [_shown(seconds) for seconds in range(LONGEST_QUEUE + 10)]


def _shown(seconds: int) -> str:
    return _ping(seconds).model_dump(mode="json")["at"]  # type: ignore[no-any-return]  # a dump is untyped


async def test_closing_ends_every_stream_after_what_waits() -> None:
    """So that the server can stop: the last events still arrive."""
    hub = _hub()
    streams = [hub.subscribe(last_event=None) for _ in range(3)]
    hub.ping(_ping())
    hub.close()
    heard = [b"".join([chunk async for chunk in stream.chunks()]) for stream in streams]

    assert [names(parsed(chunk)) for chunk in heard] == [["ping"]] * 3
    assert hub.subscribers == 0


async def test_whoever_comes_after_the_close_gets_todays_state_and_the_end() -> None:
    """A server that waits for its streams would wait for this one for ever."""
    hub = _told(cycles=1)
    hub.close()
    stream = hub.subscribe(last_event=None)
    async with asyncio.timeout(10):
        heard = b"".join([chunk async for chunk in stream.chunks()])

    assert names(parsed(heard)) == ["marks", "cycle", "ping"]
    assert hub.subscribers == 0


async def test_a_reader_that_leaves_is_forgotten() -> None:
    """Nothing is queued for it any more."""
    hub = _hub(cycles=1)
    stream = hub.subscribe(last_event=None)
    assert hub.subscribers == 1

    await waiting(stream)
    assert hub.subscribers == 0
