"""A ledger in a schema of a PostgreSQL database: one connection, on a thread of its own, that is never waited for long.

A server that hangs, restarts or is out of reach is a ledger that is down, within about a second.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from tradepods_core.errors import Temporary
from tradepods_core.settings.database import Database
from tradepods_worker.adapters.ledger import postgres_lease
from tradepods_worker.adapters.ledger.postgres_link import Link
from tradepods_worker.ports import Clock
from tradepods_worker.ports.ledger import AlreadyActed, CommitInDoubt, Lease, LedgerDown

Result = TypeVar("Result")
Work = Callable[[sa.Connection], tuple[Result, str | None]]  # what it found, and the number of what it has written
PATIENCE = 1.0  # seconds with a transaction that writes: after it, what may not wait goes by the journal
LONG = 60.0  # seconds with one that reads a whole history, or makes tables
CERTAIN_WITHIN = 1.5  # seconds to learn what became of a commit that was not answered
REST = 0.5  # seconds after a connection that could not be made, in which no other is tried
LOOK_EVERY = 0.05  # seconds


class _Turn:
    """One transaction and whoever waits for it: once that one has gone, nothing of it begins any more."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._begun = self._over = False

    def begin(self) -> bool:
        """Whether somebody waits for it still."""
        with self._lock:
            self._begun = self._begun or not self._over
            return not self._over

    def give_up(self) -> bool:
        """Whether it has never begun."""
        with self._lock:
            self._over = True
            return not self._begun


