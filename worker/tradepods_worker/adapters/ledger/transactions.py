"""How a transaction begins, how long it waits for others, and what its failure means."""

import sqlite3
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from tradepods_core.errors import Permanent, Temporary
from tradepods_worker.ports.ledger import LedgerDown, WrongLedger

CACHE_KIB = 256  # of the file's pages in memory
PRIMARY = 0xFF  # of an error's code: what kind it is
PATIENCE_MS = 250  # with another program that holds the file: after it, what may not wait goes by the journal


def unusable(error: SQLAlchemyError | sqlite3.Error, file: Path) -> Permanent | Temporary:
    """Full, locked, read-only: it may pass. Values of the failed statement are not repeated in the message."""
    why = error.orig if isinstance(error, DBAPIError) else error
    if getattr(why, "sqlite_errorcode", None) == sqlite3.SQLITE_NOTADB:
        return WrongLedger(f"{file} is not a ledger: {why}")
    return LedgerDown(f"the ledger {file} can't be used: {why}")


def is_read_only(error: SQLAlchemyError) -> bool:
    """Whether the file was opened as one that can't be written, and so stays one to who has it open."""
    code = getattr(error.orig, "sqlite_errorcode", 0) if isinstance(error, DBAPIError) else 0
    return code & PRIMARY == sqlite3.SQLITE_READONLY


def connected(connection: Any, _record: Any) -> None:
    """WAL; transactions are begun by us, not by the driver. A worker adds rows and hardly reads: few pages are kept."""
    connection.isolation_level = None
    try:
        for pragma in (f"busy_timeout={PATIENCE_MS}", "journal_mode=WAL", f"cache_size=-{CACHE_KIB}"):
            connection.execute(f"PRAGMA {pragma}")
    except sqlite3.Error:
        connection.close()  # no pool knows it yet
        raise


def begin(connection: sa.Connection) -> None:
    """Whoever reads waits for no writer; what may be lost in a power cut does not wait for the disk."""
    options = connection.get_execution_options()
    connection.exec_driver_sql(f"PRAGMA synchronous={options.get('synchronous', 'FULL')}")
    connection.exec_driver_sql(options.get("begin", "BEGIN IMMEDIATE"))
