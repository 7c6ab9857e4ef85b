"""A ledger on a server: what it asks of it, and what becomes of it when the server hangs, restarts, or is cut off."""

import asyncio
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

import pytest

from support.build import WALL
from support.ledgers import OWNER, lived, notice, postgres_ledger
from support.postgres import PASSWORD, USER, Server, between
from tradepods_core.errors import Permanent
from tradepods_worker.adapters.ledger.sql import SqlLedger
from tradepods_worker.ports.ledger import CommitInDoubt, Entry, Lease, LedgerDown, Owner, WrongLedger

FACTS = tuple(lived().facts)
UNREADABLE = "postgresql://me:marker%zz4711@host/db"  # no such escape
WITHIN = 30.0  # seconds: a deadline, never a wait
SOON = 2.5  # seconds: a hang is noticed in one, on a machine that has other things to do


class Kept:
    """A ledger that serves its account, in a database of its own."""

    def __init__(self, url: str, ledger: SqlLedger, lease: Lease) -> None:
        self.url, self.ledger, self.lease = url, ledger, lease

    async def commit(self, *kinds: str) -> None:
        """Notices of these kinds."""
        entry = Entry(facts=(), notices=tuple(notice(kind) for kind in kinds))
        await self.ledger.book("live").commit(entry, lease=self.lease)

    async def kinds(self) -> list[str]:
        """Of all that wait."""
        return [waiting.notice.kind for waiting in await self.ledger.undelivered(limit=99)]

    async def until_up(self, kind: str) -> None:
        """Commit a notice as soon as that can be done."""
        async with asyncio.timeout(WITHIN):
            while True:
                try:
                    await self.commit(kind)
                except LedgerDown:
                    await asyncio.sleep(0.05)
                else:
                    return


@pytest.fixture
async def kept(postgres: Server, tmp_path: Path) -> AsyncIterator[Kept]:
    """A new database."""
    url = postgres.database()
    ledger = postgres_ledger(url, tmp_path / "state")
    yield Kept(url, ledger, await ledger.acquire(owner=OWNER, holder="test", now=WALL))
    await ledger.close()


async def test_a_server_that_hangs_is_a_ledger_that_is_down(postgres: Server, kept: Kept) -> None:
    """Whoever commits hears of it in about a second, again and again; nothing of it happens later."""
    await kept.commit("before")
    with postgres.frozen():
        for kind in ("lost", "lost too"):
            begun = time.monotonic()
            with pytest.raises(LedgerDown):
                await kept.commit(kind)
            assert time.monotonic() - begun < SOON
        reading = asyncio.create_task(kept.kinds())  # who reads is cut off by who writes
        await asyncio.sleep(0)
        with pytest.raises(LedgerDown):
            await kept.commit("lost as well")
        with pytest.raises(LedgerDown):
            await asyncio.wait_for(reading, WITHIN)
    await kept.until_up("after")

    assert await kept.kinds() == ["before", "after"]


@pytest.mark.parametrize("crash", [False, True])
async def test_a_server_that_restarts_loses_nothing(postgres: Server, kept: Kept, *, crash: bool) -> None:
    """An administrator's restart, or a crash: what was committed is there, and the same ledger goes on."""
    await kept.commit("before")
    postgres.stop(signal.SIGQUIT if crash else signal.SIGINT)
    try:
        for work in (kept.commit("lost"), kept.kinds()):
            begun = time.monotonic()
            with pytest.raises(LedgerDown):
                await work
            assert time.monotonic() - begun < SOON
    finally:
        postgres.start()
    await kept.until_up("after")

    assert await kept.kinds() == ["before", "after"]


async def test_a_connection_that_died_unused_is_made_anew(postgres: Server, kept: Kept) -> None:
    """Nobody is told of a ledger that is down: it is not."""
    await kept.commit("before")
    postgres.ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tradepods'")
    await kept.commit("after")

    assert await kept.kinds() == ["before", "after"]


@pytest.mark.parametrize(("fate", "there"), [("arrives", ["before", "it"]), ("is lost", ["before"])])
async def test_a_commit_that_was_not_answered_is_asked_about(
    postgres: Server, tmp_path: Path, fate: Literal["arrives", "is lost"], there: list[str]
) -> None:
    """It has happened, or it has not: whoever committed is never told the wrong one."""
    async with between(postgres) as line:
        url = postgres.database().replace(f":{postgres.port}/", f":{line.port}/")
        ledger = postgres_ledger(url, tmp_path / "state")
        kept = Kept(url, ledger, await ledger.acquire(owner=OWNER, holder="test", now=WALL))
        await kept.commit("before")
        line.breaks = fate
        if fate == "arrives":
            await kept.commit("it")
        else:
            with pytest.raises(LedgerDown):
                await kept.commit("it")
        found = await kept.kinds()
        await ledger.close()

    assert found == there


async def test_a_commit_that_nobody_can_be_asked_about_ends_the_worker(postgres: Server, tmp_path: Path) -> None:
    """Only a start that reads the ledger knows: going on with either answer could be wrong."""
    async with between(postgres) as line:
        url = postgres.database().replace(f":{postgres.port}/", f":{line.port}/")
        ledger = postgres_ledger(url, tmp_path / "state")
        kept = Kept(url, ledger, await ledger.acquire(owner=OWNER, holder="test", now=WALL))
        line.breaks, line.mended = "arrives", False
        with pytest.raises(CommitInDoubt) as caught:
            await kept.commit("it")
        line.mended = True
        found = await kept.kinds()
        await ledger.close()

    assert not isinstance(caught.value, LedgerDown)
    assert found == ["it"]


