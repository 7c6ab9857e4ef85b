"""Two books in one ledger: what each has of its own, and what the account has once."""

import pytest

from support.build import BTC, ETH, NOON, arrived, signal
from support.ledgers import Place, lived, notice
from tradepods_core.book.book import apply
from tradepods_core.book.facts import CommandTaken, Fact, Filled, SignalDecided
from tradepods_core.book.recorded import Checkpoint
from tradepods_core.book.steering import OverrideEnded, OverrideSet, SettingsSeen
from tradepods_core.book.tally import NONE, counted
from tradepods_core.book.values import Book
from tradepods_worker.ports.ledger import AlreadyActed, Entry


def _pause() -> CommandTaken:
    return CommandTaken(id="telegram/7", name="pause", symbol="", by="Ann", result="paused", at=NOON)


def _without_signals(facts: list[Fact]) -> tuple[Fact, ...]:
    return tuple(fact for fact in facts if not isinstance(fact, SignalDecided))


async def test_each_book_has_its_own_facts_and_checkpoint(place: Place) -> None:
    """What one of them did never moves the other, whatever the order in which they wrote."""
    facts = tuple(lived().facts)
    mine = _without_signals(list(facts))[:4]
    ledger, lease = await place.acquired()
    live, paper = ledger.book("live"), ledger.book("paper")
    checkpoint = Checkpoint(book=apply(Book(), facts[:5]), tally=counted(NONE, facts[:5]))
    await paper.commit(Entry(facts=mine[:2]), lease=lease)
    await live.commit(Entry(facts=facts[:5], checkpoint=checkpoint), lease=lease)
    await paper.commit(Entry(facts=mine[2:]), lease=lease)
    await live.commit(Entry(facts=facts[5:]), lease=lease)
    recorded = await live.load()

    assert (recorded.checkpoint, recorded.facts) == (checkpoint, facts[5:])
    assert tuple(await live.history()) == facts
    assert (await paper.load()).checkpoint is None
    assert (await paper.load()).facts == mine
    assert tuple(await paper.history()) == mine


async def test_what_happened_in_one_book_may_happen_in_the_other(place: Place) -> None:
    """A paper fill may carry the number of a live one; a command is taken by both."""
    once = [fact for fact in lived().facts if isinstance(fact, Filled)]
    ledger, lease = await place.acquired()
    for name in ("live", "paper"):
        await ledger.book(name).commit(Entry(facts=(*once, _pause())), lease=lease)

    with pytest.raises(AlreadyActed):
        await ledger.book("paper").commit(Entry(facts=(_pause(),)), lease=lease)
    assert len(await ledger.book("paper").history()) == len(once) + 1


async def test_a_signal_is_decided_once_in_both_books_together(place: Place) -> None:
    """An account that was switched between dry run and live never acts on it a second time."""
    decided = next(fact for fact in lived().facts if isinstance(fact, SignalDecided))
    ledger, lease = await place.acquired()
    await ledger.book("paper").commit(Entry(facts=(decided,)), lease=lease)

    with pytest.raises(AlreadyActed, match=decided.signal):
        await ledger.book("live").commit(Entry(facts=(decided,)), lease=lease)


async def test_a_notice_says_of_which_book_it_is(place: Place) -> None:
    """And all of them wait in one order."""
    ledger, lease = await place.acquired()
    await ledger.book("paper").commit(Entry(facts=(), notices=(notice("a"),)), lease=lease)
    await ledger.book("live").commit(Entry(facts=(), notices=(notice("b"),)), lease=lease)
    waiting = await ledger.undelivered(limit=10)

    assert [(one.notice.kind, one.book) for one in waiting] == [("a", "paper"), ("b", "live")]


async def test_a_person_asks_one_book(place: Place) -> None:
    """The newest closed positions first; the newest decision about one symbol."""
    account = lived()
    account.handle(arrived(signal(strategy="late")))
    ledger, lease = await place.acquired()
    live = ledger.book("live")
    assert await live.closed(limit=10) == []
    assert await live.decided(ETH) is None
    await live.commit(Entry(facts=tuple(account.facts)), lease=lease)
    decided, other = await live.decided(BTC), await live.decided(ETH)

    assert [closed.leg.symbol for closed in await live.closed(limit=10)] == [ETH]
    assert await live.closed(limit=0) == []
    assert decided is not None
    assert (decided.signal, decided.refusal) == (signal(strategy="late").id, "AlreadyInPosition")
    assert other is not None
    assert other.refusal is None
    assert await live.decided("%") is None
    assert await ledger.book("paper").closed(limit=10) == []
    assert await ledger.book("paper").decided(BTC) is None


async def test_how_the_account_is_set_is_told_by_both_books_in_one_order(place: Place) -> None:
    """Overrides and manifests; nothing else."""
    ledger, lease = await place.acquired()
    asked = OverrideSet(field="entryPct", value="2", over="5", by="Ann", at=NOON)
    seen = SettingsSeen(document="{}", changes=(), at=NOON)
    ended = OverrideEnded(field="entryPct", why="asked for by Ann", at=NOON)
    await ledger.book("paper").commit(Entry(facts=(asked, _pause())), lease=lease)
    await ledger.book("live").commit(Entry(facts=(*lived().facts, seen)), lease=lease)
    await ledger.book("paper").commit(Entry(facts=(ended,)), lease=lease)

    assert list(await ledger.steering()) == [asked, seen, ended]
