"""Cycles and marks into the inbox."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from support.build import BTC, ETH, NOON, arrived, later
from tradepods_core.book.events import Event, MarksMoved
from tradepods_core.wire.stream import Ping, Reset
from tradepods_worker.engine.activity import Activity
from tradepods_worker.engine.inbox import Inbox
from tradepods_worker.ports import FeedEvent
from tradepods_worker.tasks.feed import follow

D = Decimal


class Heard:
    """Follows a feed that says what a test says; keeps in which order all were told."""

    def __init__(self) -> None:
        self.told: list[object] = []

    async def moved(self, marks: Mapping[str, Decimal]) -> None:
        """A paper venue."""
        self.told.append(dict(marks))

    def show(self, at: datetime) -> None:
        """A clock."""
        self.told.append(at)

    async def follow(self, *said: FeedEvent) -> list[Event]:
        """What reached the desk."""
        inbox = Inbox(Activity())

        class Feed:
            async def events(self) -> AsyncIterator[FeedEvent]:
                for event in said:
                    yield event

        feed: Any = Feed()
        await follow(feed, put=inbox.put, show=self.show, moved=self.moved, stepped=self.told.append)
        return list(inbox._events)


async def test_a_price_of_nothing_is_no_price() -> None:
    """A venue shows 0 for a symbol that does not trade yet: every stop of a long would act on it."""
    heard = Heard()
    (event,) = await heard.follow(MarksMoved(at=NOON, marks={BTC: D(0), ETH: D(5)}))

    assert event == MarksMoved(at=NOON, marks={ETH: D(5)})
    assert heard.told == [NOON, {ETH: D(5)}]


async def test_paper_orders_act_on_marks_before_the_desk_sees_them() -> None:
    """So that the desk's next decision knows what the marks have done."""
    heard = Heard()
    await heard.follow(MarksMoved(at=NOON, marks={BTC: D(1)}), Ping(at=NOON, step=4))

    assert heard.told == [NOON, {BTC: D(1)}, 4]


async def test_a_cycle_moves_the_clock_to_its_publication() -> None:
    """And reaches the desk as it is."""
    heard = Heard()
    cycle = arrived(close=later(60, than=NOON))

    assert await heard.follow(cycle, Reset(reason="history is gone"), Ping(at=NOON)) == [cycle]
    assert heard.told == [cycle.cycle.published_at]


@pytest.mark.parametrize(("replayed", "reached"), [(True, [0, 0, 2]), (False, [1, 2, 2])])
async def test_a_replays_cycles_of_one_step_reach_the_desk_together(replayed: bool, reached: list[int]) -> None:
    """Else a fill of the first might be heard before the second, or after it. Live, nothing waits."""
    inbox, counted = Inbox(Activity()), []

    class Feed:
        async def events(self) -> AsyncIterator[FeedEvent]:
            for event in (arrived(), arrived(close=later(60, than=NOON)), Ping(at=NOON, step=4)):
                yield event
                counted.append(len(inbox._events))

    feed: Any = Feed()
    steps: list[int] = []
    stepped = (lambda _: steps.append(len(inbox._events))) if replayed else None
    await follow(feed, put=inbox.put, show=None, moved=None, stepped=stepped)

    assert counted == reached
    assert steps == ([2] if replayed else [])
