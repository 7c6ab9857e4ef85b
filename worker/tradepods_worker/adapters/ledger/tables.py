"""The ledger's tables. Facts are the truth; a checkpoint only spares a start from folding them all again."""

from sqlalchemy import BigInteger, Boolean, Column, Integer, MetaData, String, Table, Text

SCHEMA = 1  # raised with every change of these tables

metadata = MetaData()

about = Table(
    "about",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", Text, nullable=False),
)

leases = Table(
    "leases",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("holder", String(200), nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("taken_at", String(40), nullable=False),
)

facts = Table(
    "facts",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("kind", String(40), nullable=False, index=True),
    Column("once", String(200), unique=True),  # what may happen once only
    Column("body", Text, nullable=False),
)

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("fact", Integer, nullable=False),  # the last fact in it
    Column("body", Text, nullable=False),
)

notices = Table(
    "notices",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("body", Text, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("waiting", Boolean, nullable=False, default=True, index=True),
    Column("sent", Boolean, nullable=False, default=False),
)

offsets = Table(  # a table that an older ledger lacks is made when it is taken: no reason to raise SCHEMA
    "offsets",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("number", BigInteger, nullable=False),
)

paper = Table(
    "paper",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("body", Text, nullable=False),
)
