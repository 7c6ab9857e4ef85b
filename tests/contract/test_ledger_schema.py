"""Ledger files of other releases: earlier ones go on with all that they hold, newer ones are refused."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from support.build import WALL
from support.disks import held
from support.ledgers import OWNER, lived, notice
from support.postgres import Server
from tradepods_core.book.book import apply
from tradepods_core.book.facts import Fact
from tradepods_core.book.recorded import Checkpoint, unique_key, write_checkpoint, write_fact
from tradepods_core.book.tally import NONE, counted
from tradepods_core.book.values import Book
from tradepods_worker.adapters.ledger import rows, schema, tables
from tradepods_worker.adapters.ledger.sql import LEDGER, SqlLedger
from tradepods_worker.ports.ledger import AlreadyActed, Entry, LedgerDown, WrongLedger

FIRST = """
CREATE TABLE about (name VARCHAR(40) NOT NULL, value TEXT NOT NULL, PRIMARY KEY (name));
CREATE TABLE checkpoints (id INTEGER NOT NULL, fact INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (id));
CREATE TABLE facts (number INTEGER NOT NULL, kind VARCHAR(40) NOT NULL, once VARCHAR(200), body TEXT NOT NULL,
    PRIMARY KEY (number), UNIQUE (once));
CREATE INDEX ix_facts_kind ON facts (kind);
CREATE TABLE leases (id INTEGER NOT NULL, holder VARCHAR(200) NOT NULL, epoch INTEGER NOT NULL,
    taken_at VARCHAR(40) NOT NULL, PRIMARY KEY (id));
CREATE TABLE notices (number INTEGER NOT NULL, body TEXT NOT NULL, attempts INTEGER NOT NULL, waiting BOOLEAN NOT NULL,
    sent BOOLEAN NOT NULL, PRIMARY KEY (number));
