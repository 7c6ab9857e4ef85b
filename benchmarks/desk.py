"""One account's desk in this process: what an event costs, with the ledger on disk."""

import time
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from benchmarks.figures import Figure
from support.build import BTC, ETH, NOON, WALL, arrived, signal
from support.table import OWNER, Table
from tradepods_core.book.events import Event, MarksMoved
from tradepods_core.money import HUNDRED
from tradepods_worker.adapters.ledger.sql import SqlLedger
from tradepods_worker.engine.desk import Desk

CYCLES = 300
SIGNALS = 50


async def measure(folder: Path) -> Iterable[Figure]:
    """A cycle without a signal, one with many that are refused, and marks."""
    ledger = SqlLedger(folder / "bench.db")
    table = Table()
    desk = await table.begun()
    lease = await ledger.acquire(owner=OWNER, holder="bench", now=WALL)
    desk._recorder._ledger, desk._recorder._lease = ledger.book("paper"), lease  # the table's own ledger is in memory
    marks, quiet, loud = [], [], []
    for number in range(1, CYCLES + 1):
        close = NOON + timedelta(minutes=5 * number)
        table.market.advance(300)
        marks.append(await _timed(desk, MarksMoved(at=close, marks={BTC: HUNDRED, ETH: HUNDRED})))
        quiet.append(await _timed(desk, arrived(close=close)))
        many = [signal(BTC, close=close, strategy=f"s{index}") for index in range(SIGNALS)]
        loud.append(await _timed(desk, arrived(*many, close=close)))
    await ledger.close()
    return [
        Figure(name="desk: new marks", unit="us", samples=marks),
        Figure(name="desk: a cycle without signals", unit="us", samples=quiet),
        Figure(name=f"desk: a cycle of {SIGNALS} signals, committed", unit="us", samples=loud),
    ]


async def _timed(desk: Desk, event: Event) -> float:
    begun = time.perf_counter()
    await desk.handle(event)
    return (time.perf_counter() - begun) * 1e6
