"""The ledger on SQLAlchemy Core, synchronous on a thread of its own; a commit is on the disk before it returns."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from tradepods_core.book.facts import Fact, PositionClosed, SignalDecided
from tradepods_core.book.recorded import Checkpoint, read_checkpoint, unique_key, write_checkpoint
from tradepods_core.shapes import Symbol
from tradepods_core.times import written
from tradepods_worker.adapters.ledger import asides, rows, schema, series, tables, transactions
from tradepods_worker.adapters.ledger.earlier_files import adopt
from tradepods_worker.adapters.ledger.file_lock import FileLock
from tradepods_worker.adapters.ledger.journals import Journals, note
from tradepods_worker.adapters.ledger.one_book import OneBook
from tradepods_worker.ports.ledger import (
    BOOKS,
    AlreadyActed,
    BookLedger,
    BookName,
    Entry,
    Equity,
    Lease,
    LeaseLost,
    Owner,
    Recorded,
    Undelivered,
    WrongLedger,
)

Result = TypeVar("Result")
Given = ParamSpec("Given")
LEDGER = "ledger.db"  # its name in an account's folder
ONLY = 1  # the id of a table's only row


class SqlLedger:
    """One account's ledger in one SQLite file.

    The lease is the kernel's lock on the file together with an epoch in it, which every commit checks.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._closed = False
        self._lock = FileLock(file)
        self._journals = Journals(file)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")
        self._engine = sa.create_engine(f"sqlite:///{file}", poolclass=sa.pool.StaticPool)
        sa.event.listen(self._engine, "connect", transactions.connected)
        sa.event.listen(self._engine, "begin", transactions.begin)
        self._reads = self._engine.execution_options(begin="BEGIN")
        self._asides = self._engine.execution_options(synchronous="NORMAL")

    async def acquire(self, *, owner: Owner, holder: str, now: datetime) -> Lease:
        """Take the account: the lock first, then the next epoch."""
        self._lock.take(holder=holder)
        try:
            adopt(self._file)
            lease = await self._run(_acquire, owner=owner, holder=holder, now=now, journals=self._journals)
        except WrongLedger as error:
            self._lock.release()
            raise WrongLedger(f"{self._file}: {error}") from error
        except BaseException:
            self._lock.release()
            raise
        self._journals.clear(*BOOKS)
        return lease

    def book(self, name: BookName) -> BookLedger:
        """One of the account's two books."""
        return OneBook(self, name)

    async def load(self, book: BookName) -> Recorded:
        """What a start needs."""
        return await self._ask(_load, book=book)

    async def history(self, book: BookName) -> Sequence[Fact]:
        """Every fact of the book, oldest first."""
        return await self._ask(_history, book=book)

    async def steering(self) -> Sequence[Fact]:
        """Every fact of both books that says how the account is set, oldest first."""
        return await self._ask(asides.steering)

    async def commit(self, book: BookName, entry: Entry, *, lease: Lease) -> None:
        """All of it or nothing."""
        try:
            await self._run(_commit, book=book, entry=entry, lease=lease)
        except AlreadyActed as error:
            keys = [key for fact in entry.facts if (key := unique_key(fact)) is not None]
            raise AlreadyActed(f"the ledger has one of these already: {', '.join(keys)}") from error
        if entry.journalled:
            self._journals.clear(book)

    async def journal(self, book: BookName, entry: Entry) -> int:
        """Keep an entry that could not be committed."""
        return await self._journals.add(book, entry)

    async def undelivered(self, *, limit: int) -> Sequence[Undelivered]:
        """Notices that wait, oldest first."""
        return await self._ask(_undelivered, limit=limit)

    async def attempting(self, number: int) -> None:
        """A notice is about to be sent."""
        await self._run(_attempting, number=number)

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
        await self._in(self._asides, series.record, book=book, sample=sample)

    async def equity(self, book: BookName, *, since: datetime | None = None) -> Sequence[Equity]:
        """What a book was worth, oldest first."""
        return await self._ask(series.samples, book=book, since=since)

    async def close(self) -> None:
        """Close the file, give the lock back; closing again does nothing."""
        if self._closed:
            return
        self._closed = True
        await asyncio.get_running_loop().run_in_executor(self._thread, self._engine.dispose)
        self._thread.shutdown()
        self._journals.close()
        self._lock.release()

    async def _run(
        self, work: Callable[Concatenate[sa.Connection, Given], Result], *args: Given.args, **kwargs: Given.kwargs
    ) -> Result:
        """One transaction that writes, on the ledger's thread."""
        return await self._in(self._engine, work, *args, **kwargs)

    async def _ask(
        self, work: Callable[Concatenate[sa.Connection, Given], Result], *args: Given.args, **kwargs: Given.kwargs
    ) -> Result:
        """One that only reads: it waits for nobody who writes."""
        return await self._in(self._reads, work, *args, **kwargs)

    async def _in(
        self,
        engine: sa.Engine,
        work: Callable[Concatenate[sa.Connection, Given], Result],
        *args: Given.args,
        **kwargs: Given.kwargs,
    ) -> Result:
        def call() -> Result:
            try:
                with engine.begin() as connection:
                    return work(connection, *args, **kwargs)
            except IntegrityError as error:
                raise AlreadyActed(f"the ledger has it already: {error.orig}") from error
            except SQLAlchemyError as error:
                raise transactions.unusable(error, self._file) from error

        return await asyncio.get_running_loop().run_in_executor(self._thread, call)


def _acquire(connection: sa.Connection, *, owner: Owner, holder: str, now: datetime, journals: Journals) -> Lease:
    schema.prepare(connection)
    _check_owner(connection, owner)
    journals.take_in(connection)
    epoch = (connection.scalar(sa.select(tables.leases.c.epoch)) or 0) + 1
    connection.execute(sa.delete(tables.leases))
    connection.execute(sa.insert(tables.leases).values(id=ONLY, holder=holder, epoch=epoch, taken_at=written(now)))
    return Lease(holder=holder, epoch=epoch)


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


def _commit(connection: sa.Connection, *, book: BookName, entry: Entry, lease: Lease) -> None:
    epoch = connection.scalar(sa.select(tables.leases.c.epoch))
    if epoch != lease.epoch:
        raise LeaseLost(f"epoch {lease.epoch} was followed by {epoch}")
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


def _attempting(connection: sa.Connection, *, number: int) -> None:
    table = tables.notices
    connection.execute(sa.update(table).where(table.c.number == number).values(attempts=table.c.attempts + 1))


def _delivered(connection: sa.Connection, *, number: int, sent: bool) -> None:
    table = tables.notices
    connection.execute(sa.update(table).where(table.c.number == number).values(waiting=False, sent=sent))
