"""The journals of an account's two books, and how what they hold comes into the ledger."""

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import sqlalchemy as sa
import structlog

from tradepods_worker.adapters.ledger import rows, tables
from tradepods_worker.adapters.ledger.journal import Journal, Record, Unwritable
from tradepods_worker.ports.ledger import BOOKS, BookName, Entry, JournalDown, LedgerDown

log = structlog.get_logger()


class Journals:
    """One file a book, beside the ledger; written on a thread of its own, for the ledger's may be waiting.

    Attributes:
        left: what an earlier run could only journal and the ledger could not take in yet, oldest first; the number of
            a record is its `journalled`.

    """

    def __init__(self, ledger: Path) -> None:
        self._journals: Mapping[BookName, Journal] = {
            book: Journal(ledger.with_name(f"{ledger.name}.{book}.journal")) for book in BOOKS
        }
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal")
        self.left: dict[BookName, Sequence[Entry]] = {}

    def take_in(self, connection: sa.Connection) -> None:
        """Open them, and write into the ledger what an earlier run could not; raises LedgerDown as `look` does."""
        for book, journal in self._journals.items():
            for record in _read(journal, after=noted(connection, book)):
                _take_in(connection, book, _missing(connection, book, record))

    def look(self, connection: sa.Connection) -> None:
        """Open them beside a ledger that can only be read: what an earlier run left waits for its book's first commit.

        Until then it stays where it is, and what this run adds follows it. Raises LedgerDown where one can't be read.
        """
        for book, journal in self._journals.items():
            records = _read(journal, after=noted(connection, book))
            self.left[book] = [_missing(connection, book, record) for record in records]

    def take_in_left(self, connection: sa.Connection, book: BookName) -> None:
        """Write into the ledger what an earlier run left of that book."""
        for entry in self.left.get(book, ()):
            _take_in(connection, book, entry)

    async def add(self, book: BookName, entry: Entry) -> int:
        """Keep an entry; its number. Raises JournalDown."""
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._thread, self._journals[book].append, rows.journalled(entry))
        except Unwritable as error:
            raise JournalDown(str(error)) from error

    def clear(self, *books: BookName) -> None:
        """All that they hold is in the ledger."""
        for book in books:
            self.left.pop(book, None)
            try:
                self._journals[book].clear()
            except (OSError, Unwritable) as error:
                log.warning("journal_not_cleared", book=book, error=str(error))

    def close(self) -> None:
        """Let go of the files."""
        self._thread.shutdown()
        for journal in self._journals.values():
            journal.close()


def noted(connection: sa.Connection, book: BookName) -> int:
    """The number up to which a book's journal is in the ledger."""
    about = tables.about.c
    return int(connection.scalar(sa.select(about.value).where(about.name == f"journal/{book}")) or 0)


def note(connection: sa.Connection, book: BookName, number: int) -> None:
    """So far the journal is in the ledger: in the transaction that makes it so."""
    table, name = tables.about, f"journal/{book}"
    changed = connection.execute(sa.update(table).where(table.c.name == name).values(value=str(number)))
    if not changed.rowcount:
        connection.execute(sa.insert(table).values(name=name, value=str(number)))


def _read(journal: Journal, *, after: int) -> list[Record]:
    """A journal that can't be written is read all the same: without it nobody knows what an earlier run has done.

    One that can't be had at all, and never was, is said, and missed only when the ledger fails too.
    """
    try:
        return journal.open(after=after)
    except OSError as error:
        log.warning("no_journal", file=error.filename, error=error.strerror)
    try:
        return journal.look(after=after)
    except OSError as error:
        raise LedgerDown(f"the journal {error.filename} can't be read: {error.strerror}") from error


def _missing(connection: sa.Connection, book: BookName, record: Record) -> Entry:
    """What the ledger has of it already is left out: a commit that seemed to fail may have succeeded."""
    entry = rows.entry_of(record.body)
    keys = [key for fact in entry.facts if (key := rows.once(fact, book)) is not None]
    known = set(connection.scalars(sa.select(tables.facts.c.once).where(tables.facts.c.once.in_(keys))))
    facts = tuple(fact for fact in entry.facts if rows.once(fact, book) not in known)
    return replace(entry, facts=facts, journalled=record.number)


def _take_in(connection: sa.Connection, book: BookName, entry: Entry) -> None:
    if entry.facts:
        connection.execute(sa.insert(tables.facts), [rows.fact_row(fact, book) for fact in entry.facts])
    if entry.notices:
        connection.execute(sa.insert(tables.notices), [rows.notice_row(notice, book) for notice in entry.notices])
    note(connection, book, entry.journalled)
    log.info("journal_taken_in", book=book, number=entry.journalled, facts=len(entry.facts))
