"""A ledger that can be read and not written: its lock takes the account, and the first write does so in the ledger."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from support.build import WALL
from support.disks import SmallDisk, held, read_only, small_disk
from support.ledgers import OWNER, lived, notice, postgres_ledger
from support.postgres import Server
from tradepods_core.book.facts import Fact, PositionClosed
from tradepods_worker.adapters.ledger.sql import LEDGER, SqlLedger
from tradepods_worker.ports.ledger import Entry, JournalDown, Lease, LeaseHeld, LedgerDown, Owner, WrongLedger

FACTS: tuple[Fact, ...] = tuple(lived().facts)
CLOSED = tuple(fact for fact in FACTS if isinstance(fact, PositionClosed))  # one of them may be there twice
KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from support.build import WALL
from support.ledgers import OWNER, lived
from tradepods_worker.adapters.ledger.sql import SqlLedger
from tradepods_worker.ports.ledger import Entry

async def main():
    ledger = SqlLedger(Path(sys.argv[1]))
    lease = await ledger.acquire(owner=OWNER, holder="killed", now=WALL)
    await ledger.book("live").commit(Entry(facts=tuple(lived().facts)[:3]), lease=lease)
    await ledger.book("live").journal(Entry(facts=tuple(lived().facts)[3:5]))
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """A file system of its own."""
    with small_disk(tmp_path / "disk") as made:
        yield made


async def _kept(file: Path, *, live: tuple[Fact, ...] = FACTS[:3], journalled: tuple[Fact, ...] = ()) -> None:
    """What an earlier run leaves."""
    ledger = SqlLedger(file)
    lease = await ledger.acquire(owner=OWNER, holder="earlier", now=WALL)
    await ledger.book("live").commit(Entry(facts=live), lease=lease)
    if journalled:
        await ledger.book("live").journal(Entry(facts=journalled, notices=(notice("a"),)))
    await ledger.close()


async def _refused(ledger: SqlLedger) -> None:
    with pytest.raises(LedgerDown):
        await ledger.acquire(owner=OWNER, holder="test", now=WALL)


async def _guarded(file: Path) -> tuple[SqlLedger, Lease]:
    """A start as a worker begins it."""
    ledger = SqlLedger(file)
    await _refused(ledger)
    return ledger, await ledger.guard(owner=OWNER, holder="test", now=WALL)


async def _found(file: Path) -> tuple[Fact, ...]:
    """What the next start begins with."""
    ledger = SqlLedger(file)
    await ledger.acquire(owner=OWNER, holder="next", now=WALL)
    found = (await ledger.book("live").load()).facts
    await ledger.close()
    return found


@pytest.mark.parametrize("way", ["full", "read-only file", "held"])
async def test_what_can_be_read_is_and_the_first_write_takes_the_account(disk: SmallDisk, way: str) -> None:
    """With it what an earlier run has journalled comes into the ledger, before anything of this one."""
    file = disk.folder / LEDGER
    await _kept(file, journalled=FACTS[3:5])
    ways: dict[str, Callable[[], AbstractContextManager[None]]] = {
        "full": disk.full,
        "read-only file": lambda: read_only(file),
        "held": lambda: held(file),
    }
    with ways[way]():
        ledger, lease = await _guarded(file)
        assert (await ledger.book("live").load()).facts == FACTS[:5]
        for _ in range(2):
            with pytest.raises(LedgerDown):
                await ledger.renew(lease)
        with pytest.raises(LedgerDown):
            await ledger.book("live").commit(Entry(facts=FACTS[5:6]), lease=lease)
    await ledger.renew(lease)
    await ledger.book("live").commit(Entry(facts=FACTS[5:6]), lease=lease)
    await ledger.renew(lease)
    assert [one.notice.kind for one in await ledger.undelivered(limit=9)] == ["a"]
    await ledger.book("live").journal(Entry(facts=FACTS[6:7]))
    await ledger.close()

    assert lease.epoch == 2
    assert await _found(file) == FACTS[:7]


async def test_nobody_else_has_the_account_meanwhile(disk: SmallDisk) -> None:
    """The lock is the same one, whoever can only read its file."""
    file = disk.folder / LEDGER
    await _kept(file)
    with disk.full(), read_only(file.with_name(f"{LEDGER}.lock")):
        ledger, _ = await _guarded(file)
        other = SqlLedger(file)
        with pytest.raises(LeaseHeld):
            await other.guard(owner=OWNER, holder="other", now=WALL)
    with pytest.raises(LeaseHeld):
        await other.acquire(owner=OWNER, holder="other", now=WALL)
    await ledger.close()
    assert (await other.acquire(owner=OWNER, holder="other", now=WALL)).epoch == 2
    await other.close()


@pytest.mark.parametrize("noted", [True, False])
async def test_a_kill_between_the_taking_and_the_first_commit_loses_and_doubles_nothing(
    disk: SmallDisk, noted: bool
) -> None:
    """What this run has journalled follows what was left, and both wait for the book's commit; for ever if need be."""
    file = disk.folder / LEDGER
    await _kept(file, journalled=CLOSED)
    with disk.full():
        ledger, lease = await _guarded(file)
        number = await ledger.book("live").journal(Entry(facts=FACTS[3:5]))
    await ledger.renew(lease)
    journal = file.with_name(f"{file.name}.live.journal")
    uncleared = journal.read_bytes()
    if noted:
        await ledger.book("live").commit(Entry(facts=FACTS[3:5], journalled=number), lease=lease)
    await ledger.close()
    journal.write_bytes(uncleared)  # as if the power had gone before it was cleared

    assert await _found(file) == (*FACTS[:3], *CLOSED, *FACTS[3:5])
    assert await _found(file) == (*FACTS[:3], *CLOSED, *FACTS[3:5])


