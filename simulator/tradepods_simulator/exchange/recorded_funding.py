"""Recorded funding beside the candles: `SYMBOL-funding.parquet` files with columns time (UTC) and rate (a fraction)."""

import itertools
import math
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tradepods_core.errors import Permanent
from tradepods_core.times import from_ms, written
from tradepods_simulator.exchange.market import HOUR_MS, Funding

SUFFIX = "-funding.parquet"
EARLY_OR_LATE_MS = 60_000  # the venue stamps a settlement a few milliseconds after the hour at which it falls due
MOST_RATE = 0.05  # no venue asks more for one settlement; what is above is meant as percent
RATE_DIGITS = 8


def load(folder: Path) -> Funding:
    """Each symbol's rates by settlement, by the venue's name of it; empty where there are none.

    Settlements stand at full hours, mostly every eighth, of some symbols every fourth. Raises Permanent, with the
    file's name, for one that holds something else.
    """
    return {file.name.removesuffix(SUFFIX): _rates(file) for file in sorted(folder.rglob(f"*USDT{SUFFIX}"))}


def _rates(file: Path) -> Mapping[int, Decimal]:
    try:
        table = pq.read_table(file, columns=["time", "rate"])
        # what is finer than a millisecond is cut off: it is rounded to the hour anyway
        times = table.column("time").cast(pa.timestamp("ms", "UTC"), safe=False).cast(pa.int64()).to_pylist()
        rates = [float(rate) for rate in table.column("rate").to_pylist()]
        settlements = [_settlement(file, at_ms) for at_ms in times]
    except (OSError, ValueError, KeyError, TypeError) as error:
        first = str(error).partition("\n")[0]
        raise Permanent(f"{file} is no funding file: {first}: expected the columns time (UTC) and rate") from error
    _check(file, settlements, rates)
    return {at_ms: Decimal(f"{rate:.{RATE_DIGITS}f}") for at_ms, rate in zip(settlements, rates, strict=True)}


def _settlement(file: Path, at_ms: int) -> int:
    hour = (at_ms + HOUR_MS // 2) // HOUR_MS * HOUR_MS
    if abs(at_ms - hour) > EARLY_OR_LATE_MS:
        raise Permanent(f"{file}: time {written(from_ms(at_ms))} is no settlement: those are at full hours")
    return hour


def _check(file: Path, settlements: list[int], rates: list[float]) -> None:
    if not settlements:
        raise Permanent(f"{file} holds no rows")
    for before, after in itertools.pairwise(settlements):
        if after <= before:
            raise Permanent(f"{file}: {written(from_ms(after))} follows {written(from_ms(before))}: times must rise")
    for at_ms, rate in zip(settlements, rates, strict=True):
        if not math.isfinite(rate) or abs(rate) > MOST_RATE:
            fix = f"rates are fractions from -{MOST_RATE} to {MOST_RATE}, where 0.0001 is 0.01 %"
            raise Permanent(f"{file}: rate {rate} at {written(from_ms(at_ms))}: {fix}")
