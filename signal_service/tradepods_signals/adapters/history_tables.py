"""The history's tables. A change of them needs a new number in `SCHEMA`, and a way from the old one."""

from sqlalchemy import BigInteger, Boolean, Column, Integer, LargeBinary, MetaData, String, Table, Text

SCHEMA = "1"
metadata = MetaData()

about = Table(
    "signals_about",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", Text, nullable=False),
)

cycles = Table(
    "signals_cycles",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("cycle_id", String(60), nullable=False, index=True),
    Column("revision", Integer, nullable=False),
    Column("timeframe", String(4), nullable=False),
    Column("close_ms", BigInteger, nullable=False, index=True),
    Column("body", LargeBinary, nullable=False),  # JSON, deflated: a fifth of its size
)

halts = Table(
    "signals_halts",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),  # the last one holds
    Column("body", Text, nullable=False),
)

switches = Table(
    "signals_switches",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),  # the last one of a strategy holds
    Column("strategy", String(90), nullable=False, index=True),
    Column("disabled", Boolean, nullable=False),
    Column("body", Text, nullable=False),
)

totals = Table(
    "signals_totals",
    metadata,
    Column("at_ms", BigInteger, primary_key=True, autoincrement=False),
    Column("environment", String(10), primary_key=True),
    Column("body", Text, nullable=False),
)
