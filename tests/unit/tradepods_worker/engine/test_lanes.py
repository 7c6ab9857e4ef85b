"""Lanes, inbox, activity: order where it matters, side by side where it doesn't, and knowing when all is done."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from support.build import BTC, ETH, NOON, WALL, arrived
from tradepods_core.book.events import Event, MarksMoved
from tradepods_core.book.intents import CancelOrder, Intent, Leg, PlaceOrder, PrepareSymbol, Purpose
from tradepods_worker.engine.activity import Activity
from tradepods_worker.engine.inbox import Inbox
from tradepods_worker.engine.lanes import TaskLanes, lane

D = Decimal


def _order(purpose: Purpose, symbol: str = BTC, **changes: Any) -> PlaceOrder:
    values: dict[str, Any] = {
        "id": f"{purpose}-{symbol}",
        "cause": "test",
        "leg": Leg(symbol, "long"),
        "purpose": purpose,
        "kind": "market",
        "quantity": D(1),
        "position": 1,
        "committed_at": WALL,
    }
    return PlaceOrder(**values | changes)


def test_a_stop_waits_for_nothing_but_an_earlier_stop_of_its_leg() -> None:
    """Not for a take-profit or a cancel that is being tried again, not for another symbol."""
    cancel = CancelOrder(id="c", cause="test", target="x", leg=Leg(BTC, "long"), committed_at=WALL)
    others: list[Intent] = [_order("take_profit"), _order("enter"), _order("close"), cancel, _order("stop", ETH)]

    assert lane(_order("stop")) == lane(_order("stop", revision=1))
    assert lane(_order("stop")) not in {lane(intent) for intent in others}


def test_a_further_close_never_waits_behind_the_one_before() -> None:
    """That one may be being looked up for seconds."""
    assert lane(_order("close")) != lane(_order("close", revision=1))


async def test_a_lane_keeps_its_order_and_lanes_run_side_by_side() -> None:
    """The stop of one leg waits for its turn; another leg's goes at once."""
    gate = asyncio.Event()
    begun: list[str] = []

    async def perform(intent: Intent) -> None:
        begun.append(intent.id)
        await gate.wait()

    activity = Activity()
    async with asyncio.TaskGroup() as group:
        lanes = TaskLanes(perform=perform, group=group, activity=activity)
        lanes.dispatch([_order("stop"), _order("stop", id="second"), _order("stop", ETH)])
        await asyncio.sleep(0)
        first = list(begun)
        gate.set()
        await asyncio.wait_for(activity.idle(), 5)

    assert first == [f"stop-{BTC}", f"stop-{ETH}"]
    assert begun == [f"stop-{BTC}", f"stop-{ETH}", "second"]


async def test_a_failure_in_a_lane_ends_the_worker() -> None:
    """It is never swallowed."""

    async def perform(intent: Intent) -> None:
        raise LookupError(intent.id)

    async def work() -> None:
        async with asyncio.TaskGroup() as group:
            lanes = TaskLanes(perform=perform, group=group, activity=Activity())
            lanes.dispatch([PrepareSymbol(id="p", symbol=BTC, leverage=3)])

    with pytest.raises(ExceptionGroup) as caught:
        await work()

    assert isinstance(caught.value.exceptions[0], LookupError)


async def test_a_lane_that_emptied_takes_work_again() -> None:
    """Lanes come and go with their work."""
    done: list[str] = []

    async def perform(intent: Intent) -> None:
        done.append(intent.id)

    activity = Activity()
    async with asyncio.TaskGroup() as group:
        lanes = TaskLanes(perform=perform, group=group, activity=activity)
        for _ in range(3):
            lanes.dispatch([_order("stop")])
            await asyncio.wait_for(activity.idle(), 5)

    assert len(done) == 3


async def test_events_come_out_in_the_order_in_which_they_came_in() -> None:
    """And what was got counts as under way until it is done."""
    activity = Activity()
    inbox = Inbox(activity)
    events: list[Event] = [arrived(close=NOON), MarksMoved(at=NOON, marks={}), arrived(close=NOON)]
    for event in events:
        inbox.put(event)
    got = [await inbox.get() for _ in events]
    busy = activity.busy
    for _ in events:
        inbox.done()

    assert got == events
    assert busy
    assert not activity.busy


async def test_marks_that_wait_in_a_row_become_one_with_each_symbols_newest() -> None:
    """A desk that was busy for a second need not see every price of it, but the last one of every symbol."""
    activity = Activity()
    inbox = Inbox(activity)
    inbox.put(MarksMoved(at=NOON, marks={ETH: D(7)}))
    for price in (1, 2, 3):
        inbox.put(MarksMoved(at=NOON, marks={BTC: D(price)}))
    event = await inbox.get()
    inbox.done()

    assert event == MarksMoved(at=NOON, marks={ETH: D(7), BTC: D(3)})
    assert not activity.busy


async def test_an_empty_inbox_waits() -> None:
    """Until something comes."""
    inbox = Inbox(Activity())
    waiting = asyncio.ensure_future(inbox.get())
    await asyncio.sleep(0)
    assert not waiting.done()
    inbox.put(arrived())

    assert await asyncio.wait_for(waiting, 5) == arrived()
