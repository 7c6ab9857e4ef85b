"""The first ledgers: one file a book, which says in `about` whether it is `live` or `paper`."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables; ledgers of this revision made them by themselves, and `offsets` only later."""
    op.create_table("about", sa.Column("name", sa.String(40), primary_key=True), _text("value"))
    op.create_table(
        "leases",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("holder", sa.String(200), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("taken_at", sa.String(40), nullable=False),
    )
    op.create_table(
        "facts",
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("kind", sa.String(40), nullable=False, index=True),
        sa.Column("once", sa.String(200), unique=True),
        _text("body"),
    )
    op.create_table(
        "checkpoints",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("fact", sa.Integer(), nullable=False),
        _text("body"),
    )
    op.create_table(
        "notices",
        sa.Column("number", sa.Integer(), primary_key=True),
        _text("body"),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("waiting", sa.Boolean(), nullable=False, index=True),
        sa.Column("sent", sa.Boolean(), nullable=False),
    )
    op.create_table("paper", sa.Column("id", sa.Integer(), primary_key=True), _text("body"))


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)
