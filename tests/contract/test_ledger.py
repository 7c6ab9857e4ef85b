"""The ledger port: one set of cases, on memory and on SQLite in a real file."""

import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from support.account import Account
from support.build import BTC, ETH, NOON, WALL, arrived, later, signal
from tradepods_core.book.book import apply
from tradepods_core.book.facts import Fact
from tradepods_core.book.recorded import Checkpoint
from tradepods_core.book.tally import NONE, counted
from tradepods_core.book.values import Book
from tradepods_core.rules.snapshot import Notice
from tradepods_worker.adapters.ledger.memory import Disk, MemoryLedger
from tradepods_worker.adapters.ledger.sql import SqlLedger
from tradepods_worker.ports.ledger import AlreadyActed, Entry, Lease, LeaseHeld, LeaseLost, Owner, WrongLedger

D = Decimal
OWNER = Owner(account="a", exchange="binanceusdm", environment="live", mode="paper")
AnyLedger = SqlLedger | MemoryLedger


@dataclass(slots=True)
class Place:
    """Where a ledger is kept; opening it again is what a restarted worker does."""

    make: Callable[[], AnyLedger]
    crash: Callable[[AnyLedger], None]
    opened: list[AnyLedger]

    def open(self) -> AnyLedger:
        """A ledger object on the same place."""
        self.opened.append(self.make())
        return self.opened[-1]

    async def acquired(self) -> tuple[AnyLedger, Lease]:
        """A ledger that serves its account."""
        ledger = self.open()
        return ledger, await ledger.acquire(owner=OWNER, holder="test", now=WALL)


def _crash_sql(ledger: AnyLedger) -> None:
    """What the kernel does when a process dies: its locks are gone, nothing else is tidied."""
    assert isinstance(ledger, SqlLedger)
    ledger._lock.release()


def _crash_memory(ledger: AnyLedger) -> None:
    assert isinstance(ledger, MemoryLedger)
    ledger.disk.holder = None


@pytest.fixture(params=["memory", "sqlite"])
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    """A place of each kind; whatever was opened on it is closed in the end."""
    if request.param == "memory":
        disk = Disk()
        found = Place(make=lambda: MemoryLedger(disk), crash=_crash_memory, opened=[])
    else:
        found = Place(make=lambda: SqlLedger(tmp_path / "paper.db"), crash=_crash_sql, opened=[])
    yield found
    for ledger in found.opened:
        await ledger.close()


def _lived() -> Account:
    """An account with some history: a position that is open, one that its stop closed."""
    account = Account()
    account.opened(fee=D("0.123"))
    _, stop, _ = account.opened(symbol=ETH, side="short", fee=D("0.123"))
    account.fill(stop, price="103", realized=D("-14.5"))
    return account


async def test_what_is_committed_is_there_after_a_restart(place: Place) -> None:
    """Fact by fact, in order, equal in every value."""
    facts = tuple(_lived().facts)
    ledger, lease = await place.acquired()
    await ledger.commit(Entry(facts=facts[:3]), lease=lease)
    await ledger.commit(Entry(facts=facts[3:]), lease=lease)
    await ledger.close()
    again, _ = await place.acquired()

    assert (await again.load()).facts == facts
    assert tuple(await again.history()) == facts


async def test_a_checkpoint_spares_the_facts_before_it(place: Place) -> None:
    """A start folds what came after it; the history stays whole."""
    facts = tuple(_lived().facts)
    ledger, lease = await place.acquired()
    checkpoint = Checkpoint(book=apply(Book(), facts[:5]), tally=counted(NONE, facts[:5]))
    await ledger.commit(Entry(facts=facts[:5], checkpoint=checkpoint), lease=lease)
    await ledger.commit(Entry(facts=facts[5:]), lease=lease)
    recorded = await ledger.load()

    assert recorded.checkpoint == checkpoint
    assert recorded.facts == facts[5:]
    assert apply(checkpoint.book, recorded.facts) == apply(Book(), facts)
    assert tuple(await ledger.history()) == facts


async def test_a_transaction_is_all_or_nothing(place: Place) -> None:
    """One fact that may happen once only, a second time: nothing of its transaction stays, its notices neither."""
    facts = tuple(_lived().facts)
    once = next(fact for fact in facts if type(fact).__name__ == "SignalDecided")
    others: tuple[Fact, ...] = tuple(fact for fact in facts if type(fact).__name__ == "WalletSeen")
    ledger, lease = await place.acquired()
    await ledger.commit(Entry(facts=(once,)), lease=lease)

    with pytest.raises(AlreadyActed):
        await ledger.commit(Entry(facts=(*others, once), notices=(_notice("a"),)), lease=lease)
    assert (await ledger.load()).facts == (once,)
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
        await dead.commit(Entry(facts=tuple(_lived().facts)), lease=old)
    assert (await alive.load()).facts == ()


