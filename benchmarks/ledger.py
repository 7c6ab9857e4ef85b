"""What a commit costs: on SQLite and on a PostgreSQL server on this machine, with all of it on the disk afterwards."""

import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from benchmarks.figures import Figure
from support.build import WALL
from support.ledgers import OWNER, lived, notice, postgres_ledger
from support.postgres import installed, serving
from tradepods_core.book.facts import Fact, Filled
from tradepods_worker.adapters.ledger.sql import LEDGER, SqlLedger
from tradepods_worker.ports.ledger import Entry

COMMITS = 1_000


async def measure(folder: Path) -> Iterable[Figure]:
    """A fill with a message, as a desk commits it, again and again."""
    figures = [await _commits("a commit on SQLite", SqlLedger(folder / LEDGER))]
    if installed():
        with serving() as server:
            ledger = postgres_ledger(server.database(), folder / "state")
            figures.append(await _commits("a commit on PostgreSQL", ledger))
    else:
        print("  PostgreSQL is not installed: apt-get install postgresql")
    return figures


async def _commits(name: str, ledger: SqlLedger) -> Figure:
    lease = await ledger.acquire(owner=OWNER, holder="bench", now=WALL)
    book = ledger.book("live")
    fill = next(fact for fact in lived().facts if isinstance(fact, Filled))
    samples = []
    for number in range(COMMITS):
        facts: tuple[Fact, ...] = (replace(fill, trade=str(number)),)
        begun = time.perf_counter()
        await book.commit(Entry(facts=facts, notices=(notice("filled"),)), lease=lease)
        samples.append((time.perf_counter() - begun) * 1000)
    await ledger.close()
    return Figure(name=name, unit="ms", samples=samples)