async def test_a_commit_waits_for_the_servers_disk(postgres: Server, tmp_path: Path) -> None:
    """Whatever the database's owner has configured."""
    url = postgres.database()
    name = url.rpartition("/")[2]
    postgres.ask(f"ALTER DATABASE {name} SET synchronous_commit TO off")
    ledger = postgres_ledger(url, tmp_path / "state")
    await ledger.acquire(owner=OWNER, holder="test", now=WALL)
    store = ledger._store
    setting = await store.read(lambda connection: connection.exec_driver_sql("SHOW synchronous_commit").scalar())
    await ledger.close()

    assert setting == "on"


async def test_accounts_of_one_database_never_meet(postgres: Server, tmp_path: Path) -> None:
    """Each has its own tables, lease, offset; whose schema it is, the schema knows too."""
    url, found = postgres.database(), list[tuple[int, list[str], int | None]]()
    for account in ("0f8fad5b-d9cb-469f-a165-70867728950e", "7c9e6679-7425-40de-944b-e07fc1f90ae7"):
        ledger = postgres_ledger(url, tmp_path / account, account=account)
        owner = Owner(account=account, exchange="binanceusdm", environment="live")
        kept = Kept(url, ledger, await ledger.acquire(owner=owner, holder="test", now=WALL))
        await kept.commit(account)
        await ledger.save_offset(len(found))
        found.append((kept.lease.epoch, await kept.kinds(), await ledger.load_offset()))
        await ledger.close()
    schemas = postgres.ask("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'tp%' ORDER BY 1", url=url)

    assert [(epoch, offset) for epoch, _, offset in found] == [(1, 0), (1, 1)]
    assert [len(kinds) for _, kinds, _ in found] == [1, 1]
    assert schemas == [("tp_0f8fad5bd9cb469fa16570867728950e",), ("tp_7c9e6679742540de944be07fc1f90ae7",)]


async def test_a_role_that_may_make_no_schema_is_told_what_it_needs(postgres: Server, tmp_path: Path) -> None:
    """Where the schema is there and its own, it needs no more."""
    url = postgres.database()
    name = url.rpartition("/")[2]
    postgres.ask(f"CREATE ROLE small_{name} LOGIN PASSWORD 'small'")
    small = url.replace(f"{USER}:{PASSWORD}", f"small_{name}:small")
    ledger = postgres_ledger(small, tmp_path / "state")
    with pytest.raises(Permanent, match="no schema tp_a, and this role may not create it: GRANT CREATE ON DATABASE"):
        await ledger.acquire(owner=OWNER, holder="test", now=WALL)
    postgres.ask(f"CREATE SCHEMA tp_a AUTHORIZATION small_{name}", url=url)
    lease = await ledger.acquire(owner=OWNER, holder="test", now=WALL)
    await ledger.close()

    assert lease.epoch == 1


async def test_a_database_that_can_not_hold_every_text_is_refused(postgres: Server, tmp_path: Path) -> None:
    """A message in Korean would stop the account."""
    postgres.ask("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0")
    ledger = postgres_ledger(postgres.url("latin"), tmp_path / "state")
    with pytest.raises(WrongLedger, match="encoding is LATIN1: create it with ENCODING 'UTF8'"):
        await ledger.acquire(owner=OWNER, holder="test", now=WALL)
    await ledger.close()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ((PASSWORD, "wrong-marker-4712"), "password authentication failed"),
        (("/test_", "/gone_"), "does not exist"),
        (("127.0.0.1", "no-such-host.invalid"), "resolve|Name or service|name resolution"),
    ],
)
async def test_what_it_says_of_a_server_holds_no_password(
    postgres: Server, tmp_path: Path, change: tuple[str, str], said: str
) -> None:
    """Nor does the whole trace of it, with everything that a library has to say."""
    url = postgres.database().replace(*change)
    ledger = postgres_ledger(url, tmp_path / "state")
    with pytest.raises(LedgerDown, match=said) as caught:
        await ledger.acquire(owner=OWNER, holder="test", now=WALL)
    await ledger.close()
    trace = "".join(traceback.format_exception(caught.value))

    assert "4711" not in trace
    assert "4712" not in trace
    assert "4711" not in repr(ledger._store.where)


async def test_an_address_that_can_not_be_read_is_not_repeated(tmp_path: Path) -> None:
    """Libraries quote what they can't read."""
    with pytest.raises(Permanent, match="the URL of host/db has an option or an escape") as caught:
        postgres_ledger(UNREADABLE, tmp_path)
    trace = "".join(traceback.format_exception(caught.value))

    assert "4711" not in trace


def test_only_a_worker_with_such_a_ledger_loads_the_driver() -> None:
    """Eight megabytes that the others need not carry."""
    look = "import sys, tradepods_worker.__main__; print(sorted({'psycopg', 'sqlalchemy'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, timeout=60, check=True)

    assert done.stdout.strip() == "['sqlalchemy']"
