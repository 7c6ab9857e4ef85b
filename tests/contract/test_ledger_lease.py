"""One trader an account, where several machines reach its ledger: a lease that expires by the server's clock."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest

from support.build import WALL
from support.leased import LOST
from support.ledgers import OWNER, lived, notice, postgres_ledger
from support.postgres import Server
from tradepods_worker.adapters.clocks import ManualClock, WallClock
from tradepods_worker.adapters.ledger.sql import SqlLedger
from tradepods_worker.ports.ledger import Entry, Equity, Lease, LeaseHeld, LeaseLost, LedgerDown
from tradepods_worker.tasks.lease import take

ROOT = Path(__file__).parents[2]
WITHIN = 30.0  # seconds: a deadline, never a wait
EXPIRE = "UPDATE tp_a.leases SET expires_at = now() - interval '{} s'"
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
APART = timedelta(seconds=4.5)  # how long the venue takes what was signed at the end of a lease, and two seconds
FACTS = tuple(lived().facts)


class Machines:
    """A database, and machines that reach it: each has a folder of its own."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server, self.url, self._folder = server, server.database(), folder
        self.opened: list[SqlLedger] = []

    def ledger(self, machine: str, *, wall: ManualClock | None = None) -> SqlLedger:
        """The account's ledger, as that machine opens it."""
        self.opened.append(postgres_ledger(self.url, self._folder / machine, wall=wall))
        return self.opened[-1]

    async def acquired(self, machine: str) -> tuple[SqlLedger, Lease]:
        """A ledger that serves the account."""
        ledger = self.ledger(machine)
        return ledger, await ledger.acquire(owner=OWNER, holder=machine, now=WALL)

    def expire(self, ago: timedelta) -> None:
        """The lease has expired that long ago, by the server's clock."""
        self.server.ask(EXPIRE.format(ago.total_seconds()), url=self.url)

    def epoch(self) -> object:
        """How often it was taken."""
        return self.server.ask("SELECT epoch FROM tp_a.leases", url=self.url)[0][0]


@pytest.fixture
async def machines(postgres: Server, tmp_path: Path) -> AsyncIterator[Machines]:
    """A new database."""
    found = Machines(postgres, tmp_path)
    yield found
    for ledger in found.opened:
        await ledger.close()


async def test_another_machine_is_refused_while_the_lease_holds(machines: Machines) -> None:
    """It is told who has it and until when; nothing in the ledger is changed."""
    first, one = await machines.acquired("first")
    with pytest.raises(LeaseHeld, match="served by first") as caught:
        await machines.ledger("second").acquire(owner=OWNER, holder="second", now=WALL)
    await first.renew(one)

    assert caught.value.until is not None
    assert machines.epoch() == 1


async def test_a_lease_that_was_given_back_is_free_at_once(machines: Machines) -> None:
    """A worker that is told to stop makes nobody wait."""
    first, one = await machines.acquired("first")
    await first.close()
    _, two = await machines.acquired("second")

    assert two.epoch == one.epoch + 1


async def test_a_lease_is_free_once_the_venue_takes_nothing_more_of_its_last_holder(machines: Machines) -> None:
    """Its expiry, the time in which the venue may still take a request, and two seconds: not before."""
    await machines.acquired("first")
    machines.expire(APART - timedelta(seconds=1))
    with pytest.raises(LeaseHeld):
        await machines.acquired("second")
    machines.expire(APART)
    _, lease = await machines.acquired("second")

    assert lease.epoch == 2


async def test_a_killed_workers_successor_in_its_folder_need_not_wait(machines: Machines) -> None:
    """The kernel has given it the dead one's lock; on another machine that would say nothing."""
    dead, _ = await machines.acquired("first")
    dead._lock.release()
    with pytest.raises(LeaseHeld):
        await machines.acquired("second")
    _, lease = await machines.acquired("first")

    assert lease.epoch == 2


async def test_a_copy_of_the_folder_is_another_machine(machines: Machines, tmp_path: Path) -> None:
    """Whoever has a copy's lock knows nothing of the worker that runs on the first."""
    await machines.acquired("first")
    (tmp_path / "first").rename(tmp_path / "moved")
    (tmp_path / "first").mkdir()
    for file in (tmp_path / "moved").iterdir():
        (tmp_path / "first" / file.name).write_bytes(file.read_bytes())

    with pytest.raises(LeaseHeld):
        await machines.acquired("first")


async def test_whoever_was_followed_can_write_nothing(machines: Machines) -> None:
    """No fact, no notice's end, no offset, no sample of equity; and it hears of it at its next renewal."""
    first, one = await machines.acquired("first")
    await first.book("live").commit(Entry(facts=(), notices=(notice("a"),)), lease=one)
    machines.expire(APART)
    second, _ = await machines.acquired("second")
    sample = Equity(at=WALL, wallet=Decimal(1), equity=Decimal(1), open=0)
    for write in (
        first.book("live").commit(Entry(facts=FACTS), lease=one),
        first.attempting(1),
        first.refused(1),
        first.delivered(1, sent=True),
        first.save_offset(7),
        first.save_paper("books"),
        first.record_equity("live", sample),
        first.renew(one),
        first.held(one, at=WALL + timedelta(days=9_999)),
    ):
        with pytest.raises(LeaseLost):
            await write

    assert await second.book("live").history() == []
    assert [waiting.attempts for waiting in await second.undelivered(limit=9)] == [0]
    assert (await second.load_offset(), await second.load_paper()) == (None, None)
    assert await second.equity("live") == []


