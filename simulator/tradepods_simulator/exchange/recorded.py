"""Recorded candles: a folder of `SYMBOL-1m.parquet` files with columns time, open, high, low, close, volume."""

import itertools
import math
from array import array
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tradepods_core.errors import Permanent
from tradepods_simulator.exchange.candles import MINUTE_MS, Series

SUFFIX = "-1m.parquet"
PATTERN = f"*USDT{SUFFIX}"
SAMPLE = 5_000  # rows that tell a symbol's tick and step
MOST_DIGITS = 8


def load(folder: Path) -> Mapping[str, Series]:
    """Every symbol's candles, by the venue's name of it; raises Permanent where the folder holds none."""
    if not folder.is_dir():
        raise Permanent(f"{folder} is not a folder with candles")
    files = sorted(folder.rglob(PATTERN))
    if not files:
        raise Permanent(f"{folder} holds no candles: expected files such as BTCUSDT{SUFFIX}")
    return {file.name.removesuffix(SUFFIX): _series(file) for file in files}


def _series(file: Path) -> Series:
    columns = ["time", "open", "high", "low", "close", "volume"]
    try:
        table = pq.read_table(file, columns=columns)
        times = table.column("time").cast(pa.timestamp("ms", "UTC")).cast(pa.int64()).to_pylist()
        values = {name: array("d", table.column(name).to_pylist()) for name in columns[1:]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        first = str(error).partition("\n")[0]
        raise Permanent(f"{file} is no candle file: {first}") from error
    _check(file, times)
    _check_prices(file, values)
    return Series(
        start_ms=times[0],
        digits=max(_digits(values[name]) for name in ("open", "high", "low", "close")),
        volume_digits=_digits(values["volume"]),
        opens=values["open"],
        highs=values["high"],
        lows=values["low"],
        closes=values["close"],
        volumes=values["volume"],
    )


def _check(file: Path, times: list[int]) -> None:
    if not times:
        raise Permanent(f"{file} holds no rows")
    for before, after in itertools.pairwise(times):
        if after - before != MINUTE_MS:
            raise Permanent(f"{file}: {(after - before) // 1000} s after {before} ms: minutes must follow each other")


def _check_prices(file: Path, values: Mapping[str, "array[float]"]) -> None:
    for name, column in values.items():
        if not all(math.isfinite(value) and (value > 0 or name == "volume") for value in column):
            raise Permanent(f"{file}: {name} holds a value that is none: prices are finite and above zero")


def _digits(values: "array[float]") -> int:
    """Decimals that the column's values use."""
    return min(max(_decimals(repr(value)) for value in values[:SAMPLE]), MOST_DIGITS)


def _decimals(text: str) -> int:
    return MOST_DIGITS if "e" in text else len(text.partition(".")[2].rstrip("0"))
