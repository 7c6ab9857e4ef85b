"""The engine put together: what an earlier run left is seen through."""

import asyncio
from datetime import datetime
from typing import Any

import pytest

from support.build import ACCOUNT, BTC, ETH, NOON, WALL, market, settings
from support.readers import Written
from support.table import OWNER, Table, entered, fill, read
from support.unlimited import Unlimited
from tradepods_core.book.events import IntentSettled
from tradepods_core.book.intents import Accepted, Outcome, PlaceOrder, PrepareSymbol, Rejected
from tradepods_core.errors import Temporary
from tradepods_core.settings.overrides import in_force
from tradepods_worker.adapters.clocks import ManualClock
from tradepods_worker.adapters.ledger.memory import Disk, MemoryLedger
from tradepods_worker.engine.activity import Activity
from tradepods_worker.engine.alert import Alert
from tradepods_worker.engine.inbox import Inbox
from tradepods_worker.engine.runtime import Runtime
from tradepods_worker.ports import Wanted
from tradepods_worker.ports.ledger import BookName, Entry, Lease


class Broken(MemoryLedger):
    """A ledger that takes nothing."""

    async def commit(self, book: BookName, entry: Entry, *, lease: Lease) -> None:
        """Fail."""
        raise Temporary(f"the disk is full: {len(entry.facts)} facts of {book} under epoch {lease.epoch} are not kept")


class Slow(Unlimited):
    """A venue whose requests take a few turns of the loop."""

    def __init__(self) -> None:
        self.performed: list[str] = []

    async def perform(self, intent: PlaceOrder, *, signed_at: datetime) -> Outcome:
        """Take a while."""
        assert signed_at == WALL
        for _ in range(50):
            await asyncio.sleep(0)
        self.performed.append(intent.purpose)
        return Accepted()


class Venue(Unlimited):
    """Knows no order; writes down what it is asked."""

    def __init__(self) -> None:
        self.looked: list[str] = []

    async def find(self, wanted: Wanted) -> None:
        """It is not here."""
        self.looked.append(wanted.id)


async def _runtime(disk: Disk, venue: Any, group: asyncio.TaskGroup) -> Runtime:
    ledger, activity = MemoryLedger(disk), Activity()
    lease = await ledger.acquire(owner=OWNER, holder="again", now=WALL)
    runtime = Runtime(
        account=ACCOUNT,
        terms=in_force(settings(), ()),
        paper=True,
        ledger=ledger.book("paper"),
        lease=lease,
        venue=venue,
        market=ManualClock(NOON),
        wall=ManualClock(WALL),
        group=group,
        reader=Written(),
        wake=lambda _: None,
        activity=activity,
        inbox=Inbox(activity),
        alert=Alert(),
    )
    runtime.desk.remember(await ledger.load("paper"))
    runtime.desk.learn({BTC: market(BTC), ETH: market(ETH)})
    return runtime


async def test_a_leverage_of_an_earlier_run_is_settled_without_being_sent() -> None:
    """The settings may be others by now; the reading has asked for what is wanted today."""
    table = Table()
    desk = await table.desk()
    await desk.handle(read(leverage=20))
    left = [intent for intent in table.order.dispatched if isinstance(intent, PrepareSymbol)]
    await table.ledger.close()
    async with asyncio.TaskGroup() as group:
        runtime = await _runtime(table.ledger.disk, Venue(), group)
        runtime.inherit(frozenset(runtime.desk.book.unsettled))

    settled = [event for event in runtime.inbox._events if isinstance(event, IntentSettled)]
    assert {event.id for event in settled} == {intent.id for intent in left}
    assert len(left) == 2
    assert all(event.outcome == Rejected(code="other", message="of an earlier run") for event in settled)


async def test_an_entry_of_an_earlier_run_is_looked_up_and_never_sent_again() -> None:
    """It may have been placed; one that nobody knows by now never was."""
    table = Table()
    _, entry = await entered(table)
    await table.ledger.close()
    venue = Venue()
    async with asyncio.TaskGroup() as group:
        runtime = await _runtime(table.ledger.disk, venue, group)
        runtime.inherit(frozenset(runtime.desk.book.unsettled))

    (settled,) = [event for event in runtime.inbox._events if isinstance(event, IntentSettled)]
    assert set(venue.looked) == {entry.id}
    assert isinstance(settled.outcome, Rejected)
    assert settled.outcome.code == "not_placed"


async def test_a_ledger_that_fails_ends_the_worker_after_the_reserved_stop_is_out() -> None:
    """It was committed with its entry, and its request takes a moment."""
    table = Table()
    _, entry = await entered(table)
    await table.ledger.close()
    venue = Slow()

    async def run() -> None:
        async with asyncio.TaskGroup() as group:
            runtime = await _runtime(table.ledger.disk, venue, group)
            await runtime.desk.handle(read())
            runtime.desk._recorder._ledger = Broken(table.ledger.disk).book("paper")
            runtime.inbox.put(fill(entry))
            await runtime.run()

    with pytest.raises(ExceptionGroup) as caught:
        await run()

    assert caught.group_contains(Temporary, match="disk is full")
    assert venue.performed == ["stop"]
