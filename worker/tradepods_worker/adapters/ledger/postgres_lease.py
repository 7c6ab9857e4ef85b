"""The lease on a server: it expires by the server's own clock, so that an account outlives its worker's machine.

A worker signs requests up to its lease's expiry, and the venue takes them for `WINDOW` more. Whoever takes an account
over waits that long and `CERTAIN`. It need not wait where the last holder gave the lease back, or is known to be dead.
See docs/decisions/0016-a-lease-that-expires.md.
"""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from tradepods_core.errors import Permanent
from tradepods_worker.adapters.ledger import leases, schema, tables
from tradepods_worker.ports.ledger import Lease, LeaseHeld

TTL = timedelta(seconds=15)
WINDOW, CERTAIN = timedelta(milliseconds=2_500), timedelta(seconds=2)  # the courier's
ROW = tables.leases.c
MAKE = "this database has no schema {name}, and this role may not create it: GRANT CREATE ON DATABASE, or create it"


def admit(connection: sa.Connection, *, place: str | None) -> None:
    """Let one worker at a time through, and none while another has the lease; raises LeaseHeld.

    The schema is there afterwards, its tables may not be.
    """
    name = schema.home(connection)
    connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})
    found = connection.execute(
        sa.text("SELECT to_regnamespace(:name) IS NOT NULL, has_database_privilege(current_database(), 'CREATE')"),
        {"name": name},
    ).one()
    if not any(found):
        raise Permanent(MAKE.format(name=name))
    if not found[0]:
        connection.exec_driver_sql(f'CREATE SCHEMA "{name}"')
    elif schema.revision(connection) is not None:
        _look(connection, place=place)


def _look(connection: sa.Connection, *, place: str | None) -> None:
    free_at = ROW.expires_at + (WINDOW + CERTAIN)
    wanted = sa.select(ROW.holder, ROW.place, free_at.label("free_at"), (free_at <= sa.func.now()).label("free"))
    row = connection.execute(wanted.with_for_update()).first()
    if row is None or row.free_at is None or row.free or (place is not None and row.place == place):
        return
    raise LeaseHeld(f"the account is served by {row.holder}: stop it first, or wait for its lease", until=row.free_at)


def take(connection: sa.Connection, *, holder: str, place: str | None, now: datetime, ttl: timedelta) -> Lease:
    """The next epoch, for `ttl`."""
    return leases.take(connection, holder=holder, now=now, place=place, expires_at=_expiry(ttl))


def fence(connection: sa.Connection, lease: Lease, *, ttl: timedelta) -> str:
    """Hold the lease for `ttl` from the transaction's beginning on; its number. Raises LeaseLost.

    The row stays locked until the end: nobody takes the account over between this look and the commit.
    """
    mine = sa.update(tables.leases).where(ROW.epoch == lease.epoch)
    number = sa.cast(sa.func.pg_current_xact_id(), sa.Text)
    found = connection.scalar(mine.values(expires_at=_expiry(ttl)).returning(number))
    if found is None:
        raise leases.lost(lease, connection.scalar(sa.select(ROW.epoch)))
    return str(found)


def give_back(connection: sa.Connection, lease: Lease) -> None:
    """Whoever comes next need not wait."""
    connection.execute(sa.update(tables.leases).where(ROW.epoch == lease.epoch).values(expires_at=None))


def _expiry(ttl: timedelta) -> sa.ColumnElement[Any]:
    return sa.func.now() + sa.literal(ttl)
