"""The hub with a history: what is no longer in memory is resumed from it, and a restart goes on where it stopped."""

import pytest

from support.build import FIVE, NOON, cycle
from support.stream_events import Event, parsed
from tradepods_core.errors import Temporary
from tradepods_signals.adapters.history_memory import MemoryHistory
from tradepods_signals.engine import hub as hub_module
from tradepods_signals.engine.filing import filed
from tradepods_signals.engine.hub import Hub
from tradepods_signals.ports.history import FiledCycle

IN_MEMORY = 5


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A memory of five cycles."""
    monkeypatch.setattr(hub_module, "REMEMBERED", IN_MEMORY)


def _filed(number: int) -> FiledCycle:
    return filed(cycle(close=NOON + number * FIVE.length), number=number)


async def _published(history: MemoryHistory, *numbers: int) -> Hub:
    """A hub that goes on with the history, and has published these."""
    kept = await history.open()
    hub = Hub(boot="b", backlog=history)
    hub.restore(oldest=kept.oldest, recent=kept.recent, newest=kept.newest)
    for number in numbers:
        oldest = await history.add([_filed(number)])
        hub.stored(number, oldest=oldest)
        hub.publish(_filed(number))
    return hub


async def _heard(hub: Hub, *, after: str) -> list[Event]:
    stream = hub.subscribe(last_event=after)
    hub.close()
    return parsed(b"".join([chunk async for chunk in stream.chunks()]))


def _ids(events: list[Event]) -> list[str]:
    return [event.identifier for event in events if event.name == "cycle"]


@pytest.mark.parametrize("seen", [0, 1, 24, 25, 29, 30])
async def test_what_memory_has_let_go_of_comes_from_the_history(seen: int) -> None:
    """Every cycle since, once and in order, wherever the border between the two is."""
    hub = await _published(MemoryHistory(store="b"), *range(1, 31))
    found = await _heard(hub, after=f"b-{seen}")

    assert _ids(found) == [f"b-{number}" for number in range(seen + 1, 31)]
    assert "reset" not in [event.name for event in found]


@pytest.mark.parametrize("seen", [0, 2, 7])
async def test_another_run_goes_on_with_what_this_one_has_stored(seen: int) -> None:
    """Its ids count on, and a reader of the first run is resumed by the second."""
    history = MemoryHistory(store="b")
    await _published(history, *range(1, 8))
    again = await _published(history, 8, 9)

    assert _ids(await _heard(again, after=f"b-{seen}")) == [f"b-{number}" for number in range(seen + 1, 10)]


async def test_what_the_history_has_let_go_of_resets() -> None:
    """The oldest that is kept can still be reached from the one before it."""
    history = MemoryHistory(store="b", window=FIVE.length * 10)
    hub = await _published(history, *range(1, 31))
    assert _ids(await _heard(hub, after="b-19"))[0] == "b-20"

    again = await _published(history)
    assert [event.name for event in await _heard(again, after="b-18")] == ["reset", "cycle"]


async def test_a_history_that_fails_ends_the_stream() -> None:
    """What came is right; the reader comes back with the last id that it got."""

    class Torn(MemoryHistory):
        async def after(self, number: int, *, limit: int) -> list[FiledCycle]:
            if number:
                raise Temporary("the disk is gone")
            return [_filed(one) for one in range(1, 1 + min(limit, 3))]

    hub = await _published(Torn(store="b"), *range(1, 31))

    assert _ids(await _heard(hub, after="b-0")) == ["b-1", "b-2", "b-3"]
    assert hub.subscribers == 0


async def test_one_that_was_missed_is_never_left_out_silently() -> None:
    """Where the history lets go of something while it is read, the stream ends instead."""

    class Pruned(MemoryHistory):
        async def after(self, number: int, *, limit: int) -> list[FiledCycle]:
            return [_filed(one) for one in range(number + 2, number + 2 + limit)]

    hub = await _published(Pruned(store="b"), *range(1, 31))

    assert _ids(await _heard(hub, after="b-0")) == []
