"""The ledger on SQLAlchemy Core: what is in its tables, in one SQLite file or in a schema of a PostgreSQL database."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import sqlalchemy as sa

from tradepods_core.book.facts import Fact, PositionClosed, SignalDecided
from tradepods_core.book.recorded import Checkpoint, read_checkpoint, unique_key, write_checkpoint
from tradepods_core.shapes import Symbol
from tradepods_worker.adapters.ledger import asides, rows, schema, series, tables
from tradepods_worker.adapters.ledger.file_lock import FileLock
from tradepods_worker.adapters.ledger.journals import Journals, note
from tradepods_worker.adapters.ledger.one_book import OneBook
from tradepods_worker.adapters.ledger.sqlite import SqliteStore
from tradepods_worker.adapters.ledger.store import Store
from tradepods_worker.ports.ledger import (
    BOOKS,
    STEERING,
    AlreadyActed,
    BookLedger,
    BookName,
    Entry,
    Equity,
    Lease,
    LedgerDown,
    Owner,
    Recorded,
    Undelivered,
    WrongLedger,
)

Result = TypeVar("Result")
Given = ParamSpec("Given")
LEDGER = "ledger.db"  # its name in an account's folder


class SqlLedger:
    """One account's ledger.

    Args:
        file: its name in the account's folder: the lock and the journals are beside it, whatever the store.
        store: where its tables are; by default in the file itself.

    """

    def __init__(self, file: Path, *, store: Store | None = None) -> None:
        self._closed = False
        self._lease: Lease | None = None
        self._lock = FileLock(file)
        self._journals = Journals(file)
        self._store: Store = SqliteStore(file) if store is None else store

    async def acquire(self, *, owner: Owner, holder: str, now: datetime) -> Lease:
        """Take the account: the lock first, then the next epoch."""
        prepare = partial(_prepare, owner=owner, journals=self._journals)
        with self._locked(holder):
            lease = await self._store.take(prepare, holder=holder, place=self._lock.place(), now=now)
        self._lease = lease
        self._journals.clear(*BOOKS)
        return lease

    async def guard(self, *, owner: Owner, holder: str, now: datetime) -> Lease:
        """Take the account by the lock alone; the first transaction that can be written takes it in the ledger, too."""
        with self._locked(holder):
            look = partial(_look, owner=owner, journals=self._journals)
            self._lease = await self._store.guard(look, holder=holder, now=now)
        return self._lease

    @contextmanager
    def _locked(self, holder: str) -> Iterator[None]:
        """The lock is taken, and given back where the account is not."""
        self._lock.take(holder=holder)
        try:
            yield
        except WrongLedger as error:
            self._lock.release()
            raise WrongLedger(f"{self._store.where}: {error}") from error
        except BaseException:
            self._lock.release()
            raise

    async def renew(self, lease: Lease) -> None:
        """Keep the account."""
        await self._store.write(lambda _: None, lease=lease)

    async def held(self, lease: Lease, *, at: datetime) -> None:
        """Return if what is signed at that moment is signed by the one who has the lease."""
        await self._store.held(lease, at=at)

    def book(self, name: BookName) -> BookLedger:
        """One of the account's two books."""
        return OneBook(self, name)

    async def load(self, book: BookName) -> Recorded:
        """What a start needs."""
        found = await self._ask(_load, book=book)
        return Recorded(checkpoint=found.checkpoint, facts=(*found.facts, *self._left(book)))

    async def history(self, book: BookName) -> Sequence[Fact]:
        """Every fact of the book, oldest first."""
        return await self._ask(_history, book=book)

    async def steering(self) -> Sequence[Fact]:
        """Every fact of both books that says how the account is set, oldest first."""
        left = (fact for book in BOOKS for fact in self._left(book) if type(fact).__name__ in STEERING)
        return [*await self._ask(asides.steering), *left]

    def _left(self, book: BookName) -> Iterator[Fact]:
        """What an earlier run could only journal, and the ledger can't take in yet."""
        return (fact for entry in self._journals.left.get(book, ()) for fact in entry.facts)

    async def commit(self, book: BookName, entry: Entry, *, lease: Lease) -> None:
        """All of it or nothing."""
        try:
            await self._store.write(partial(_commit, book=book, entry=entry, journals=self._journals), lease=lease)
        except AlreadyActed as error:
            keys = [key for fact in entry.facts if (key := unique_key(fact)) is not None]
            raise AlreadyActed(f"the ledger has one of these already: {', '.join(keys)}") from error
        if entry.journalled or book in self._journals.left:
            self._journals.clear(book)

    async def journal(self, book: BookName, entry: Entry) -> int:
        """Keep an entry that could not be committed."""
        return await self._journals.add(book, entry)

    async def undelivered(self, *, limit: int) -> Sequence[Undelivered]:
        """Notices that wait, oldest first."""
        return await self._ask(_undelivered, limit=limit)

    async def attempting(self, number: int) -> None:
        """A notice is about to be sent."""
        await self._run(_attempted, number=number, by=1)

    async def refused(self, number: int) -> None:
        """The notice that was about to be sent is not there."""
        await self._run(_attempted, number=number, by=-1)

    async def delivered(self, number: int, *, sent: bool) -> None:
        """A notice needs no more attempts."""
        await self._run(_delivered, number=number, sent=sent)

    async def load_paper(self) -> str | None:
        """A dry run's own books."""
        return await self._ask(asides.load_paper)

    async def save_paper(self, books: str) -> None:
        """Keep a dry run's own books."""
        await self._run(asides.save_paper, books=books)

    async def load_offset(self) -> int | None:
        """The last of the bot's updates that was handled."""
        return await self._ask(asides.load_offset)

    async def save_offset(self, number: int) -> None:
        """This update was handled, and all before it."""
        await self._run(asides.save_offset, number=number)

    async def closed(self, book: BookName, *, limit: int) -> Sequence[PositionClosed]:
        """The latest closed positions, newest first."""
        return await self._ask(asides.closed, book=book, limit=limit)

    async def decided(self, book: BookName, symbol: Symbol) -> SignalDecided | None:
        """The latest decision about a symbol."""
        return await self._ask(asides.decided, book=book, symbol=symbol)

    async def record_equity(self, book: BookName, sample: Equity) -> None:
        """Keep one; it is not waited for until it is on the disk."""
        record = partial(series.record, book=book, sample=sample)
        await self._store.write(record, lease=self._lease, durable=False)

    async def equity(self, book: BookName, *, since: datetime | None = None) -> Sequence[Equity]:
        """What a book was worth, oldest first."""
        return await self._ask(series.samples, book=book, since=since)

    async def close(self) -> None:
        """Let go of the tables, give the lease and the lock back; closing again does nothing."""
        if self._closed:
            return
        self._closed = True
        await self._store.close(self._lease)
        self._journals.close()
        self._lock.release()

    async def _run(
        self, work: Callable[Concatenate[sa.Connection, Given], Result], *args: Given.args, **kwargs: Given.kwargs
    ) -> Result:
        """One transaction that writes."""
        return await self._store.write(lambda connection: work(connection, *args, **kwargs), lease=self._lease)

    async def _ask(
        self, work: Callable[Concatenate[sa.Connection, Given], Result], *args: Given.args, **kwargs: Given.kwargs
    ) -> Result:
        """One that only reads: it waits for nobody who writes."""
        return await self._store.read(lambda connection: work(connection, *args, **kwargs))


