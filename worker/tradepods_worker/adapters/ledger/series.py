"""What a book was worth over time: by the minute for a while, then by the hour, so that it does not grow for ever."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import sqlalchemy as sa

from tradepods_core.times import written
from tradepods_worker.adapters.ledger import tables
from tradepods_worker.ports.ledger import BookName, Equity

BY_THE_MINUTE = timedelta(days=90)
HOUR = len("2026-11-20T12")  # of a moment as it is written
DAY = len("2026-11-20")


def record(connection: sa.Connection, *, book: BookName, sample: Equity) -> None:
    """Keep one, in place of an earlier one of the same minute; the first of a day thins out what has grown old."""
    table = tables.equity.c
    at = written(sample.at.replace(second=0, microsecond=0))
    mine = table.book == book
    last = connection.scalar(sa.select(sa.func.max(table.at)).where(mine))
    connection.execute(sa.delete(tables.equity).where(mine & (table.at == at)))
    values = {"wallet": str(sample.wallet), "equity": str(sample.equity), "open": sample.open}
    connection.execute(sa.insert(tables.equity).values(book=book, at=at, **values))
    if last is None or last[:DAY] < at[:DAY]:
        _thin(connection, book=book, before=written(sample.at - BY_THE_MINUTE))


def samples(connection: sa.Connection, *, book: BookName, since: datetime | None) -> Sequence[Equity]:
    """What a book was worth, oldest first."""
    table = tables.equity
    wanted = sa.select(table).where(table.c.book == book).order_by(table.c.at)
    if since is not None:
        wanted = wanted.where(table.c.at >= written(since))
    return [
        Equity(at=datetime.fromisoformat(row.at), wallet=Decimal(row.wallet), equity=Decimal(row.equity), open=row.open)
        for row in connection.execute(wanted)
    ]


def _thin(connection: sa.Connection, *, book: BookName, before: str) -> None:
    """Of each hour before that, the first stays."""
    table = tables.equity.c
    old = (table.book == book) & (table.at < before)
    kept = sa.select(sa.func.min(table.at)).where(old).group_by(sa.func.substr(table.at, 1, HOUR))
    connection.execute(sa.delete(tables.equity).where(old & table.at.not_in(kept)))
