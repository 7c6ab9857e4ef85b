"""Which tables a ledger file has, and how it gets today's. Alembic is loaded only where there is something to do."""

from pathlib import Path

import sqlalchemy as sa

from tradepods_worker.adapters.ledger import tables
from tradepods_worker.ports.ledger import WrongLedger

REVISIONS = ("0001", "0002")  # of the scripts in migrations/, oldest first
SCRIPTS = Path(__file__).with_name("migrations")
_AT = sa.table("alembic_version", sa.column("version_num"))


def revision(connection: sa.Connection) -> str | None:
    """The file's revision; None for a file without tables. Raises WrongLedger for one that is not a ledger."""
    names = set(connection.scalars(sa.text("SELECT name FROM sqlite_master WHERE type = 'table'")))
    if "alembic_version" in names and "facts" in names:
        return connection.scalar(sa.select(_AT.c.version_num))
    if {"about", "facts", "checkpoints", "notices"} <= names:
        return REVISIONS[0]  # the first ledgers did not write it down
    if names:
        raise WrongLedger(f"it holds other tables than a ledger's: {', '.join(sorted(names)[:5])}")
    return None


def prepare(connection: sa.Connection) -> None:
    """Give the file today's tables, and keep what it holds; raises WrongLedger for a newer release's."""
    found = revision(connection)
    check(found)
    if found is None:
        tables.metadata.create_all(connection)
        connection.execute(sa.text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
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

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(SCRIPTS))
    config.set_main_option("path_separator", "os")
    if not sa.inspect(connection).has_table("alembic_version"):
        command.stamp(config, found)
    command.upgrade(config, "head")
