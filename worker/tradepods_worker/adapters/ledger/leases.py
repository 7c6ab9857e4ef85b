"""The one row that says who may write: taken anew with a higher epoch, looked at in every transaction."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tradepods_core.times import written
from tradepods_worker.adapters.ledger import tables
from tradepods_worker.ports.ledger import Lease, LeaseLost

ONLY = 1  # the id of the only row
LONGEST = 200  # characters of a holder


def take(connection: sa.Connection, *, holder: str, now: datetime, **more: Any) -> Lease:
    """Take the account, whoever had it before; `more` are further columns of the row."""
    epoch = (connection.scalar(sa.select(tables.leases.c.epoch)) or 0) + 1
    row = {"id": ONLY, "holder": holder[:LONGEST], "epoch": epoch, "taken_at": written(now), **more}
    connection.execute(sa.delete(tables.leases))
    connection.execute(sa.insert(tables.leases).values(row))
    return Lease(holder=holder, epoch=epoch)


def promised(connection: sa.Connection, *, holder: str) -> Lease:
    """The lease that the next taking of the account gives: nobody else can take it meanwhile."""
    return Lease(holder=holder, epoch=(connection.scalar(sa.select(tables.leases.c.epoch)) or 0) + 1)


def keep_promise(connection: sa.Connection, lease: Lease, *, now: datetime) -> None:
    """Take the account by a promised lease, unless that was done."""
    if promised(connection, holder=lease.holder) == lease:
        take(connection, holder=lease.holder, now=now)


def check(connection: sa.Connection, lease: Lease) -> None:
    """Raises LeaseLost where a higher epoch was given to another."""
    epoch = connection.scalar(sa.select(tables.leases.c.epoch))
    if epoch != lease.epoch:
        raise lost(lease, epoch)


def lost(lease: Lease, epoch: int | None) -> LeaseLost:
    """The error of one who was followed."""
    return LeaseLost(f"epoch {lease.epoch} was followed by {epoch}: another worker serves the account")
