"""Which tables a ledger has, and how it gets today's. Alembic is loaded only where there is something to do."""

from pathlib import Path

import sqlalchemy as sa

from tradepods_worker.adapters.ledger import tables
from tradepods_worker.ports.ledger import WrongLedger

REVISIONS = ("0001", "0002", "0003")  # of the scripts in migrations/, oldest first
SCRIPTS = Path(__file__).with_name("migrations")
_AT = sa.Table("alembic_version", sa.MetaData(), sa.Column("version_num", sa.String(32), primary_key=True))


def home(connection: sa.Connection) -> str | None:
    """The PostgreSQL schema that holds this account's tables; None on SQLite, where a file does."""
    found: dict[str | None, str] = connection.get_execution_options().get("schema_translate_map") or {}
    return found.get(None)


def revision(connection: sa.Connection) -> str | None:
    """The ledger's revision; None where it has no tables. Raises WrongLedger for what is not a ledger."""
    names = _tables(connection)
    if "alembic_version" in names and "facts" in names:
        return connection.scalar(sa.select(_AT.c.version_num))
    if {"about", "facts", "checkpoints", "notices"} <= names:
        return REVISIONS[0]  # the first ledgers did not write it down
    if names:
        raise WrongLedger(f"it holds other tables than a ledger's: {', '.join(sorted(names)[:5])}")
    return None


def _tables(connection: sa.Connection) -> set[str]:
    schema = home(connection)
    if schema is None:
        return set(connection.scalars(sa.text("SELECT name FROM sqlite_master WHERE type = 'table'")))
    wanted = sa.text("SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname = :schema")
    return set(connection.scalars(wanted, {"schema": schema}))


def prepare(connection: sa.Connection) -> None:
    """Give the ledger today's tables, and keep what it holds; raises WrongLedger for a newer release's."""
    found = revision(connection)
    check(found)
    if found is None:
        tables.metadata.create_all(connection)
        _AT.create(connection)
        connection.execute(sa.insert(_AT).values(version_num=REVISIONS[-1]))
    elif found != REVISIONS[-1]:
        _migrate(connection, found)


def check(found: str | None) -> None:
    """Raises WrongLedger for a revision that a newer release has written."""
    if found is not None and found not in REVISIONS:
        known = REVISIONS[-1]
        raise WrongLedger(f"a newer release wrote it (schema {found}, this one knows up to {known}): run that release")


def _migrate(connection: sa.Connection, found: str) -> None:
    from alembic import command
    from alembic.config import Config

    if (schema := home(connection)) is not None:  # the scripts name no schema; it holds for this transaction
        connection.exec_driver_sql(f'SET LOCAL search_path TO "{schema}"')
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(SCRIPTS))
    config.set_main_option("path_separator", "os")
    if not sa.inspect(connection).has_table("alembic_version"):
        command.stamp(config, found)
    command.upgrade(config, "head")
