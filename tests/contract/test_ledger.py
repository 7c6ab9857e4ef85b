"""The ledger port: one set of cases, on memory and on SQLite in a real file."""

import pytest

from support.account import Account
from support.build import NOON, WALL, arrived, later, signal
from support.ledgers import OWNER, Place, lived, notice
from tradepods_core.book.book import apply
from tradepods_core.book.facts import Fact
from tradepods_core.book.recorded import Checkpoint
from tradepods_core.book.tally import NONE, counted
from tradepods_core.book.values import Book
from tradepods_worker.ports.ledger import AlreadyActed, Entry, LeaseHeld, LeaseLost, Owner, WrongLedger


async def test_what_is_committed_is_there_after_a_restart(place: Place) -> None:
    """Fact by fact, in order, equal in every value."""
    facts = tuple(lived().facts)
    ledger, lease = await place.acquired()
    await ledger.book("live").commit(Entry(facts=facts[:3]), lease=lease)
    await ledger.book("live").commit(Entry(facts=facts[3:]), lease=lease)
    await ledger.close()
    again, _ = await place.acquired()

    assert (await again.book("live").load()).facts == facts
    assert tuple(await again.book("live").history()) == facts


async def test_a_checkpoint_spares_the_facts_before_it(place: Place) -> None:
    """A start folds what came after it; the history stays whole."""
    facts = tuple(lived().facts)
    ledger, lease = await place.acquired()
    checkpoint = Checkpoint(book=apply(Book(), facts[:5]), tally=counted(NONE, facts[:5]))
    await ledger.book("live").commit(Entry(facts=facts[:5], checkpoint=checkpoint), lease=lease)
    await ledger.book("live").commit(Entry(facts=facts[5:]), lease=lease)
    recorded = await ledger.book("live").load()

    assert recorded.checkpoint == checkpoint
    assert recorded.facts == facts[5:]
    assert apply(checkpoint.book, recorded.facts) == apply(Book(), facts)
    assert tuple(await ledger.book("live").history()) == facts


async def test_a_transaction_is_all_or_nothing(place: Place) -> None:
    """One fact that may happen once only, a second time: nothing of its transaction stays, its notices neither."""
    facts = tuple(lived().facts)
    once = next(fact for fact in facts if type(fact).__name__ == "SignalDecided")
    others: tuple[Fact, ...] = tuple(fact for fact in facts if type(fact).__name__ == "WalletSeen")
    ledger, lease = await place.acquired()
    await ledger.book("live").commit(Entry(facts=(once,)), lease=lease)

    with pytest.raises(AlreadyActed):
        await ledger.book("live").commit(Entry(facts=(*others, once), notices=(notice("a"),)), lease=lease)
    assert (await ledger.book("live").load()).facts == (once,)
    assert list(await ledger.undelivered(limit=10)) == []


async def test_one_worker_serves_an_account(place: Place) -> None:
    """A second one is told who has it, and gets it once the first has let go."""
    first, one = await place.acquired()
    second = place.open()
    with pytest.raises(LeaseHeld, match="test"):
        await second.acquire(owner=OWNER, holder="second", now=WALL)
    await first.close()
    two = await second.acquire(owner=OWNER, holder="second", now=WALL)

    assert two.epoch > one.epoch


async def test_a_dead_workers_successor_need_not_wait(place: Place) -> None:
    """Kill -9: the account is taken over at once."""
    dead, one = await place.acquired()
    place.crash(dead)
    _, two = await place.acquired()

    assert two.epoch > one.epoch


async def test_a_worker_that_was_taken_over_can_write_nothing_more(place: Place) -> None:
    """The epoch is checked in the very transaction."""
    dead, old = await place.acquired()
    place.crash(dead)
    alive, _ = await place.acquired()

    with pytest.raises(LeaseLost):
        await dead.book("live").commit(Entry(facts=tuple(lived().facts)), lease=old)
    assert (await alive.book("live").load()).facts == ()


