"""One connection to a PostgreSQL server at a time: how it is set, and how a thread that waits on it is set free."""

import contextlib
import os
import socket
from typing import Any

import psycopg
import sqlalchemy as sa
import structlog
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from tradepods_core.errors import Permanent
from tradepods_core.settings.database import Database
from tradepods_worker.ports.ledger import LedgerDown, WrongLedger

HIDDEN = "•••"
DEFAULTS = {
    "application_name": "tradepods",
    "target_session_attrs": "read-write",  # of several hosts, the one that is no standby
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "3000",  # ms
}
CONNECT_WITHIN = "2"  # seconds: libpq takes no less
ASKED = {
    # a commit is on the server's disk before it returns, whatever its configuration says
    "synchronous_commit": "CASE current_setting('synchronous_commit') WHEN 'remote_apply' THEN 'remote_apply'"
    " ELSE 'on' END",
    "lock_timeout": "'900ms'",
    "statement_timeout": "'30s'",
    "idle_in_transaction_session_timeout": "'5s'",  # a worker that stands still holds the lease's row no longer
}
log = structlog.get_logger()


def schema_of(account: str) -> str:
    """The schema that holds an account's tables: every account of a database has its own."""
    name = f"tp_{account.replace('-', '').lower()}"
    if not name.replace("_", "").isalnum() or not name.isascii():
        raise Permanent(f"no ledger can be kept for an account that is called {account!r}")
    return name


def _parameters(database: Database) -> dict[str, Any]:
    """What to connect with; raises Permanent that does not repeat the URL."""
    try:
        given = conninfo_to_dict(database.url)
    except psycopg.Error:
        raise Permanent(f"the URL of {database.place} has an option or an escape that is not PostgreSQL's") from None
    return {**DEFAULTS, **given, "connect_timeout": CONNECT_WITHIN}


class Link:
    """Connections to one database, for the tables of one account. `cut` may be called from any thread."""

    def __init__(self, database: Database, *, account: str) -> None:
        self.schema = schema_of(account)
        self.where = f"{database.place}, schema {self.schema}"
        self._database = database
        self._parameters: Any = _parameters(database)
        self._handle: socket.socket | None = None
        engine = sa.create_engine(
            "postgresql+psycopg://",
            creator=self._connect,
            poolclass=sa.pool.QueuePool,
            pool_size=1,
            max_overflow=0,
            use_native_hstore=False,
            hide_parameters=True,
        )
        sa.event.listen(engine, "close", self._closed)
        # Each statement names the schema: no state of a session decides into whose tables it writes.
        self.engine = engine.execution_options(schema_translate_map={None: self.schema})

    def cut(self) -> None:
        """Whoever waits for the server hears that it is gone: a server that hangs says nothing by itself."""
        handle = self._handle
        if handle is not None:
            with contextlib.suppress(OSError):
                handle.shutdown(socket.SHUT_RDWR)

    def down(self, error: SQLAlchemyError) -> LedgerDown:
        """It may pass. Neither the URL's secrets nor a statement's values are in the message."""
        why = str(error.orig if isinstance(error, DBAPIError) else error).strip().partition("\n")[0]
        for secret in self._database.secrets:
            why = why.replace(secret, HIDDEN)
        return LedgerDown(f"the ledger at {self.where} can't be used: {why}")

    def close(self) -> None:
        """Let go of the connection."""
        self.engine.dispose()

    def _connect(self) -> Any:
        raw: psycopg.Connection = psycopg.connect(**self._parameters)
        try:
            self._set(raw)
        except BaseException:
            raw.close()
            raise
        # A handle of its own: it can't have become another connection's by the time it is cut.
        self._handle = socket.socket(fileno=os.dup(raw.pgconn.socket))
        return raw

    def _set(self, raw: psycopg.Connection) -> None:
        settings = ", ".join(f"set_config('{name}', {value}, false)" for name, value in ASKED.items())
        found = raw.execute(f"SELECT current_setting('server_encoding'), current_setting('fsync'), {settings}")
        encoding, fsync, *_ = found.fetchone() or ("", "")
        raw.commit()
        if encoding != "UTF8":
            raise WrongLedger(f"the database's encoding is {encoding}: create it with ENCODING 'UTF8'")
        if fsync != "on":
            log.warning("server_without_fsync", where=self.where, risk="a power cut may take what was committed")

    def _closed(self, _connection: Any, _record: Any) -> None:
        """Both handles go, or the server would not hear of it."""
        handle, self._handle = self._handle, None
        if handle is not None:
            handle.close()
