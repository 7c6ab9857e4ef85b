"""A ledger in one SQLite file, synchronous on a thread of its own; a commit is on the disk before it returns."""

import asyncio
import os
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from tradepods_worker.adapters.ledger import leases, transactions
from tradepods_worker.adapters.ledger.earlier_files import adopt
from tradepods_worker.adapters.ledger.reader import log_of, read_only
from tradepods_worker.ports.ledger import AlreadyActed, Lease, LedgerDown

Result = TypeVar("Result")


class SqliteStore:
    """The kernel's lock on the file is the lease, and dies with its holder; the epoch is checked beside it."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")
        self._engine = sa.create_engine(f"sqlite:///{file}", poolclass=sa.pool.StaticPool)
        sa.event.listen(self._engine, "connect", transactions.connected)
        sa.event.listen(self._engine, "begin", transactions.begin)
        self._reads = self._engine.execution_options(begin="BEGIN")
        self._asides = self._engine.execution_options(synchronous="NORMAL")
        self._promised_at: datetime | None = None  # when the account was taken by its lock alone

    @property
    def where(self) -> str:
        """The file."""
        return str(self._file)

    async def take(
        self, prepare: Callable[[sa.Connection], None], *, holder: str, place: str | None, now: datetime
    ) -> Lease:
        """The next epoch: nobody else has the file."""
        del place
        await self._on_thread(self._adopt)

        def take(connection: sa.Connection) -> Lease:
            prepare(connection)
            return leases.take(connection, holder=holder, now=now)

        return await self._in(self._engine, take)

    async def guard(self, look: Callable[[sa.Connection], None], *, holder: str, now: datetime) -> Lease:
        """The next epoch, which is in the file with the first transaction that writes: nobody else has its lock."""
        if _size(self._file) is None:  # to connect would make one, and hide an earlier release's
            raise LedgerDown(f"the ledger {self._file} is not there yet")
        if _is_cut_off(self._file):
            raise LedgerDown(f"the ledger {self._file} is on a file system that went read-only")

        def promise(connection: sa.Connection) -> Lease:
            look(connection)
            return leases.promised(connection, holder=holder)

        lease = await self.read(promise)
        self._promised_at = now
        return lease

    async def write(
        self, work: Callable[[sa.Connection], Result], *, lease: Lease | None, durable: bool = True
    ) -> Result:
        """One transaction of the one who has the lease."""
        promised_at = self._promised_at

        def fenced(connection: sa.Connection) -> Result:
            if lease is not None:
                if promised_at is not None:
                    leases.keep_promise(connection, lease, now=promised_at)
                leases.check(connection, lease)
            return work(connection)

        found = await self._in(self._engine if durable else self._asides, fenced)
        if lease is not None:
            self._promised_at = None
        return found

    async def read(self, work: Callable[[sa.Connection], Result]) -> Result:
        """One that only reads; a file that can't be opened as one that may be written is read as it lies there."""
        try:
            return await self._in(self._reads, work)
        except LedgerDown as error:
            if _size(self._file) is None:
                raise
            try:
                return await self._in_what_lies_there(work)
            except LedgerDown:
                raise error from None

    async def held(self, lease: Lease, *, at: datetime) -> None:
        """The kernel takes the lock away from nobody who lives."""

    async def close(self, lease: Lease | None) -> None:
        """Close the file."""
        del lease
        await asyncio.get_running_loop().run_in_executor(self._thread, self._engine.dispose)
        self._thread.shutdown()

    async def _in_what_lies_there(self, work: Callable[[sa.Connection], Result]) -> Result:
        """Beside an empty log, which is what a try to write leaves on a full disk, nobody writes."""
        url = read_only(self._file, alone=not _size(log_of(self._file)))
        patience = {"timeout": transactions.PATIENCE_MS / 1000}
        engine = sa.create_engine(url, poolclass=sa.pool.NullPool, connect_args=patience)
        sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
        return await self._in(engine, work)

    async def _in(self, engine: sa.Engine, work: Callable[[sa.Connection], Result]) -> Result:
        def call() -> Result:
            try:
                with engine.begin() as connection:
                    return work(connection)
            except IntegrityError as error:
                raise AlreadyActed(f"the ledger has it already: {error.orig}") from error
            except SQLAlchemyError as error:
                if transactions.is_read_only(error):
                    engine.dispose()  # the next transaction opens it anew
                raise transactions.unusable(error, self._file) from error

        return await self._on_thread(call)

    async def _on_thread(self, call: Callable[[], Result]) -> Result:
        """Who is cancelled goes once the call has ended: its transaction must not outlive the lock on the account."""
        running = asyncio.get_running_loop().run_in_executor(self._thread, call)
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            while not running.done():
                with suppress(asyncio.CancelledError):
                    await asyncio.wait({running})
            raise

    def _adopt(self) -> None:
        """What a try before this one has opened is let go of: the file may become another."""
        self._engine.dispose()
        try:
            adopt(self._file)
        except OSError as error:
            raise LedgerDown(f"the ledger {self._file} can't be made: {error.strerror}") from error


def _size(file: Path) -> int | None:
    """Of a file, in bytes; None where there is none. Raises LedgerDown where the disk does not say."""
    try:
        found = file.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise LedgerDown(f"the ledger {file} can't be read: {error.strerror}") from error
    return found.st_size if stat.S_ISREG(found.st_mode) else None


def _is_cut_off(file: Path) -> bool:
    """Whether its whole file system is read-only, as that of a volume is which another machine may have by now.

    Raises LedgerDown where the disk does not say.
    """
    try:
        return bool(os.statvfs(file.parent).f_flag & os.ST_RDONLY)
    except OSError as error:
        raise LedgerDown(f"the ledger {file} can't be read: {error.strerror}") from error
