"""Earlier releases kept a file a book. Its file becomes the account's: nothing of a live account is ever forgotten."""

import sqlite3
from contextlib import closing
from pathlib import Path

import structlog

from tradepods_worker.adapters.ledger import transactions
from tradepods_worker.ports.ledger import LedgerDown

EARLIER = ("live.db", "paper.db")  # live first: where both are there, the dry run begins anew
log = structlog.get_logger()


def adopt(file: Path) -> None:
    """Where there is no ledger yet, take over the one of an earlier release beside it.

    Nobody else may have `file` open. Raises LedgerDown, WrongLedger, OSError.
    """
    found = [place for name in EARLIER if (place := file.with_name(name)).exists()]
    if not found or (file.exists() and _holds_tables(file)):
        return
    if file.exists():
        _whole(file)  # what is left of its log would be read as the other one's
    _whole(found[0])
    found[0].rename(file)
    log.info("earlier_ledger_taken_over", file=str(found[0]))
    for place in found[1:]:
        log.warning("earlier_ledger_left", file=str(place), why="one book can be taken over: this one begins anew")


def _holds_tables(file: Path) -> bool:
    """A start that failed half-way leaves a file without any."""
    try:
        with closing(_opened(file)) as database:
            return database.execute("SELECT 1 FROM sqlite_master").fetchone() is not None
    except sqlite3.Error as error:
        raise transactions.unusable(error, file) from error


def _whole(file: Path) -> None:
    """What a killed worker left in its write-ahead log is part of the file, and would not go along with its name."""
    try:
        with closing(_opened(file)) as database:
            database.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as error:
        raise LedgerDown(f"an earlier release's ledger can't be taken over: {file}: {error}") from error


def _opened(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(file, timeout=transactions.PATIENCE_MS / 1000)
