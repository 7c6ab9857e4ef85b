"""The ledger's tables. Facts are the truth; a checkpoint only spares a start from folding them all again.

One account has two books, `live` and `paper`: facts, checkpoints and notices say of which they are. The rest is the
account's. A change of these tables needs a script in `migrations/`, and its revision in `schema.py`.
"""

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Index, Integer, MetaData, String, Table, Text

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
    Column("expires_at", DateTime(timezone=True)),  # by the server's own clock; none where it has been given back
    Column("place", String(200)),  # the file whose lock its holder has
)

facts = Table(
    "facts",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),  # one order over both books
    Column("book", String(5), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("once", String(200), unique=True),  # what may happen once only
    Column("body", Text, nullable=False),
    Index("ix_facts_kind_book", "kind", "book"),
)

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("book", String(5), primary_key=True),
    Column("fact", Integer, nullable=False),  # the last fact in it
    Column("body", Text, nullable=False),
)

notices = Table(
    "notices",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("book", String(5), nullable=False),
    Column("body", Text, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("waiting", Boolean, nullable=False, default=True, index=True),
    Column("sent", Boolean, nullable=False, default=False),
)

offsets = Table(
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

equity = Table(
    "equity",
    metadata,
    Column("book", String(5), primary_key=True),
    Column("at", String(40), primary_key=True),
    Column("wallet", String(40), nullable=False),
    Column("equity", String(40), nullable=False),
    Column("open", Integer, nullable=False),  # positions
)
