"""The journals of an account's two books, and how what they hold comes into the ledger."""

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import sqlalchemy as sa
import structlog

from tradepods_worker.adapters.ledger import rows, tables
from tradepods_worker.adapters.ledger.journal import Journal, Record, Unwritable
from tradepods_worker.ports.ledger import BOOKS, BookName, Entry, JournalDown

log = structlog.get_logger()


class Journals:
    """One file a book, beside the ledger; written on a thread of its own, for the ledger's may be waiting."""

    def __init__(self, ledger: Path) -> None:
        self._journals: Mapping[BookName, Journal] = {
            book: Journal(ledger.with_name(f"{ledger.name}.{book}.journal")) for book in BOOKS
        }
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal")

    def take_in(self, connection: sa.Connection) -> None:
        """Open them, and write into the ledger what an earlier run could not."""
        for book, journal in self._journals.items():
            for record in _opened(journal, after=noted(connection, book)):
                _take_in(connection, book, record)

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


def _opened(journal: Journal, *, after: int) -> list[Record]:
    """A journal that can't be had is said, and missed only when the ledger fails too."""
    try:
        return journal.open(after=after)
    except OSError as error:
        log.warning("no_journal", file=error.filename, error=error.strerror)
        return []


def _take_in(connection: sa.Connection, book: BookName, record: Record) -> None:
    """What the ledger has of it already is left out: a commit that seemed to fail may have succeeded."""
    entry = rows.entry_of(record.body)
    wanted = [rows.fact_row(fact, book) for fact in entry.facts]
    keys = [row["once"] for row in wanted if row["once"]]
    known = set(connection.scalars(sa.select(tables.facts.c.once).where(tables.facts.c.once.in_(keys))))
    if missing := [row for row in wanted if row["once"] not in known]:
        connection.execute(sa.insert(tables.facts), missing)
    if entry.notices:
        connection.execute(sa.insert(tables.notices), [rows.notice_row(notice, book) for notice in entry.notices])
    note(connection, book, record.number)
    log.info("journal_taken_in", book=book, number=record.number, facts=len(missing))
