"""A lease that expires, for a ledger that several machines reach; on SQLite the new columns stay empty."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Say until when a lease holds, and in which folder its holder keeps its journal."""
    op.add_column("leases", sa.Column("expires_at", sa.DateTime(timezone=True)))
    op.add_column("leases", sa.Column("place", sa.String(200)))
