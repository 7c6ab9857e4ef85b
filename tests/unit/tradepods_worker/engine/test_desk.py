"""The desk: one event at a time; nothing leaves before it is committed, but what was committed before."""

from decimal import Decimal

from support.build import BTC, ETH, NOON, WALL, arrived, later, market, settings, signal
from support.table import Table, entered, fill, read
from tradepods_core.book.events import (
    CommandGiven,
    IntentSettled,
    MarketRead,
    MarksMoved,
    OrderReported,
    SettingsChanged,
    StreamChanged,
)
from tradepods_core.book.facts import SignalDecided
from tradepods_core.book.intents import Accepted, PlaceOrder, PrepareSymbol, Rejected
from tradepods_core.market import Market
from tradepods_core.settings.overrides import in_force
from tradepods_worker.engine.desk import CHECKPOINT_EVERY, Desk

D = Decimal


async def test_an_entry_is_committed_before_it_leaves() -> None:
    """Intent, reservations and decision in one transaction, then the order."""
    table = Table()
    await entered(table)

    assert table.order.happened == ["committed", "sent enter"]
    decided, entry = table.ledger.disk.facts[-2:]
    assert isinstance(decided, SignalDecided)
    assert isinstance(entry, PlaceOrder)
    assert {kept.purpose for kept in entry.reserves} == {"stop", "take_profit", "close"}


async def test_a_fills_stop_leaves_at_once_because_it_was_committed_with_the_entry() -> None:
    """Not even a slow disk delays it."""
    table = Table()
    desk, entry = await entered(table)
    table.order.happened.clear()
    await desk.handle(fill(entry))

    assert table.order.happened == ["sent stop", "committed"]


async def test_a_restarted_desk_has_the_same_book() -> None:
    """From the ledger alone."""
    table = Table()
    desk, entry = await entered(table)
    await desk.handle(fill(entry))
    await desk.handle(OrderReported(id=entry.id, ended=True, executed=entry.quantity, status="FILLED", seen_at=WALL))
    await table.ledger.close()
    again = await Table(table.ledger.disk).desk()

    assert again.book == desk.book
    assert again.tally == desk.tally


async def test_now_and_then_the_whole_book_is_written_down() -> None:
    """So that a start folds no more than so many facts."""
    table = Table()
    desk = await table.begun()
    for number in range(CHECKPOINT_EVERY):
        await desk.handle(arrived(signal(strategy=f"s{number}"), signal(ETH, strategy=f"s{number}")))
    recorded = await table.ledger.load("paper")

    assert recorded.checkpoint is not None
    assert len(recorded.facts) < CHECKPOINT_EVERY + 10
    again = await _reopened(table)
    assert again.book == desk.book
    assert again.tally == desk.tally


async def test_an_order_waits_for_no_checkpoint() -> None:
    """Its commit is as small as it can be: the whole book is written down with the next one that sends nothing."""
    table = Table()
    desk, _ = await entered(table)
    while (entry := await table.ledger.load("paper")).checkpoint is None and len(entry.facts) < CHECKPOINT_EVERY - 1:
        await desk.handle(arrived(signal(strategy=f"s{len(entry.facts)}")))
    await desk.handle(arrived(signal(ETH)))
    sent = await table.ledger.load("paper")
    await desk.handle(arrived(signal(strategy="last")))

    assert table.order.happened[-2:] == ["sent enter", "committed"]
    assert (sent.checkpoint, len(sent.facts) >= CHECKPOINT_EVERY) == (None, True)
    assert (await table.ledger.load("paper")).checkpoint is not None


async def _reopened(table: Table) -> Desk:
    await table.ledger.close()
    return await Table(table.ledger.disk).desk()


async def test_marks_alone_are_not_recorded_and_decide_nothing() -> None:
    """They come every second, for ever."""
    table = Table()
    desk = await table.begun()
    facts = len(table.ledger.disk.facts)
    await desk.handle(MarksMoved(at=NOON, marks={BTC: D(50)}))

    assert desk.sight.marks[BTC] == D(50)
    assert len(table.ledger.disk.facts) == facts
    assert table.order.happened == []


async def test_the_person_is_greeted_once_with_what_a_start_found() -> None:
    """A later reading is no start."""
    table = Table()
    desk = await table.desk()
    await desk.handle(read())
    await desk.handle(read())

    assert [one.notice.kind for one in await table.ledger.undelivered(limit=9)] == ["started"]


