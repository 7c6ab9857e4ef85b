"""What the ledger keeps beside its facts, and what people ask of them: none of it decides anything."""

from collections.abc import Sequence

import sqlalchemy as sa

from tradepods_core.book.facts import Fact, PositionClosed, SignalDecided
from tradepods_core.shapes import Symbol
from tradepods_worker.adapters.ledger import rows, tables
from tradepods_worker.ports.ledger import STEERING, BookName

ONLY = 1  # the id of a table's only row
LOOKED_THROUGH = 5_000  # decisions: a person's question holds up no commit for long


def load_paper(connection: sa.Connection) -> str | None:
    """A dry run's own books."""
    return connection.scalar(sa.select(tables.paper.c.body))


def save_paper(connection: sa.Connection, *, books: str) -> None:
    """Keep them."""
    changed = connection.execute(sa.update(tables.paper).where(tables.paper.c.id == ONLY).values(body=books))
    if not changed.rowcount:
        connection.execute(sa.insert(tables.paper).values(id=ONLY, body=books))


def load_offset(connection: sa.Connection) -> int | None:
    """The last of the bot's updates that was handled."""
    return connection.scalar(sa.select(tables.offsets.c.number))


def save_offset(connection: sa.Connection, *, number: int) -> None:
    """Keep it."""
    changed = connection.execute(sa.update(tables.offsets).where(tables.offsets.c.id == ONLY).values(number=number))
    if not changed.rowcount:
        connection.execute(sa.insert(tables.offsets).values(id=ONLY, number=number))


def closed(connection: sa.Connection, *, book: BookName, limit: int) -> Sequence[PositionClosed]:
    """The latest closed positions of a book, newest first."""
    found = (rows.fact_of(row) for row in connection.execute(_latest(PositionClosed, book, limit)))
    return [fact for fact in found if isinstance(fact, PositionClosed)]


def decided(connection: sa.Connection, *, book: BookName, symbol: Symbol) -> SignalDecided | None:
    """A book's latest decision about a symbol; only this one is read from its JSON."""
    latest = _latest(SignalDecided, book, LOOKED_THROUGH).subquery()
    about = latest.c.body.contains(f'"symbol":"{symbol}"', autoescape=True)
    row = connection.execute(sa.select(latest).where(about).order_by(latest.c.number.desc()).limit(1)).first()
    fact = None if row is None else rows.fact_of(row)
    return fact if isinstance(fact, SignalDecided) else None


def steering(connection: sa.Connection) -> Sequence[Fact]:
    """How the account is set, by both books, oldest first."""
    facts = tables.facts.c
    wanted = sa.select(facts.number, facts.kind, facts.body).where(facts.kind.in_(sorted(STEERING)))
    return [rows.fact_of(row) for row in connection.execute(wanted.order_by(facts.number))]


def _latest(kind: type, book: BookName, limit: int) -> sa.Select[tuple[int, str, str]]:
    facts = tables.facts.c
    of_kind = (facts.kind == kind.__name__) & (facts.book == book)
    wanted = sa.select(facts.number, facts.kind, facts.body).where(of_kind)
    return wanted.order_by(facts.number.desc()).limit(limit)
