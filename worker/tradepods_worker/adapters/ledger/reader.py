"""A ledger read from outside: while its worker runs, after it has stopped, or a copy.

A reader takes no lock and writes nothing; all that one says is of one moment.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from tradepods_core.book.recorded import Checkpoint, read_checkpoint
from tradepods_core.errors import TradepodsError
from tradepods_worker.adapters.ledger import schema, series, tables, transactions
from tradepods_worker.ports.ledger import BookName, Equity, WrongLedger


@dataclass(frozen=True, slots=True, kw_only=True)
class FactRow:
    """A fact as it is kept; `body` is its JSON."""

    number: int
    book: BookName
    kind: str
    once: str | None
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRow:
    """A notice as it is kept; `body` is its JSON. It waits, was sent, or was given up."""

    number: int
    book: BookName
    body: str
    attempts: int
    waiting: bool
    sent: bool


class NoLedger(WrongLedger):
    """There is none yet: no worker of the account has ever run."""


class Source(Protocol):
    """Where a ledger is that is read from outside."""

    @property
    def where(self) -> str:
        """What to call it in a message; holds no secret."""
        ...

    def connect(self) -> sa.Connection:
        """A connection that can only read, and sees one moment."""
        ...

    def unusable(self, error: SQLAlchemyError) -> TradepodsError:
        """What an error means."""
        ...

    def close(self) -> None:
        """Let go."""
        ...


class LedgerFile:
    """A ledger in a SQLite file."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._engine = sa.create_engine(read_only(file, alone=not log_of(file).exists()), poolclass=sa.pool.StaticPool)

    @property
    def where(self) -> str:
        """The file."""
        return str(self._file)

    def connect(self) -> sa.Connection:
        """A connection that can only read, and sees one moment."""
        connection = self._engine.connect()
        connection.exec_driver_sql("BEGIN")
        return connection

    def unusable(self, error: SQLAlchemyError) -> TradepodsError:
        """What an error means."""
        return transactions.unusable(error, self._file)

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()


class LedgerReader:
    """One ledger. Raises WrongLedger for what is none or another release's, LedgerDown for what can't be read."""

    def __init__(self, source: Source) -> None:
        self._source = source
        with ExitStack() as opened:
            opened.callback(source.close)
            try:
                self._connection = opened.enter_context(source.connect())
                self._check(schema.revision(self._connection))
            except SQLAlchemyError as error:
                raise source.unusable(error) from error
            except WrongLedger as error:
                raise type(error)(f"{source.where} is not a ledger that can be read: {error}") from error
            self._opened = opened.pop_all()

    def close(self) -> None:
        """Let go of it."""
        self._opened.close()

    def about(self) -> dict[str, str]:
        """Whose ledger it is."""
        return {row.name: row.value for row in self._all(sa.select(tables.about))}

    def count(self, book: BookName) -> int:
        """How many facts a book has."""
        facts = tables.facts.c
        return self._connection.scalar(sa.select(sa.func.count(facts.number)).where(facts.book == book)) or 0

    def facts(self, book: BookName, *, kinds: Sequence[str] = (), after: int = 0) -> Iterator[FactRow]:
        """A book's facts, of these kinds or of all, oldest first; never all of them in memory."""
        table = tables.facts
        wanted = sa.select(table).where((table.c.book == book) & (table.c.number > after)).order_by(table.c.number)
        if kinds:
            wanted = wanted.where(table.c.kind.in_(kinds))
        for row in self._all(wanted.execution_options(yield_per=1000)):
            yield FactRow(number=row.number, book=book, kind=row.kind, once=row.once, body=row.body)

    def checkpoint(self, book: BookName) -> tuple[int, Checkpoint] | None:
        """A book's latest checkpoint, and the number of the last fact in it."""
        table = tables.checkpoints
        row = self._connection.execute(sa.select(table).where(table.c.book == book)).first()
        return None if row is None else (row.fact, read_checkpoint(row.body))

    def notices(self, book: BookName) -> Iterator[NoticeRow]:
        """A book's notices, oldest first."""
        table = tables.notices
        for row in self._all(sa.select(table).where(table.c.book == book).order_by(table.c.number)):
            yield NoticeRow(
                number=row.number,
                book=book,
                body=row.body,
                attempts=row.attempts,
                waiting=row.waiting,
                sent=row.sent,
            )

    def equity(self, book: BookName) -> Sequence[Equity]:
        """What a book was worth, oldest first."""
        return series.samples(self._connection, book=book, since=None)

    def _all(self, wanted: sa.Select[tuple[object, ...]]) -> Iterator[sa.Row[tuple[object, ...]]]:
        try:
            yield from self._connection.execute(wanted)
        except SQLAlchemyError as error:
            raise self._source.unusable(error) from error

    def _check(self, found: str | None) -> None:
        schema.check(found)
        if found is None:
            raise NoLedger("it is empty")
        if found != schema.REVISIONS[-1]:
            raise WrongLedger(
                f"an earlier release wrote it (schema {found}): its worker's next start brings it up to date"
            )


def log_of(file: Path) -> Path:
    """SQLite's write-ahead log of a file: it is there while somebody has the file open, and after a kill."""
    return file.with_name(f"{file.name}-wal")


def read_only(file: Path, *, alone: bool) -> str:
    """Its URL; a file that nobody writes, `alone`, is read as it stands, also where none may be made beside it."""
    if not file.is_file():
        raise WrongLedger(f"{file} is not a file")
    return f"sqlite:///file:{quote(str(file.resolve()))}?{'immutable=1' if alone else 'mode=ro'}&uri=true"
