"""Ledgers: SQLAlchemy Core on one thread, and one in memory."""