@pytest.mark.parametrize("field", ["account", "exchange", "environment"])
async def test_a_ledger_refuses_to_serve_another(place: Place, field: str) -> None:
    """Another account or venue would trade on the wrong positions."""
    ledger, _ = await place.acquired()
    await ledger.close()
    values = {name: getattr(OWNER, name) for name in ("account", "exchange", "environment")}

    with pytest.raises(WrongLedger, match="give the account its own"):
        await place.open().acquire(owner=Owner(**values | {field: "other"}), holder="test", now=WALL)


async def test_notices_wait_in_order_until_they_are_delivered(place: Place) -> None:
    """An outbox: also over a restart."""
    ledger, lease = await place.acquired()
    await ledger.book("live").commit(Entry(facts=(), notices=(notice("a"), notice("b"))), lease=lease)
    await ledger.book("live").commit(Entry(facts=(), notices=(notice("c"),)), lease=lease)
    first = (await ledger.undelivered(limit=10))[0]
    await ledger.attempting(first.number)
    await ledger.delivered(first.number, sent=True)
    await ledger.close()
    again, _ = await place.acquired()

    assert [one.notice.kind for one in await again.undelivered(limit=10)] == ["b", "c"]
    assert [one.notice.kind for one in await again.undelivered(limit=1)] == ["b"]
    assert (await again.undelivered(limit=1))[0].notice == notice("b")


async def test_an_attempt_that_may_have_succeeded_is_remembered(place: Place) -> None:
    """Killed between sending and recording: the next attempt knows that it may be a repeat."""
    ledger, lease = await place.acquired()
    await ledger.book("live").commit(Entry(facts=(), notices=(notice("a"),)), lease=lease)
    (waiting,) = await ledger.undelivered(limit=10)
    await ledger.attempting(waiting.number)
    place.crash(ledger)
    again, _ = await place.acquired()

    assert [one.attempts for one in await again.undelivered(limit=10)] == [1]


async def test_an_attempt_that_was_refused_is_none(place: Place) -> None:
    """What the messenger did not take is no repeat later, but for an attempt before that one."""
    ledger, lease = await place.acquired()
    await ledger.book("live").commit(Entry(facts=(), notices=(notice("a"), notice("b"))), lease=lease)
    for number in (1, 2, 2):
        await ledger.attempting(number)
    for number in (1, 2):
        await ledger.refused(number)

    assert [one.attempts for one in await ledger.undelivered(limit=10)] == [0, 1]


async def test_a_dry_runs_books_are_kept_beside_the_ledger(place: Place) -> None:
    """The last ones saved."""
    ledger, _ = await place.acquired()
    assert await ledger.load_paper() is None
    await ledger.save_paper("one")
    await ledger.save_paper("two")
    await ledger.close()
    again, _ = await place.acquired()

    assert await again.load_paper() == "two"


async def test_the_bots_offset_is_kept_beside_the_ledger(place: Place) -> None:
    """The last one saved, however large Telegram's numbers are; it may go down: they are chosen at random at times."""
    ledger, _ = await place.acquired()
    assert await ledger.load_offset() is None
    await ledger.save_offset(2**40)
    await ledger.save_offset(41)
    await ledger.close()
    again, _ = await place.acquired()

    assert await again.load_offset() == 41


async def test_commits_come_back_in_the_order_in_which_they_were_made(place: Place) -> None:
    """A hundred small ones."""
    ledger, lease = await place.acquired()
    account = Account()
    for number in range(100):
        account.now = account.marks_at = NOON
        account.wall = later(number)
        before = len(account.facts)
        account.handle(arrived(signal(strategy=f"s{number}")))
        await ledger.book("live").commit(Entry(facts=tuple(account.facts[before:])), lease=lease)

    assert list((await ledger.book("live").load()).facts) == account.facts