CREATE INDEX ix_notices_waiting ON notices (waiting);
CREATE TABLE paper (id INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (id));
INSERT INTO about VALUES ('schema', '1'), ('account', 'a'), ('exchange', 'binanceusdm'), ('environment', 'live');
INSERT INTO leases VALUES (1, 'before', 7, '2026-11-20T00:00:00Z');
INSERT INTO paper VALUES (1, 'books');
"""
FACTS: tuple[Fact, ...] = tuple(lived().facts)
CHECKPOINT = Checkpoint(book=apply(Book(), FACTS[:5]), tally=counted(NONE, FACTS[:5]))


def _first(file: Path, *, mode: str) -> None:
    """A ledger as the first release left it: its checkpoint is of the fifth fact."""
    with closing(sqlite3.connect(file)) as database, database:
        database.executescript(FIRST)
        database.execute("INSERT INTO about VALUES ('mode', ?)", (mode,))
        values = [(*write_fact(fact), unique_key(fact)) for fact in FACTS]
        database.executemany("INSERT INTO facts (kind, body, once) VALUES (?, ?, ?)", values)
        database.execute("INSERT INTO checkpoints VALUES (1, 5, ?)", (write_checkpoint(CHECKPOINT),))
        body = rows.notice_row(notice("a"), "live")["body"]
        database.execute("INSERT INTO notices VALUES (3, ?, 1, 1, 0)", (body,))


@pytest.mark.parametrize("mode", ["live", "paper"])
async def test_a_first_ledger_becomes_todays_with_all_its_rows(tmp_path: Path, mode: str) -> None:
    """Facts, checkpoint, notices with their attempts, epoch, paper books: each in the book that its file was."""
    _first(tmp_path / LEDGER, mode=mode)
    ledger = SqlLedger(tmp_path / LEDGER)
    lease = await ledger.acquire(owner=OWNER, holder="test", now=WALL)
    mine, other = ledger.book("live"), ledger.book("paper")
    mine, other = (mine, other) if mode == "live" else (other, mine)
    recorded, (waiting,) = await mine.load(), await ledger.undelivered(limit=9)
    with pytest.raises(AlreadyActed):
        await mine.commit(Entry(facts=FACTS[1:4]), lease=lease)
    await ledger.save_offset(2**40)
    told = (await mine.history(), await other.history(), await ledger.load_paper())
    await ledger.close()

    assert lease.epoch == 8
    assert (recorded.checkpoint, recorded.facts) == (CHECKPOINT, FACTS[5:])
    assert (waiting.number, waiting.attempts, waiting.book) == (3, 1, mode)
    assert told == (list(FACTS), [], "books")


async def test_an_upgraded_ledger_is_opened_again_without_another(tmp_path: Path) -> None:
    """Its revision is written down."""
    _first(tmp_path / LEDGER, mode="live")
    for epoch in (8, 9):
        ledger = SqlLedger(tmp_path / LEDGER)
        lease = await ledger.acquire(owner=OWNER, holder="test", now=WALL)
        await ledger.close()
        assert lease.epoch == epoch


async def test_the_live_file_of_an_earlier_release_becomes_the_accounts_ledger(tmp_path: Path) -> None:
    """A live account forgets nothing by a new release; a dry run beside it begins anew, its file is left alone."""
    _first(tmp_path / "live.db", mode="live")
    _first(tmp_path / "paper.db", mode="paper")
    ledger = SqlLedger(tmp_path / LEDGER)
    await ledger.acquire(owner=OWNER, holder="test", now=WALL)
    history = await ledger.book("live").history()
    await ledger.close()

    assert history == list(FACTS)
    assert not (tmp_path / "live.db").exists()
    assert (tmp_path / "paper.db").exists()


@pytest.mark.parametrize("left", [(), ("VACUUM",), ("PRAGMA journal_mode=WAL",)])
async def test_a_start_that_fails_for_a_moment_hides_no_earlier_ledger(tmp_path: Path, left: tuple[str, ...]) -> None:
    """Neither by a file that it makes, nor by one without tables that an earlier try has left."""
    _first(tmp_path / "live.db", mode="live")
    if left:
        with closing(sqlite3.connect(tmp_path / LEDGER)) as database:
            database.execute(*left)
    ledger = SqlLedger(tmp_path / LEDGER)
    with held(tmp_path / "live.db"):
        for take in (ledger.acquire, ledger.guard):
            with pytest.raises(LedgerDown):
                await take(owner=OWNER, holder="test", now=WALL)
    await ledger.acquire(owner=OWNER, holder="test", now=WALL)
    history = await ledger.book("live").history()
    await ledger.close()

    assert history == list(FACTS)
    with closing(sqlite3.connect(tmp_path / LEDGER)) as database:
        assert database.execute("SELECT epoch FROM leases").fetchone() == (8,)


async def test_a_newer_releases_ledger_is_refused(tmp_path: Path) -> None:
    """And nothing in it is changed: its own release can go on with it."""
    ledger = SqlLedger(tmp_path / LEDGER)
    await ledger.acquire(owner=OWNER, holder="test", now=WALL)
    await ledger.close()
    with closing(sqlite3.connect(tmp_path / LEDGER)) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '0099'")
    newer = SqlLedger(tmp_path / LEDGER)
    with pytest.raises(WrongLedger, match=r"a newer release wrote it \(schema 0099, this one knows up to 0003\)"):
        await newer.acquire(owner=OWNER, holder="test", now=WALL)
    await newer.close()
    with closing(sqlite3.connect(tmp_path / LEDGER)) as database:
        assert database.execute("SELECT epoch FROM leases").fetchone() == (1,)


@pytest.mark.parametrize("content", [b"no database at all, but a text that is long enough to be one" * 20, None])
async def test_a_file_that_is_no_ledger_is_refused(tmp_path: Path, content: bytes | None) -> None:
    """Neither a text nor another program's database is written into."""
    file = tmp_path / LEDGER
    if content is not None:
        file.write_bytes(content)
    else:
        with closing(sqlite3.connect(file)) as database, database:
            database.execute("CREATE TABLE songs (name TEXT)")
    before = file.read_bytes()
    ledger = SqlLedger(file)
    with pytest.raises(WrongLedger, match=r"is not a ledger|other tables than a ledger's: songs"):
        await ledger.acquire(owner=OWNER, holder="test", now=WALL)
    await ledger.close()

    if content is not None:
        assert file.read_bytes() == before


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest) -> Iterator[sa.Connection]:
    """A database without tables; on a server, the schema of account a."""
    if request.param == "sqlite":
        engine = sa.create_engine("sqlite://")
    else:
        server: Server = request.getfixturevalue("postgres")
        url = server.database()
        server.ask("CREATE SCHEMA tp_a", url=url)
        engine = sa.create_engine(
            url.replace("postgresql:", "postgresql+psycopg:"),
            connect_args={"options": "-c search_path=tp_a"},
            execution_options={"schema_translate_map": {None: "tp_a"}},
        )
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def test_the_scripts_build_the_tables_that_the_code_uses(empty: sa.Connection) -> None:
    """Columns, types, keys and indexes: a table that is changed without a script is noticed."""
    schema._AT.create(empty)
    schema._migrate(empty, schema.REVISIONS[0])
    context = MigrationContext.configure(empty, opts={"compare_type": True})
    differences = compare_metadata(context, tables.metadata)
    found = {name: sa.inspect(empty).get_pk_constraint(name) for name in tables.metadata.tables}
    keys = {name: key["constrained_columns"] for name, key in found.items()}

    assert differences == []
    assert keys == {name: [c.name for c in table.primary_key] for name, table in tables.metadata.tables.items()}


def test_the_known_revisions_are_the_scripts() -> None:
    """A start asks no more than whether the file's is the last of them."""
    scripts = ScriptDirectory(schema.SCRIPTS)
    assert [one.revision for one in scripts.walk_revisions()] == list(reversed(schema.REVISIONS))


def test_alembic_is_loaded_only_to_migrate() -> None:
    """A killed worker has a second to protect its positions: a new ledger and today's need no Alembic."""
    look = (
        "import asyncio, datetime, pathlib, sys, tempfile\n"
        "from tradepods_worker.adapters.ledger.sql import SqlLedger\n"
        "from tradepods_worker.ports.ledger import Owner\n"
        "async def main(folder):\n"
        "    for _ in range(2):\n"
        "        ledger = SqlLedger(pathlib.Path(folder) / 'ledger.db')\n"
        "        owner = Owner(account='a', exchange='b', environment='c')\n"
        "        await ledger.acquire(owner=owner, holder='d', now=datetime.datetime.now(datetime.UTC))\n"
        "        await ledger.close()\n"
        "with tempfile.TemporaryDirectory() as folder:\n"
        "    asyncio.run(main(folder))\n"
        "print('alembic' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, timeout=60, check=True)

    assert done.stdout.split() == ["False"]