def _prepare(connection: sa.Connection, *, owner: Owner, journals: Journals) -> None:
    """Today's tables, this owner's, with what an earlier run could only write into its journal."""
    schema.prepare(connection)
    _check_owner(connection, owner)
    journals.take_in(connection)


def _look(connection: sa.Connection, *, owner: Owner, journals: Journals) -> None:
    """What `_prepare` would do is done already, but for what lies in the journals; else raises LedgerDown."""
    found = schema.revision(connection)
    schema.check(found)
    if found != schema.REVISIONS[-1]:
        raise LedgerDown("its tables have to be made or changed before they are of use")
    _check_owner(connection, owner)
    journals.look(connection)


def _check_owner(connection: sa.Connection, owner: Owner) -> None:
    """A new ledger learns whose it is; an old one refuses another's account or venue."""
    wanted = {
        "account": owner.account,
        "exchange": owner.exchange,
        "environment": owner.environment,
    }
    found = {row.name: row.value for row in connection.execute(sa.select(tables.about))}
    if not found:
        connection.execute(sa.insert(tables.about), [{"name": k, "value": v} for k, v in wanted.items()])
        return
    for name, value in wanted.items():
        if found.get(name) != value:
            raise WrongLedger(f"this ledger's {name} is {found.get(name)}, not {value}: give the account its own")


def _load(connection: sa.Connection, *, book: BookName) -> Recorded:
    kept = connection.execute(sa.select(tables.checkpoints).where(tables.checkpoints.c.book == book)).first()
    since = _facts(book)
    if kept is not None:
        since = since.where(tables.facts.c.number > kept.fact)
    return Recorded(
        checkpoint=None if kept is None else read_checkpoint(kept.body),
        facts=tuple(rows.fact_of(row) for row in connection.execute(since)),
    )


def _history(connection: sa.Connection, *, book: BookName) -> Sequence[Fact]:
    return [rows.fact_of(row) for row in connection.execute(_facts(book))]


def _facts(book: BookName) -> sa.Select[Any]:
    return sa.select(tables.facts).where(tables.facts.c.book == book).order_by(tables.facts.c.number)


def _commit(connection: sa.Connection, *, book: BookName, entry: Entry, journals: Journals) -> None:
    journals.take_in_left(connection, book)
    if entry.facts:
        connection.execute(sa.insert(tables.facts), [rows.fact_row(fact, book) for fact in entry.facts])
    if entry.notices:
        connection.execute(sa.insert(tables.notices), [rows.notice_row(notice, book) for notice in entry.notices])
    if entry.journalled:
        note(connection, book, entry.journalled)
    if entry.checkpoint is not None:
        _keep(connection, entry.checkpoint, book=book)


def _keep(connection: sa.Connection, checkpoint: Checkpoint, *, book: BookName) -> None:
    table = tables.checkpoints
    last = connection.scalar(sa.select(sa.func.max(tables.facts.c.number))) or 0
    connection.execute(sa.delete(table).where(table.c.book == book))
    connection.execute(sa.insert(table).values(book=book, fact=last, body=write_checkpoint(checkpoint)))


def _undelivered(connection: sa.Connection, *, limit: int) -> Sequence[Undelivered]:
    waiting = sa.select(tables.notices).where(tables.notices.c.waiting).order_by(tables.notices.c.number).limit(limit)
    return [rows.undelivered_of(row) for row in connection.execute(waiting)]


def _attempted(connection: sa.Connection, *, number: int, by: int) -> None:
    table = tables.notices
    connection.execute(sa.update(table).where(table.c.number == number).values(attempts=table.c.attempts + by))


def _delivered(connection: sa.Connection, *, number: int, sent: bool) -> None:
    table = tables.notices
    connection.execute(sa.update(table).where(table.c.number == number).values(waiting=False, sent=sent))