class PostgresStore:
    """One account's schema. The lease is a row that expires by the server's clock; every writing transaction renews it.

    Args:
        wall: by what the worker itself knows until when it surely has the lease.
        ttl: for how long one transaction holds the lease.

    """

    def __init__(self, database: Database, *, account: str, wall: Clock, ttl: timedelta = postgres_lease.TTL) -> None:
        self._link = Link(database, account=account)
        self._wall, self._ttl = wall, ttl
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")
        self._held_until: datetime | None = None
        self._rests_until, self._refused = 0.0, LedgerDown("")

    @property
    def where(self) -> str:
        """Server, database and schema."""
        return self._link.where

    @property
    def schema(self) -> str:
        """What holds the account's tables."""
        return self._link.schema

    async def take(
        self, prepare: Callable[[sa.Connection], None], *, holder: str, place: str | None, now: datetime
    ) -> Lease:
        """Take the account once its lease is free."""

        def take(connection: sa.Connection) -> Lease:
            postgres_lease.admit(connection, place=place)
            prepare(connection)
            return postgres_lease.take(connection, holder=holder, place=place, now=now, ttl=self._ttl)

        begun = self._wall.now()
        lease = await self._in(_unfenced(take), patience=LONG)
        self._held_until = begun + self._ttl
        return lease

    async def guard(self, look: Callable[[sa.Connection], None], *, holder: str, now: datetime) -> Lease:
        """Never: what another machine takes meanwhile, only a server that can be written would keep from it."""
        del look, holder, now
        raise LedgerDown(f"nobody can take the account while the ledger at {self.where} can't be written")

    async def write(
        self, work: Callable[[sa.Connection], Result], *, lease: Lease | None, durable: bool = True
    ) -> Result:
        """One transaction of the one who has the lease, which it renews."""

        def fenced(connection: sa.Connection) -> tuple[Result, str | None]:
            number = None if lease is None else postgres_lease.fence(connection, lease, ttl=self._ttl)
            if not durable:
                connection.exec_driver_sql("SET LOCAL synchronous_commit TO off")
            return work(connection), number

        begun = self._wall.now()
        result = await self._in(fenced, patience=PATIENCE)
        if durable:  # a server that crashes may forget the others
            self._held_until = begun + self._ttl
        return result

    async def read(self, work: Callable[[sa.Connection], Result]) -> Result:
        """One that only reads."""
        return await self._in(_unfenced(work), patience=LONG)

    async def held(self, lease: Lease, *, at: datetime) -> None:
        """By what is known here; the server is asked only by a worker that has not heard of it for long."""
        if self._held_until is None or at >= self._held_until:
            try:
                await self.write(lambda _: None, lease=lease)
            except CommitInDoubt as error:
                raise LedgerDown(str(error)) from error

    async def close(self, lease: Lease | None) -> None:
        """Give the lease back where the server is there, and let go."""
        if lease is not None:
            back = partial(postgres_lease.give_back, lease=lease)
            with suppress(Temporary):  # it expires
                await self._in(_unfenced(back), patience=PATIENCE)
        await asyncio.get_running_loop().run_in_executor(self._thread, self._link.close)
        self._thread.shutdown()

    async def _in(self, work: Work[Result], *, patience: float) -> Result:
        """Run it on the ledger's thread; what does not come to its end in time is cut off, whoever is at it."""
        turn = _Turn()
        future = asyncio.get_running_loop().run_in_executor(self._thread, self._call, turn, work)
        done, _ = await asyncio.wait({future}, timeout=patience)
        if not done:
            given_up = turn.give_up()
            self._link.cut()
            if given_up:
                future.add_done_callback(lambda late: late.exception())  # nobody waits for it any more
                raise LedgerDown(f"the ledger at {self.where} does not answer within {patience:g} s")
        return await future

    def _call(self, turn: _Turn, work: Work[Result]) -> Result:
        """A connection that has died while nobody used it is made anew, once."""
        try:
            return self._transaction(turn, work)
        except DBAPIError as error:
            if not error.connection_invalidated or not turn.begin():
                raise self._translated(error) from error
        except SQLAlchemyError as error:
            raise self._translated(error) from error
        try:
            return self._transaction(turn, work)
        except SQLAlchemyError as error:
            raise self._translated(error) from error

    def _transaction(self, turn: _Turn, work: Work[Result]) -> Result:
        with self._connected() as connection:
            if not turn.begin():
                raise LedgerDown("nobody waits for it any more")
            result, number = work(connection)
            try:
                connection.commit()
            except DBAPIError as error:
                if not error.connection_invalidated:
                    raise
                if number is None:
                    raise self._translated(error) from error
                unanswered = error
            else:
                return result
        self._settle(number, unanswered)
        return result

    @contextmanager
    def _connected(self) -> Iterator[sa.Connection]:
        """A connection; soon after one that could not be made, none."""
        if time.monotonic() < self._rests_until:
            raise self._refused
        try:
            connection = self._link.engine.connect()
        except SQLAlchemyError as error:
            self._rests_until, self._refused = time.monotonic() + REST, self._link.down(error)
            raise self._refused from error
        with connection:
            yield connection

    def _settle(self, number: str, unanswered: DBAPIError) -> None:
        """Whether a commit that was sent and not answered has happened; raises LedgerDown where it has not.

        Raises CommitInDoubt where the server does not say in time.
        """
        asked = sa.text("SELECT pg_xact_status(CAST(:number AS xid8))")
        until = time.monotonic() + CERTAIN_WITHIN
        while time.monotonic() < until:
            with suppress(SQLAlchemyError), self._link.engine.connect() as connection:
                status = connection.scalar(asked, {"number": number})
                if status == "committed":
                    return
                if status == "aborted":
                    raise self._link.down(unanswered)
            time.sleep(LOOK_EVERY)
        raise CommitInDoubt(f"the ledger at {self.where} does not say whether its last commit has happened")

    def _translated(self, error: SQLAlchemyError) -> Exception:
        if isinstance(error, IntegrityError):
            return AlreadyActed(f"the ledger has it already: {error.orig}")
        return self._link.down(error)


def _unfenced(work: Callable[[sa.Connection], Result]) -> Work[Result]:
    """Its end need not be known: it only reads, or does no harm a second time."""
    return lambda connection: (work(connection), None)
