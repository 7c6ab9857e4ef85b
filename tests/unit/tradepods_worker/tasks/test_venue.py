"""The private stream into the inbox."""

from collections.abc import AsyncIterator
from typing import Any

from support.build import WALL
from support.readers import Written
from tradepods_core.book.events import OrderReported, StreamChanged
from tradepods_core.money import ZERO
from tradepods_worker.adapters.clocks import ManualClock
from tradepods_worker.engine.activity import Activity
from tradepods_worker.engine.inbox import Inbox
from tradepods_worker.ports import Gap, Lost, VenueEvent
from tradepods_worker.tasks.venue import follow

REPORT = OrderReported(id="tp", ended=False, executed=ZERO, status="NEW", seen_at=WALL)


class Stream:
    """A venue that tells what a test says, and is silent."""

    def __init__(self, *events: VenueEvent) -> None:
        self._events = events

    async def events(self) -> AsyncIterator[VenueEvent]:
        """What it tells."""
        for event in self._events:
            yield event


async def _heard(*events: VenueEvent) -> tuple[list[object], list[str]]:
    inbox, reader = Inbox(Activity()), Written()
    venue: Any = Stream(*events)
    await follow(venue, inbox=inbox, reader=reader, wall=ManualClock(WALL))
    return list(inbox._events), reader.said


async def test_a_gap_says_that_the_stream_is_up_and_asks_for_a_reading() -> None:
    """In this order: the reading is of a moment after it."""
    assert await _heard(Gap(why="connected")) == (
        [StreamChanged(connected=True, seen_at=WALL)],
        ["ask: connected"],
    )


async def test_a_stream_that_is_lost_says_so_and_asks_for_nothing() -> None:
    """A reading would tell of this moment only; it is asked for when the stream is back."""
    assert await _heard(Lost()) == ([StreamChanged(connected=False, seen_at=WALL)], [])


async def test_reports_pass_as_they_are() -> None:
    """In their order."""
    assert await _heard(REPORT, REPORT) == ([REPORT, REPORT], [])
