"""Earlier releases kept a file a book. Its file becomes the account's: nothing of a live account is ever forgotten."""

import sqlite3
from contextlib import closing
from pathlib import Path

import structlog

from tradepods_worker.ports.ledger import LedgerDown

EARLIER = ("live.db", "paper.db")  # live first: where both are there, the dry run begins anew
log = structlog.get_logger()


def adopt(file: Path) -> None:
    """Where there is no ledger yet, take over the one of an earlier release beside it; raises LedgerDown, OSError."""
    if file.exists():
        return
    found = [place for name in EARLIER if (place := file.with_name(name)).exists()]
    for place in found[:1]:
        _whole(place)
        place.rename(file)
        log.info("earlier_ledger_taken_over", file=str(place))
    for place in found[1:]:
        log.warning("earlier_ledger_left", file=str(place), why="one book can be taken over: this one begins anew")


def _whole(file: Path) -> None:
    """What a killed worker left in its write-ahead log is part of the file, and would not go along with its name."""
    try:
        with closing(sqlite3.connect(file)) as database:
            database.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as error:
        raise LedgerDown(f"{file}, of an earlier release, can't be taken over: {error}") from error