@pytest.mark.parametrize("field", ["account", "exchange", "environment", "mode"])
async def test_a_ledger_refuses_to_serve_another(place: Place, field: str) -> None:
    """Another account, venue or mode would trade on the wrong positions."""
    ledger, _ = await place.acquired()
    await ledger.close()
    values = {name: getattr(OWNER, name) for name in ("account", "exchange", "environment", "mode")}

    with pytest.raises(WrongLedger, match="give the account its own"):
        await place.open().acquire(owner=Owner(**values | {field: "other"}), holder="test", now=WALL)


def _notice(kind: str) -> Notice:
    return Notice(kind=kind, at=NOON, values={"price": "1.5"})


async def test_notices_wait_in_order_until_they_are_delivered(place: Place) -> None:
    """An outbox: also over a restart."""
    ledger, lease = await place.acquired()
    await ledger.commit(Entry(facts=(), notices=(_notice("a"), _notice("b"))), lease=lease)
    await ledger.commit(Entry(facts=(), notices=(_notice("c"),)), lease=lease)
    first = (await ledger.undelivered(limit=10))[0]
    await ledger.attempting(first.number)
    await ledger.delivered(first.number, sent=True)
    await ledger.close()
    again, _ = await place.acquired()

    assert [one.notice.kind for one in await again.undelivered(limit=10)] == ["b", "c"]
    assert [one.notice.kind for one in await again.undelivered(limit=1)] == ["b"]
    assert (await again.undelivered(limit=1))[0].notice == _notice("b")


async def test_an_attempt_that_may_have_succeeded_is_remembered(place: Place) -> None:
    """Killed between sending and recording: the next attempt knows that it may be a repeat."""
    ledger, lease = await place.acquired()
    await ledger.commit(Entry(facts=(), notices=(_notice("a"),)), lease=lease)
    (waiting,) = await ledger.undelivered(limit=10)
    await ledger.attempting(waiting.number)
    place.crash(ledger)
    again, _ = await place.acquired()

    assert [one.attempts for one in await again.undelivered(limit=10)] == [1]


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


async def test_a_person_can_ask_what_was_closed_and_decided(place: Place) -> None:
    """The newest closed positions first; the newest decision about one symbol."""
    account = _lived()
    account.handle(arrived(signal(strategy="late")))
    ledger, lease = await place.acquired()
    assert await ledger.closed(limit=10) == []
    assert await ledger.decided(ETH) is None
    await ledger.commit(Entry(facts=tuple(account.facts)), lease=lease)
    decided, other = await ledger.decided(BTC), await ledger.decided(ETH)

    assert [closed.leg.symbol for closed in await ledger.closed(limit=10)] == [ETH]
    assert await ledger.closed(limit=0) == []
    assert decided is not None
    assert (decided.signal, decided.refusal) == (signal(strategy="late").id, "AlreadyInPosition")
    assert other is not None
    assert other.refusal is None
    assert await ledger.decided("%") is None


async def test_commits_come_back_in_the_order_in_which_they_were_made(place: Place) -> None:
    """A hundred small ones."""
    ledger, lease = await place.acquired()
    account = Account()
    for number in range(100):
        account.now = account.marks_at = NOON
        account.wall = later(number)
        before = len(account.facts)
        account.handle(arrived(signal(strategy=f"s{number}")))
        await ledger.commit(Entry(facts=tuple(account.facts[before:])), lease=lease)

    assert list((await ledger.load()).facts) == account.facts


async def test_a_ledger_of_an_earlier_release_learns_to_keep_the_offset(tmp_path: Path) -> None:
    """Its file lacks the table; what it holds is served as before."""
    old = SqlLedger(tmp_path / "paper.db")
    lease = await old.acquire(owner=OWNER, holder="test", now=WALL)
    await old.commit(Entry(facts=tuple(_lived().facts)), lease=lease)
    await old.close()
    with closing(sqlite3.connect(tmp_path / "paper.db")) as file:
        file.execute("DROP TABLE offsets")
    new = SqlLedger(tmp_path / "paper.db")
    await new.acquire(owner=OWNER, holder="test", now=WALL)
    await new.save_offset(7)
    kept, facts = await new.load_offset(), (await new.load()).facts
    await new.close()

    assert kept == 7
    assert facts == tuple(_lived().facts)
