"""A ledger in a PostgreSQL database, read from outside: while its worker runs, or after it has stopped."""

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from tradepods_core.errors import TradepodsError
from tradepods_core.settings.database import Database
from tradepods_worker.adapters.ledger.postgres_link import Link


class LedgerSchema:
    """One account's schema."""

    def __init__(self, database: Database, *, account: str) -> None:
        self._link = Link(database, account=account)

    @property
    def where(self) -> str:
        """Server, database and schema."""
        return self._link.where

    def connect(self) -> sa.Connection:
        """A connection that can only read, and sees one moment; whoever looks at it may take their time."""
        connection = self._link.engine.connect()
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout TO 0")
        connection.exec_driver_sql("SET LOCAL statement_timeout TO 0")
        return connection

    def unusable(self, error: SQLAlchemyError) -> TradepodsError:
        """What an error means."""
        return self._link.down(error)

    def close(self) -> None:
        """Let go of the connection."""
        self._link.close()
