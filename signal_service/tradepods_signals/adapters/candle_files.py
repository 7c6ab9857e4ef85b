"""Candles on disk as Parquet: one folder a symbol and timeframe, as `BTCUSDT-5m.parquet`, and in it a file a month.

A folder reads as one table wherever Parquet does (the simulator, pandas). Timeframes of an hour and longer have a file
a year. A file is written beside its place, brought to the disk and renamed, so that a reader finds the old one or the
new one, whole; pages carry checksums. What can't be read as candles is set aside under a name that begins with `_`.
"""

import fcntl
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import groupby
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
import structlog

from tradepods_core.errors import Invalid, Problem, Temporary
from tradepods_core.shapes import Symbol
from tradepods_core.times import Timeframe, from_ms, to_ms
from tradepods_signals.ports.market import Candle

Rows = npt.NDArray[np.float64]  # one a candle: open ms, open, high, low, close, volume; oldest first
SUFFIX = ".parquet"
ASIDE = "_unreadable-"  # what begins with _ or . is no part of a table
HOUR = 3_600
SYMBOL = re.compile(r"([A-Z0-9]{1,15})/([A-Z0-9]{1,10}):([A-Z0-9]{1,10})")
VALUES = ("open", "high", "low", "close", "volume")
SCHEMA = pa.schema([("time", pa.timestamp("ms", "UTC")), *((name, pa.float64()) for name in VALUES)])
log = structlog.get_logger()


def place(folder: Path, symbol: Symbol, timeframe: Timeframe) -> Path:
    """Where a series stands, as `BTCUSDT-5m.parquet` for BTC/USDT:USDT; raises Invalid for what is no such symbol."""
    found = SYMBOL.fullmatch(symbol)
    if found is None:
        raise Invalid([Problem(field="symbol", value=symbol, fix="write it as BTC/USDT:USDT")])
    base, quote, settle = found.groups()
    name = f"{base}{quote}" if settle == quote else f"{base}{quote}_{settle}"
    return folder / f"{name}-{timeframe}{SUFFIX}"


def read(folder: Path, symbol: Symbol, timeframe: Timeframe, since: datetime, until: datetime) -> list[Candle]:
    """Candles that opened from `since` to before `until`, oldest first; there may be gaps between them.

    A file that holds no candles of this series is set aside with a warning. Raises Invalid for what is no symbol.
    """
    first, last = _part(timeframe, to_ms(since)), _part(timeframe, to_ms(until))
    found: list[Candle] = []
    for part in _parts(place(folder, symbol, timeframe)):
        if first <= part.stem <= last:
            rows = _rows(part, timeframe)
            found += _candles(rows[(rows[:, 0] >= to_ms(since)) & (rows[:, 0] < to_ms(until))])
    return found


def newest(folder: Path, symbol: Symbol, timeframe: Timeframe) -> Candle | None:
    """The newest candle that is kept; None where there is none. Raises Invalid for what is no symbol."""
    for part in reversed(_parts(place(folder, symbol, timeframe))):
        if candles := _candles(_rows(part, timeframe)[-1:]):
            return candles[0]
    return None


def opened(folder: Path, symbol: Symbol, timeframe: Timeframe) -> Iterator[list[int]]:
    """When the kept candles opened, ms, oldest first; a file at a time. Raises Invalid for what is no symbol."""
    for part in _parts(place(folder, symbol, timeframe)):
        yield _rows(part, timeframe)[:, 0].astype(np.int64).tolist()


def write(folder: Path, symbol: Symbol, timeframe: Timeframe, candles: Iterable[Candle]) -> None:
    """Keep candles beside those that are there; of two that opened at once the one written now counts.

    Each file is replaced as a whole, so a kill leaves every one as it was or as it is to be. Raises Temporary where the
    disk doesn't take it, Invalid for what is no symbol.
    """
    series = place(folder, symbol, timeframe)
    ordered = sorted({candle.open_ms: candle for candle in candles}.values())
    try:
        series.mkdir(parents=True, exist_ok=True)
        with _alone(series):
            for name, batch in groupby(ordered, key=lambda candle: _part(timeframe, candle.open_ms)):
                _replace(series / f"{name}{SUFFIX}", timeframe, np.array(list(batch), dtype=np.float64))
    except OSError as error:
        raise Temporary(f"candles can't be written to {series}: {error.strerror or error}") from error


