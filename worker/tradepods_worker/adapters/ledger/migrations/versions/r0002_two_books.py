"""Two books in one ledger: what was in the file of one book is that book's from now on. And a series of equity."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Give each fact, checkpoint and notice its book; a signal alone stays decided once in both."""
    connection = op.get_bind()
    book = connection.scalar(sa.text("SELECT value FROM about WHERE name = 'mode'")) or "live"
    _facts(book)
    _checkpoints(book)
    _notices(book)
    if not sa.inspect(connection).has_table("offsets"):
        number = sa.Column("number", sa.BigInteger(), nullable=False)
        op.create_table("offsets", sa.Column("id", sa.Integer(), primary_key=True), number)
    op.create_table(
        "equity",
        sa.Column("book", sa.String(5), primary_key=True),
        sa.Column("at", sa.String(40), primary_key=True),
        sa.Column("wallet", sa.String(40), nullable=False),
        sa.Column("equity", sa.String(40), nullable=False),
        sa.Column("open", sa.Integer(), nullable=False),
    )
    op.execute("DELETE FROM about WHERE name IN ('mode', 'schema')")


def _facts(book: str) -> None:
    op.drop_index("ix_facts_kind", "facts")
    op.rename_table("facts", "facts_0001")
    op.create_table(
        "facts",
        sa.Column("number", sa.Integer(), primary_key=True),
        _book(),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("once", sa.String(200), unique=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Index("ix_facts_kind_book", "kind", "book"),
    )
    _move(
        "INSERT INTO facts (number, book, kind, once, body) SELECT number, :book, kind,"
        " CASE WHEN once LIKE 'signal/%' THEN once ELSE :book || '/' || once END, body FROM facts_0001",
        book,
    )
    op.drop_table("facts_0001")


def _checkpoints(book: str) -> None:
    op.rename_table("checkpoints", "checkpoints_0001")
    op.create_table(
        "checkpoints",
        sa.Column("book", sa.String(5), primary_key=True),
        sa.Column("fact", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
    )
    _move("INSERT INTO checkpoints (book, fact, body) SELECT :book, fact, body FROM checkpoints_0001", book)
    op.drop_table("checkpoints_0001")


def _notices(book: str) -> None:
    op.drop_index("ix_notices_waiting", "notices")
    op.rename_table("notices", "notices_0001")
    op.create_table(
        "notices",
        sa.Column("number", sa.Integer(), primary_key=True),
        _book(),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("waiting", sa.Boolean(), nullable=False, index=True),
        sa.Column("sent", sa.Boolean(), nullable=False),
    )
    _move(
        "INSERT INTO notices (number, book, body, attempts, waiting, sent)"
        " SELECT number, :book, body, attempts, waiting, sent FROM notices_0001",
        book,
    )
    op.drop_table("notices_0001")


def _book() -> sa.Column[str]:
    return sa.Column("book", sa.String(5), nullable=False)


def _move(statement: str, book: str) -> None:
    op.execute(sa.text(statement).bindparams(book=book))
