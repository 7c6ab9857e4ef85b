"""A desk whose ledger can't be written: what still leaves, what does not, and how it goes on."""

from decimal import Decimal
from itertools import pairwise

from support.build import ETH, arrived, later, signal
from support.table import Table, entered, fill
from tradepods_core.book.book import apply
from tradepods_core.book.events import AlarmRang, CommandGiven, IntentSettled
from tradepods_core.book.facts import SignalDecided
from tradepods_core.book.intents import Accepted, PlaceOrder, Rejected
from tradepods_core.book.values import Book
from tradepods_worker.engine.desk import Desk

D = Decimal


async def _failing() -> tuple[Table, Desk, PlaceOrder]:
    """A desk with an entry on its way, whose ledger can't be written from now on."""
    table = Table()
    desk, entry = await entered(table)
    table.order.happened.clear()
    table.order.dispatched.clear()
    table.ledger.broken = True
    return table, desk, entry


async def test_no_entry_leaves_while_the_ledger_is_down() -> None:
    """Its signal is refused by that name, for good; and no leverage is set."""
    table = Table()
    desk = await table.begun()
    table.ledger.broken = True
    await desk.handle(arrived(signal()))

    assert table.order.dispatched == []
    assert desk.book.orders == {}
    assert table.order.happened == ["journalled"]
    table.ledger.broken = False
    table.wall.advance(1)
    await desk.handle(AlarmRang(at=later(1)))
    await desk.handle(arrived(signal()))
    refused = [fact.refusal for fact in table.ledger.disk.facts if isinstance(fact, SignalDecided)]
    assert refused == ["LedgerDown"]
    assert table.order.dispatched == []


async def test_what_was_reserved_leaves_at_once_and_the_rest_after_the_journal() -> None:
    """The first stop needs no commit; its take-profit is in the journal before it leaves."""
    table, desk, entry = await _failing()
    await desk.handle(fill(entry))
    assert table.order.happened == ["sent stop", "journalled"]
    (stop,) = table.order.dispatched
    table.order.happened.clear()
    await desk.handle(IntentSettled(id=stop.id, outcome=Rejected(code="would_trigger"), seen_at=later(0)))
    (close,) = table.order.dispatched[1:]
    table.order.happened.clear()
    await desk.handle(IntentSettled(id=close.id, outcome=Rejected(code="other"), seen_at=later(0)))
    table.wall.advance(10)
    await desk.handle(AlarmRang(at=later(10)))

    assert table.order.happened == ["journalled", "journalled", "sent close"]
    assert [getattr(intent, "revision", None) for intent in table.order.dispatched] == [0, 0, 1]


async def test_a_persons_close_leaves_while_the_ledger_is_down() -> None:
    """It only reduces."""
    table, desk, entry = await _failing()
    await desk.handle(fill(entry))
    await desk.handle(CommandGiven(id="telegram/1", name="close", symbol="", by="Ann"))

    assert [intent.purpose for intent in table.order.dispatched if isinstance(intent, PlaceOrder)] == ["stop", "close"]


async def test_where_not_even_the_journal_can_be_written_it_leaves_all_the_same() -> None:
    """And nothing more is journalled in this outage: what comes after a gap would make no sense."""
    table, desk, entry = await _failing()
    table.ledger.full = True
    await desk.handle(fill(entry))
    table.ledger.full = False
    await desk.handle(CommandGiven(id="telegram/1", name="close", symbol="", by="Ann"))

    assert table.order.happened == ["sent stop", "sent close"]
    assert table.ledger.disk.journals["paper"] == []


async def test_the_ledger_is_tried_again_less_and_less_often() -> None:
    """After 0.2 s, doubled each time up to 5 s, by an alarm of its own."""
    table, desk, entry = await _failing()
    await desk.handle(fill(entry))
    assert table.alarms[-1] == later(0.2)
    tries = [later(0.2)]
    while len(tries) < 7:
        at = table.alarms[-1]
        assert at is not None
        table.wall.advance((at - table.wall.now()).total_seconds())
        await desk.handle(AlarmRang(at=at))
        assert desk._recorder.retry_at is not None
        if desk._recorder.retry_at != tries[-1]:  # the desk has other reasons to wake
            tries.append(desk._recorder.retry_at)
    pauses = [(after - before).total_seconds() for before, after in pairwise(tries)]

    assert pauses == [0.4, 0.8, 1.6, 3.2, 5.0, 5.0]


async def test_once_it_can_be_written_everything_is_in_it_in_order() -> None:
    """Facts and notices of the meantime in one transaction; the journal is empty; the book is what the facts say."""
    table, desk, entry = await _failing()
    await desk.handle(fill(entry))
    (stop,) = table.order.dispatched
    await desk.handle(IntentSettled(id=stop.id, outcome=Accepted(), seen_at=later(0)))
    assert len(table.ledger.disk.journals["paper"]) == 2
    assert "disk is full" in desk.trouble
    table.ledger.broken = False
    table.wall.advance(1)
    await desk.handle(AlarmRang(at=later(1)))

    assert desk.trouble == ""
    assert table.ledger.disk.journals["paper"] == []
    assert apply(Book(), table.ledger.disk.facts) == desk.book
    recorded = await table.ledger.load("paper")
    assert recorded.checkpoint is not None
    assert apply(recorded.checkpoint.book, recorded.facts) == desk.book
    assert [one.notice.kind for one in await table.ledger.undelivered(limit=20)][-1] == "ledger_up"
    await desk.handle(arrived(signal(ETH)))
    assert [i.purpose for i in table.order.dispatched if isinstance(i, PlaceOrder)][-1] == "enter"


async def test_the_person_is_told_once_and_past_the_ledger() -> None:
    """However many events find it down; a second outage is told again."""
    table, desk, entry = await _failing()
    await desk.handle(fill(entry))
    await desk.handle(CommandGiven(id="telegram/1", name="pause", symbol="", by="Ann"))
    assert next(table.alert.waiting()).notice.kind == "ledger_down"
    table.alert.told()
    assert list(table.alert.waiting()) == []
    table.ledger.broken = False
    table.wall.advance(1)
    await desk.handle(AlarmRang(at=later(1)))
    table.ledger.broken = True
    await desk.handle(CommandGiven(id="telegram/2", name="resume", symbol="", by="Ann"))
    assert next(table.alert.waiting()).notice.kind == "ledger_down"


async def test_a_pause_before_the_first_reading_is_journalled() -> None:
    """It needs no reading, and a ledger that is down is no reason to end."""
    table = Table()
    desk = await table.desk()
    table.ledger.broken = True
    await desk.handle(CommandGiven(id="telegram/1", name="pause", symbol="", by="Ann"))

    assert "telegram/1" in desk.book.commands
    assert table.order.happened == ["journalled"]
    assert next(table.alert.waiting()).notice.kind == "ledger_down"


async def test_a_worker_killed_meanwhile_finds_the_journal() -> None:
    """What was journalled is in the ledger before anything is loaded."""
    table, desk, entry = await _failing()
    await desk.handle(fill(entry))
    book = desk.book
    await table.ledger.close()
    again = Table(table.ledger.disk)
    found = await again.desk()

    assert found.book == book
    assert again.ledger.disk.journals["paper"] == []