def _part(timeframe: Timeframe, open_ms: int) -> str:
    """The name of the file that holds a candle; names stand in the order of time."""
    opened = from_ms(open_ms)
    return f"{opened:%Y}" if timeframe.seconds >= HOUR else f"{opened:%Y-%m}"


def _parts(series: Path) -> list[Path]:
    """Its files, oldest first; what can't be listed is not there."""
    try:
        return sorted(path for path in series.iterdir() if path.suffix == SUFFIX and path.name[0].isdecimal())
    except OSError:
        return []


def _candles(rows: Rows) -> list[Candle]:
    return [Candle(int(row[0]), *row[1:]) for row in rows.tolist()]


def _rows(part: Path, timeframe: Timeframe) -> Rows:
    """What a file holds; nothing where it holds no candles of its series: then it is set aside."""
    try:
        with pq.ParquetFile(part, page_checksum_verification=True) as file:
            table = file.read(columns=SCHEMA.names, use_threads=False).cast(SCHEMA)
        columns = [table.column("time").cast(pa.int64()), *(table.column(name) for name in VALUES)]
        rows = np.column_stack([column.to_numpy().astype(np.float64) for column in columns])
        _check(rows, part, timeframe)
    except FileNotFoundError:
        return np.empty((0, len(SCHEMA)))
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
        _set_aside(part, why=str(error).partition("\n")[0])
        return np.empty((0, len(SCHEMA)))
    return rows


def _check(rows: Rows, part: Path, timeframe: Timeframe) -> None:
    """Raise ValueError where these are no candles of this file."""
    times, prices, volumes = rows[:, 0], rows[:, 1:5], rows[:, 5]
    if not np.isfinite(rows).all() or (prices <= 0).any() or (volumes < 0).any():
        raise ValueError("a price or volume that is none")
    if (np.diff(times) <= 0).any() or (times % (timeframe.seconds * 1000)).any():
        raise ValueError(f"its rows are no candles of {timeframe} in their order")
    if len(rows) and {_part(timeframe, int(times[0])), _part(timeframe, int(times[-1]))} != {part.stem}:
        raise ValueError("its rows are of another time than its name")


def _set_aside(part: Path, *, why: str) -> None:
    log.warning("candles_set_aside", file=str(part), why=why)
    try:
        part.replace(part.with_name(f"{ASIDE}{part.name}"))
    except OSError as error:
        log.warning("candles_not_set_aside", file=str(part), why=error.strerror)


@contextmanager
def _alone(series: Path) -> Iterator[None]:
    """One writer at a time: what stands there is read, joined and written back."""
    directory = os.open(series, os.O_RDONLY)
    try:
        fcntl.flock(directory, fcntl.LOCK_EX)
        yield
        os.fsync(directory)  # the renames
    finally:
        os.close(directory)


def _replace(part: Path, timeframe: Timeframe, rows: Rows) -> None:
    """A file with what it holds already and these rows; the same as before is not written."""
    held = _rows(part, timeframe)
    kept = held[~np.isin(held[:, 0], rows[:, 0])]
    joined = np.concatenate([kept, rows])
    joined = joined[np.argsort(joined[:, 0])]
    if np.array_equal(joined, held):
        return
    times = pa.array(joined[:, 0].astype(np.int64)).cast(SCHEMA.field("time").type)
    columns = [times, *(pa.array(joined[:, number]) for number in range(1, len(SCHEMA)))]
    beside = part.with_name(f".{part.name}")
    with beside.open("wb") as file:
        pq.write_table(pa.table(columns, schema=SCHEMA), file, compression="zstd", write_page_checksum=True)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(part)