async def test_leverage_that_was_set_is_what_sizing_uses() -> None:
    """An accepted preparation changes what the venue is known to have."""
    table = Table()
    desk = await table.desk()
    await desk.handle(StreamChanged(connected=True, seen_at=WALL))
    await desk.handle(read(leverage=20))
    await desk.handle(MarksMoved(at=NOON, marks={BTC: D(100), ETH: D(100)}))
    for intent in list(table.order.dispatched):
        assert isinstance(intent, PrepareSymbol)
        await desk.handle(IntentSettled(id=intent.id, outcome=Accepted(), seen_at=WALL))
    table.order.dispatched.clear()
    await desk.handle(arrived(signal()))
    (entry,) = table.order.dispatched

    assert isinstance(entry, PlaceOrder)
    assert entry.quantity == D("4.925")


async def test_settings_are_those_that_came_last() -> None:
    """A change takes effect with the next event."""
    table = Table()
    desk = await table.begun()
    await desk.handle(SettingsChanged(terms=in_force(settings(strategies=["other"]), ())))
    await desk.handle(arrived(signal()))

    assert table.order.dispatched == []
    assert desk.tally.refusals == {"StrategyNotSelected": 1}


async def test_a_command_counts_for_what_waits_right_behind_it() -> None:
    """Also before the new terms have been told."""
    table = Table()
    desk = await table.begun()
    bot = {"secretRef": {"name": "bot"}, "chatIds": ["1"]}
    await desk.handle(SettingsChanged(terms=in_force(settings(telegram=bot), ())))
    for number, value in enumerate(("50", "10")):
        await desk.handle(CommandGiven(id=str(number), name="set", field="entryPct", value=value, by="alice"))
    await desk.handle(arrived(signal()))
    (entry,) = table.order.dispatched

    assert isinstance(entry, PlaceOrder)
    assert entry.quantity == D("9.85")


async def test_an_unprotected_position_wakes_the_desk() -> None:
    """A second after the fill, by the wall clock."""
    table = Table()
    desk, entry = await entered(table)
    await desk.handle(fill(entry))

    assert table.alarms[-1] == later(1)


async def test_what_does_not_add_up_asks_for_a_reading() -> None:
    """Two seconds after an acceptance that nothing followed."""
    table = Table()
    desk, entry = await entered(table)
    await desk.handle(IntentSettled(id=entry.id, outcome=Accepted(), seen_at=WALL))
    table.wall.advance(3)
    await desk.handle(arrived(close=NOON))

    assert table.reader.said == ["remind: something expected has not come"]


async def test_every_recorded_event_is_observed_with_the_book_before_it() -> None:
    """For logs and measurements."""
    table = Table()
    desk, entry = await entered(table)
    before = desk.book
    await desk.handle(fill(entry))

    assert table.seen[-1][0] == before
    assert [type(fact).__name__ for fact in table.seen[-1][1]] == ["Filled", "PlaceOrder"]


async def test_what_waits_in_the_inbox_is_decided_by_the_terms_of_its_moment() -> None:
    """An event that was made with older terms does not bring them back."""
    table = Table()
    desk = await table.begun()
    desk._current = lambda: in_force(settings(strategies=["other"]), ())
    await desk.handle(SettingsChanged(terms=in_force(settings(), ())))
    await desk.handle(arrived(signal()))

    assert desk.tally.refusals == {"StrategyNotSelected": 1}


async def test_a_pause_needs_no_reading_of_the_account() -> None:
    """It is recorded at once, so that it is there after a restart; nothing is sent."""
    table = Table()
    desk = await table.desk()
    await desk.handle(CommandGiven(id="telegram/1", name="pause", by="ann"))

    assert (desk.book.pause is not None, desk.book.commands) == (True, ("telegram/1",))
    assert table.order.happened == ["committed"]


async def test_refused_keys_have_the_account_read_at_once() -> None:
    """They were good before: the reading says that they are refused now."""
    table = Table()
    desk = await table.begun()
    await desk.handle(arrived(signal()))
    entry = next(intent for intent in table.order.dispatched if isinstance(intent, PlaceOrder))
    table.reader.said.clear()
    await desk.handle(IntentSettled(id=entry.id, outcome=Rejected(code="credentials"), seen_at=WALL))

    assert table.reader.said == ["ask: an answer does not fit the ledger"]


async def test_an_order_refused_for_its_steps_has_its_market_read_at_the_venue() -> None:
    """That one alone; what comes of it, the desk hears as an event."""
    table = Table()
    desk, entry = await entered(table)
    asked: list[Market] = []
    desk._renew = asked.extend
    await desk.handle(IntentSettled(id=entry.id, outcome=Rejected(code="precision"), seen_at=WALL))
    await desk.handle(MarketRead(market=market(tick=D("0.5"))))

    assert asked == [market(BTC)]
    assert desk.sight.markets[BTC].tick == D("0.5")
