"""What the desk does about readings: what was heard before the first, and what an older one may not overrule."""

from decimal import Decimal

import pytest

from support.build import BTC, ETH, NOON, WALL, arrived, later, settings, signal
from support.table import Table, entered, fill, read
from tradepods_core.book.events import (
    AccountRead,
    AccountView,
    CommandGiven,
    IntentSettled,
    MarksMoved,
    OrderReported,
    StreamChanged,
)
from tradepods_core.book.intents import Accepted, Leg, PlaceOrder, PrepareSymbol, Rejected
from tradepods_core.book.steering import OverrideSet
from tradepods_worker.engine.manifest import Manifest

D = Decimal


async def test_what_is_heard_before_the_first_reading_waits_for_it() -> None:
    """A restart may hear of a fill before it has read the account: it is booked after, and protected once."""
    table = Table()
    _, entry = await entered(table)
    await table.ledger.close()
    again = Table(table.ledger.disk)
    desk = await again.desk()
    await desk.handle(StreamChanged(connected=True, seen_at=WALL))
    await desk.handle(fill(entry))
    waiting = dict(desk.book.positions), list(again.order.dispatched)
    await desk.handle(read())

    assert waiting == ({}, [])
    assert desk.book.positions[Leg(BTC, "long")].quantity == entry.quantity
    assert [i.purpose for i in again.order.dispatched if isinstance(i, PlaceOrder)] == ["stop"]


async def test_a_cycle_before_the_first_reading_is_decided_after_it() -> None:
    """Not lost, and not decided blindly."""
    table = Table()
    desk = await table.desk()
    await desk.handle(StreamChanged(connected=True, seen_at=WALL))
    await desk.handle(MarksMoved(at=NOON, marks={BTC: D(100), ETH: D(100)}))
    await desk.handle(arrived(signal()))
    before = list(table.order.dispatched)
    await desk.handle(read())

    assert before == []
    assert [i.purpose for i in table.order.dispatched if isinstance(i, PlaceOrder)] == ["enter"]


async def test_a_reading_that_began_before_a_leverage_was_set_does_not_bring_the_old_one_back() -> None:
    """It was read at another moment: sizing goes by what the venue has confirmed since."""
    table = Table()
    desk = await table.desk()
    await desk.handle(StreamChanged(connected=True, seen_at=WALL))
    await desk.handle(read(leverage=20))
    for intent in list(table.order.dispatched):
        assert isinstance(intent, PrepareSymbol)
        await desk.handle(IntentSettled(id=intent.id, outcome=Accepted(), seen_at=later(1)))
    table.order.dispatched.clear()
    await desk.handle(read(leverage=20))

    assert desk.sight.venue.leverage == {BTC: 10, ETH: 10}
    assert table.order.dispatched == []


@pytest.mark.parametrize(("read_after", "connected"), [(-1, False), (0, True), (5, True)])
async def test_the_stream_counts_as_up_once_the_account_was_read_after_it_connected(
    read_after: float, connected: bool
) -> None:
    """What happened between the last frame and the new connection is known by no other way."""
    table = Table()
    desk = await table.desk()
    await desk.handle(StreamChanged(connected=True, seen_at=WALL))
    moment = later(read_after)
    await desk.handle(AccountRead(view=AccountView(wallet=D(1000)), begun_at=moment, seen_at=moment))

    assert desk.sight.connected is connected


async def test_without_the_private_stream_nothing_is_entered() -> None:
    """A fill would not be heard, and its stop come late."""
    table = Table()
    desk = await table.begun()
    await desk.handle(StreamChanged(connected=False, seen_at=later(1)))
    await desk.handle(arrived(signal()))

    assert table.order.dispatched == []
    assert desk.tally.refusals == {"StaleData": 1}


async def test_an_answer_that_does_not_fit_the_ledger_asks_for_a_reading_at_once() -> None:
    """A cancel of an order that the venue does not know: it may have acted."""
    table = Table()
    desk, entry = await entered(table)
    await desk.handle(fill(entry))
    await desk.handle(OrderReported(id=entry.id, ended=True, executed=entry.quantity, status="FILLED", seen_at=WALL))
    stop = table.order.dispatched[-1]
    await desk.handle(IntentSettled(id=stop.id, outcome=Accepted(), seen_at=WALL))
    table.reader.said.clear()
    close = next(i for i in table.order.dispatched if isinstance(i, PlaceOrder) and i.purpose == "take_profit")
    await desk.handle(_refused(close))

    assert table.reader.said == ["ask: an answer does not fit the ledger"]


async def test_a_command_before_the_first_reading_is_judged_by_the_manifest_of_its_moment() -> None:
    """An edit waits for the reading, which may be days away; an override of the value before it ends at once."""
    table = Table()
    desk = await table.desk()
    bot = {"secretRef": {"name": "bot"}, "chatIds": ["1"]}
    manifest = Manifest(settings(telegram=bot), recorded=())
    desk._current = lambda: manifest.terms
    edited = manifest.change(settings(telegram=bot, entryPct=6), NOON)
    assert edited is not None
    await desk.handle(edited)
    await desk.handle(CommandGiven(id="telegram/1", name="set", field="entryPct", value="2", by="ann"))
    recorded = table.seen[-1][1]

    assert [fact.over for fact in recorded if isinstance(fact, OverrideSet)] == ["6"]
    changed = manifest.heard(recorded)
    assert changed is not None
    assert changed.news == ()
    assert manifest.terms.effective.entry_pct == D(2)


def _refused(order: PlaceOrder) -> IntentSettled:
    return IntentSettled(id=order.id, outcome=Rejected(code="reduce_only"), seen_at=WALL)
