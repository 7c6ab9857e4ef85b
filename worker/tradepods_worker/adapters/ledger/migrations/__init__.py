"""How a ledger of an earlier release becomes one of this: Alembic's scripts."""