@pytest.mark.parametrize("ends", [True, False])
async def test_an_account_is_not_taken_over_in_the_middle_of_a_commit(machines: Machines, *, ends: bool) -> None:
    """Whoever comes next waits a moment for its end, and finds a lease that it has renewed."""
    await machines.acquired("first")
    machines.expire(APART)
    with psycopg.connect(machines.url) as under_way:
        under_way.execute("UPDATE tp_a.leases SET expires_at = now() WHERE epoch = 1")
        coming = asyncio.create_task(machines.acquired("second"))
        async with asyncio.timeout(WITHIN):
            while not machines.server.ask(WAITING, url=machines.url)[0][0]:
                await asyncio.sleep(0.02)
        if ends:
            under_way.commit()
        with pytest.raises(LeaseHeld if ends else LedgerDown):
            await coming


async def test_a_commit_renews_the_lease(machines: Machines) -> None:
    """A busy worker needs no other sign of life."""
    first, one = await machines.acquired("first")
    machines.expire(APART)
    await first.book("live").commit(Entry(facts=FACTS), lease=one)

    with pytest.raises(LeaseHeld):
        await machines.acquired("second")


async def test_the_server_is_asked_only_once_the_lease_may_be_over(machines: Machines) -> None:
    """A worker that was stopped for long doubts it before it sends; a stop is held up by nobody before that."""
    wall = ManualClock(WALL)
    first = machines.ledger("first", wall=wall)
    one = await first.acquire(owner=OWNER, holder="first", now=WALL)
    with machines.server.frozen():
        await first.held(one, at=WALL + timedelta(seconds=14.9))
        with pytest.raises(LedgerDown):
            await first.held(one, at=WALL + timedelta(seconds=15))
    wall.advance(20)
    await _once_up(first, one)
    await first.held(one, at=WALL + timedelta(seconds=34))


async def _once_up(ledger: SqlLedger, lease: Lease) -> None:
    async with asyncio.timeout(WITHIN):
        while True:
            try:
                await ledger.renew(lease)
            except LedgerDown:
                await asyncio.sleep(0.05)
            else:
                return


async def test_a_worker_that_starts_waits_for_the_lease(machines: Machines) -> None:
    """It takes the account as soon as the other one gives it back."""
    first, _ = await machines.acquired("first")
    waiting = asyncio.create_task(take(machines.ledger("second"), owner=OWNER, holder="second", wall=WallClock()))
    done, _ = await asyncio.wait({waiting}, timeout=0.7)
    assert not done
    await first.close()

    assert (await asyncio.wait_for(waiting, WITHIN)).epoch == 2


async def test_a_worker_that_starts_waits_for_the_server(machines: Machines) -> None:
    """A database that is away is no reason to end."""
    machines.server.stop()
    try:
        ledger = machines.ledger("first")
        waiting = asyncio.create_task(take(ledger, owner=OWNER, holder="first", wall=WallClock()))
        done, _ = await asyncio.wait({waiting}, timeout=0.7)
        assert not done
    finally:
        machines.server.start()

    assert (await asyncio.wait_for(waiting, WITHIN)).epoch == 1


@contextmanager
def _worker(machines: Machines, folder: Path, name: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process that serves the account, or waits to."""
    command = [sys.executable, "-m", "support.leased", machines.url, str(folder / name), name, str(folder / "sent")]
    process = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(ROOT / "tests")})
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _sent(folder: Path, name: str) -> list[datetime]:
    lines = (folder / "sent").read_text().splitlines() if (folder / "sent").exists() else []
    return [datetime.fromisoformat(line.split()[1]) for line in lines if line.startswith(f"{name} ")]


async def _until_sent(folder: Path, name: str) -> None:
    async with asyncio.timeout(WITHIN):
        while len(_sent(folder, name)) < 5:
            await asyncio.sleep(0.02)


async def test_a_worker_that_stood_still_wakes_up_and_does_nothing(machines: Machines, tmp_path: Path) -> None:
    """Two processes, the first stopped and continued: what it signs is over before the second one's first."""
    with ExitStack() as running:
        first = running.enter_context(_worker(machines, tmp_path, "first"))
        await _until_sent(tmp_path, "first")
        running.enter_context(_worker(machines, tmp_path, "second"))
        first.send_signal(signal.SIGSTOP)
        await _until_sent(tmp_path, "second")
        first.send_signal(signal.SIGCONT)
        code = await asyncio.to_thread(first.wait, WITHIN)
        await _until_sent(tmp_path, "second")
    table = machines.server.ask("SELECT body FROM tp_a.notices ORDER BY number", url=machines.url)
    whose = ["second" if "second" in str(body) else "first" for (body,) in table]

    assert code == LOST
    assert max(_sent(tmp_path, "first")) + APART <= min(_sent(tmp_path, "second"))
    assert whose == sorted(whose)
    assert set(whose) == {"first", "second"}


async def test_a_worker_that_was_killed_is_followed_once_its_lease_is_over(machines: Machines, tmp_path: Path) -> None:
    """On another machine; on its own, at once."""
    with ExitStack() as running:
        first = running.enter_context(_worker(machines, tmp_path, "first"))
        await _until_sent(tmp_path, "first")
        running.enter_context(_worker(machines, tmp_path, "second"))
        first.kill()
        await _until_sent(tmp_path, "second")

    assert max(_sent(tmp_path, "first")) + APART <= min(_sent(tmp_path, "second"))
