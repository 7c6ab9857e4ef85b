"""Places where a ledger can be kept: memory, a real file and a real server, for the same set of cases."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from support.account import Account
from support.build import ETH, NOON, WALL
from support.postgres import Server
from tradepods_core.rules.snapshot import Notice
from tradepods_core.settings.database import read_database
from tradepods_worker.adapters.clocks import WallClock
from tradepods_worker.adapters.ledger.memory import Disk, MemoryLedger
from tradepods_worker.adapters.ledger.postgres import PostgresStore
from tradepods_worker.adapters.ledger.postgres_lease import TTL
from tradepods_worker.adapters.ledger.sql import LEDGER, SqlLedger
from tradepods_worker.ports import Clock
from tradepods_worker.ports.ledger import BookName, Entry, Lease, Owner

D = Decimal
OWNER = Owner(account="a", exchange="binanceusdm", environment="live")
AnyLedger = SqlLedger | MemoryLedger


@dataclass(slots=True)
class Place:
    """Where a ledger is kept; opening it again is what a restarted worker does."""

    make: Callable[[], AnyLedger]
    crash: Callable[[AnyLedger], None]
    opened: list[AnyLedger] = field(default_factory=list)

    def open(self) -> AnyLedger:
        """A ledger object on the same place."""
        self.opened.append(self.make())
        return self.opened[-1]

    async def acquired(self) -> tuple[AnyLedger, Lease]:
        """A ledger that serves its account."""
        ledger = self.open()
        return ledger, await ledger.acquire(owner=OWNER, holder="test", now=WALL)


def place_of(kind: str, folder: Path) -> Place:
    """In memory, or in a file of this folder."""
    if kind == "memory":
        disk = Disk()
        return Place(make=lambda: MemoryLedger(disk), crash=_crash_memory)
    return Place(make=lambda: SqlLedger(folder / LEDGER), crash=_crash_sql)


def place_on(server: Server, folder: Path) -> Place:
    """In a database of its own."""
    url = server.database()
    return Place(make=lambda: postgres_ledger(url, folder), crash=_crash_sql)


def postgres_ledger(
    url: str, folder: Path, *, account: str = OWNER.account, wall: Clock | None = None, ttl: timedelta = TTL
) -> SqlLedger:
    """A ledger in that database; its lock and its journals are in the folder, as each machine has its own."""
    folder.mkdir(exist_ok=True)
    store = PostgresStore(read_database(url), account=account, wall=wall or WallClock(), ttl=ttl)
    return SqlLedger(folder / "ledger", store=store)


def _crash_sql(ledger: AnyLedger) -> None:
    """What the kernel does when a process dies: its locks are gone, nothing else is tidied."""
    assert isinstance(ledger, SqlLedger)
    ledger._lock.release()


def _crash_memory(ledger: AnyLedger) -> None:
    assert isinstance(ledger, MemoryLedger)
    ledger.disk.holder = None


def lived() -> Account:
    """An account with some history: a position that is open, one that its stop closed."""
    account = Account()
    account.opened(fee=D("0.123"))
    _, stop, _ = account.opened(symbol=ETH, side="short", fee=D("0.123"))
    account.fill(stop, price="103", realized=D("-14.5"))
    return account


async def long_bitcoin(place: Path | SqlLedger, book: BookName = "live") -> None:
    """A ledger whose account is long, as a worker that has ended leaves it."""
    account = Account()
    account.opened()
    ledger = SqlLedger(place) if isinstance(place, Path) else place
    lease = await ledger.acquire(owner=OWNER, holder="test", now=WALL)
    await ledger.commit(book, Entry(facts=tuple(account.facts)), lease=lease)
    await ledger.close()


def notice(kind: str) -> Notice:
    """Something to tell."""
    return Notice(kind=kind, at=NOON, values={"price": "1.5"})
