"""What a worker weighs after a day with fifty markets: real processes, in lock-step."""

import asyncio
import secrets
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.figures import Figure
from tradepods_cli.local.demo import Demo, Options
from tradepods_cli.local.demo_data import choose
from tradepods_cli.local.layout import made
from tradepods_simulator.exchange import synthetic
from tradepods_simulator.exchange.candles import MINUTE_MS, Series

MARKETS, ACCOUNTS, HOURS = 50, 3, 24
MINUTES = 9 * 24 * 60  # a day, and the history that its longest indicator needs


async def measure(folder: Path) -> Iterable[Figure]:
    """One paper account and two live ones."""
    options = Options(
        source=choose(_candles(made(folder / "data"))),
        hours=HOURS,
        seed=1,
        output=folder / "out",
        make_secret=lambda _: secrets.token_hex(24),
        accounts=ACCOUNTS,
    )
    report = await Demo(options, secrets=made(folder / "secrets"), stop=asyncio.Event()).run(lambda _: None)
    found = report["accounts"]
    return [
        Figure(name=f"{MARKETS} markets, {HOURS} h in lock-step", unit="s", samples=[report["wallSeconds"]]),
        Figure(name="entries of all accounts", unit="", samples=[sum(entry["entries"] for entry in found)]),
        Figure(name="worker, dry run: memory", unit="MiB", samples=[e["rssMiB"] for e in found if e["dryRun"]]),
        Figure(name="worker, live: memory", unit="MiB", samples=[e["rssMiB"] for e in found if not e["dryRun"]]),
    ]


def _candles(folder: Path) -> Path:
    """Synthetic candles under as many names."""
    number = 0
    for seed in range(1, MARKETS):
        for series in synthetic.generate(seed=seed, minutes=MINUTES).values():
            if number == MARKETS:
                return folder
            number += 1
            pq.write_table(_table(series), folder / f"C{number:02}USDT-1m.parquet")
    return folder


def _table(series: Series) -> pa.Table:
    times = [series.start_ms + minute * MINUTE_MS for minute in range(MINUTES)]
    columns = {
        "time": pa.array(times, pa.timestamp("ms", "UTC")),
        "open": pa.array(series.opens),
        "high": pa.array(series.highs),
        "low": pa.array(series.lows),
        "close": pa.array(series.closes),
        "volume": pa.array(series.volumes),
    }
    return pa.table(columns)