async def test_what_a_killed_run_left_is_read_beside_its_log(disk: SmallDisk) -> None:
    """Committed facts are in SQLite's log still, others in the journal; on a disk without room."""
    file = disk.folder / LEDGER
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    killed = await asyncio.create_subprocess_exec(sys.executable, "-c", KILLED, str(file), env=environment)
    assert await killed.wait() == -signal.SIGKILL
    with disk.full():
        ledger, lease = await _guarded(file)
        assert (await ledger.book("live").load()).facts == FACTS[:5]
    await ledger.book("live").commit(Entry(facts=FACTS[5:]), lease=lease)
    await ledger.close()

    assert await _found(file) == FACTS


async def test_a_journal_that_can_only_be_read_takes_nothing_until_the_ledger_does(tmp_path: Path) -> None:
    """What only reduces leaves all the same; later there is a journal again."""
    file = tmp_path / LEDGER
    await _kept(file)
    with read_only(file), read_only(file.with_name(f"{LEDGER}.live.journal")):
        ledger, lease = await _guarded(file)
        with pytest.raises(JournalDown):
            await ledger.book("live").journal(Entry(facts=FACTS[3:4]))
        with pytest.raises(LedgerDown):
            await ledger.renew(lease)
    await ledger.book("live").commit(Entry(facts=FACTS[3:5]), lease=lease)
    await ledger.book("live").journal(Entry(facts=FACTS[5:6]))
    await ledger.close()

    assert await _found(file) == FACTS[:6]


async def test_a_file_system_that_went_read_only_is_not_guarded_by(disk: SmallDisk) -> None:
    """It may be what is left of a volume that another machine has by now, where this lock counts for nothing."""
    file = disk.folder / LEDGER
    await _kept(file)
    with disk.read_only():
        ledger = SqlLedger(file)
        await _refused(ledger)
        with pytest.raises(LedgerDown, match="file system"):
            await ledger.guard(owner=OWNER, holder="test", now=WALL)
    assert (await ledger.acquire(owner=OWNER, holder="test", now=WALL)).epoch == 2
    await ledger.close()


async def test_a_ledger_whose_log_cannot_be_had_is_not_read_without_it(tmp_path: Path) -> None:
    """The latest facts are in it; a log that leads nowhere is not one that isn't there."""
    file = tmp_path / LEDGER
    await _kept(file)
    log = file.with_name(f"{LEDGER}-wal")
    log.symlink_to(log)
    ledger = SqlLedger(file)
    with pytest.raises(LedgerDown):
        await ledger.guard(owner=OWNER, holder="test", now=WALL)
    await ledger.close()


async def test_a_ledger_of_somebody_else_is_not_guarded(disk: SmallDisk) -> None:
    """As it is not taken."""
    file = disk.folder / LEDGER
    await _kept(file)
    with disk.full():
        ledger = SqlLedger(file)
        with pytest.raises(WrongLedger, match="account"):
            await ledger.guard(owner=Owner(account="b", exchange="x", environment="live"), holder="b", now=WALL)
        await ledger.close()


async def test_where_there_is_nothing_to_guard_by_it_is_waited_for(disk: SmallDisk) -> None:
    """No lock, no tables: each try leaves everything as it was, and the one that finds room takes the account."""
    file = disk.folder / LEDGER
    ledger = SqlLedger(file)
    with disk.read_only(), pytest.raises(LedgerDown, match="lock"):
        await ledger.guard(owner=OWNER, holder="test", now=WALL)
    with disk.full():
        await _refused(ledger)
        with pytest.raises(LedgerDown):
            await ledger.guard(owner=OWNER, holder="test", now=WALL)
    assert (await ledger.acquire(owner=OWNER, holder="test", now=WALL)).epoch == 1
    await ledger.close()


async def test_a_ledger_on_a_server_is_never_guarded(postgres: Server, tmp_path: Path) -> None:
    """Another machine may take the account, and nobody here would know."""
    ledger = postgres_ledger(postgres.database(), tmp_path)
    with pytest.raises(LedgerDown, match="nobody can take the account"):
        await ledger.guard(owner=OWNER, holder="test", now=WALL)
    await ledger.close()
