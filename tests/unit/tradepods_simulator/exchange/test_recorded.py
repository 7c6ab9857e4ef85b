"""Recorded candles: parquet files of a folder, or one line that says what is wrong with them."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from support.build import NOON
from tradepods_core.errors import Permanent
from tradepods_core.times import to_ms
from tradepods_simulator.exchange.recorded import load

D = Decimal
PRICES = ("open", "high", "low", "close")


def _write(folder: Path, symbol: str = "BTCUSDT", *, minutes: Sequence[int] = range(3), **columns: Any) -> Path:
    """A candle file whose minutes stand so far after noon; columns by keyword, None leaves one out."""
    times = pa.array([NOON + timedelta(minutes=n) for n in minutes], pa.timestamp("ms", "UTC"))
    values: dict[str, Any] = {"time": times, **dict.fromkeys(PRICES, [100.0] * len(minutes))}
    values |= {"volume": [1.5] * len(minutes)} | columns
    file = folder / f"{symbol}-1m.parquet"
    pq.write_table(pa.table({name: column for name, column in values.items() if column is not None}), file)
    return file


def _refused(folder: Path) -> str:
    with pytest.raises(Permanent) as caught:
        load(folder)
    return str(caught.value)


def test_every_symbol_of_a_folder_is_read(tmp_path: Path) -> None:
    """Also of folders within it; by the venue's name."""
    _write(tmp_path)
    (tmp_path / "more").mkdir()
    _write(tmp_path / "more", "ETHUSDT")

    assert sorted(load(tmp_path)) == ["BTCUSDT", "ETHUSDT"]


def test_candles_are_read_as_they_were_recorded(tmp_path: Path) -> None:
    """Every column of every minute, from the first one's opening on."""
    _write(tmp_path, open=[1.0, 2.0, 3.0], high=[4.0, 5.0, 6.0], low=[0.5, 0.6, 0.7], close=[1.1, 2.1, 3.1])
    found = load(tmp_path)["BTCUSDT"]
    second = found.minute(1)

    assert (found.start_ms, found.end_ms) == (to_ms(NOON), to_ms(NOON + timedelta(minutes=3)))
    assert (second.opened, second.high, second.low, second.close) == (D(2), D(5), D("0.6"), D("2.1"))
    assert second.volume == D("1.5")


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_times_may_be_in_any_unit(tmp_path: Path, unit: str) -> None:
    """Tools write different ones for the same moments."""
    times = pa.array([NOON + timedelta(minutes=n) for n in range(3)], pa.timestamp("us", "UTC"))
    _write(tmp_path, time=times.cast(pa.timestamp(unit, "UTC")))

    assert load(tmp_path)["BTCUSDT"].start_ms == to_ms(NOON)


def test_times_may_be_plain_milliseconds(tmp_path: Path) -> None:
    """Since 1970."""
    _write(tmp_path, time=[to_ms(NOON) + 60_000 * n for n in range(3)])

    assert load(tmp_path)["BTCUSDT"].start_ms == to_ms(NOON)


@pytest.mark.parametrize(
    ("prices", "digits"),
    [
        ([100.0, 100.0, 100.0], 0),
        ([100.0, 100.5, 100.0], 1),
        ([100.0, 100.25, 100.5], 2),
        ([0.1 + 0.2, 0.3, 0.3], 8),
        ([0.00001, 0.00002, 0.00003], 8),
        ([1e-8, 2e-8, 3e-8], 8),
    ],
)
def test_a_symbols_tick_is_told_by_its_prices(tmp_path: Path, prices: list[float], digits: int) -> None:
    """As many decimals as one of them uses, eight at most."""
    _write(tmp_path, close=prices)

    assert load(tmp_path)["BTCUSDT"].digits == digits


@pytest.mark.parametrize("column", PRICES)
def test_every_price_column_tells_of_the_tick(tmp_path: Path, column: str) -> None:
    """A high may be the only one with a decimal."""
    changes: dict[str, Any] = {column: [100.0, 100.0, 100.125]}
    _write(tmp_path, **changes)

    assert load(tmp_path)["BTCUSDT"].digits == 3


def test_a_symbols_step_is_told_by_its_volumes(tmp_path: Path) -> None:
    """Apart from its prices."""
    _write(tmp_path, volume=[1.0, 2.001, 3.0])
    found = load(tmp_path)["BTCUSDT"]

    assert (found.digits, found.volume_digits) == (0, 3)


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        ((0, 1, 3), "120 s after"),
        ((0, 1, 1), "0 s after"),
        ((0, 2, 1), "120 s after"),
        ((1, 0, 2), "-60 s after"),
    ],
)
def test_minutes_that_do_not_follow_each_other_are_refused(tmp_path: Path, minutes: tuple[int, ...], said: str) -> None:
    """A gap, a repetition, a wrong order: the file is named, and the moment before."""
    file = _write(tmp_path, minutes=minutes)
    message = _refused(tmp_path)

    assert message.startswith(f"{file}: {said}")
    assert "minutes must follow each other" in message


def test_a_gap_is_found_in_any_of_the_files(tmp_path: Path) -> None:
    """One bad file ends the start: a replay with a hole in it would be no replay."""
    _write(tmp_path)
    bad = _write(tmp_path, "ETHUSDT", minutes=(0, 5))

    assert str(bad) in _refused(tmp_path)


def test_a_file_without_rows_is_refused(tmp_path: Path) -> None:
    """It says nothing about any minute."""
    file = _write(tmp_path, minutes=())

    assert _refused(tmp_path) == f"{file} holds no rows"


@pytest.mark.parametrize("content", [b"", b"PAR1", b"time,open,high\n1,2,3\n"])
def test_a_file_that_is_no_parquet_is_refused(tmp_path: Path, content: bytes) -> None:
    """In one line that names it."""
    file = tmp_path / "BTCUSDT-1m.parquet"
    file.write_bytes(content)
    message = _refused(tmp_path)

    assert message.startswith(f"{file} is no candle file: ")
    assert "\n" not in message


@pytest.mark.parametrize("column", ["time", *PRICES, "volume"])
def test_a_file_without_one_of_the_columns_is_refused(tmp_path: Path, column: str) -> None:
    """In one line that names the column."""
    without: dict[str, Any] = {column: None}
    file = _write(tmp_path, **without)
    message = _refused(tmp_path)

    assert message.startswith(f"{file} is no candle file: ")
    assert column in message.removeprefix(str(file))
    assert "\n" not in message


PARTS = pa.array([1, 60_000_000_001, 120_000_000_002], pa.timestamp("ns", "UTC"))
ELSE: dict[str, tuple[str, Any]] = {
    "times are words": ("time", ["a", "b", "c"]),
    "times are parts of a millisecond": ("time", PARTS),
    "prices are lists": ("close", [[1.0], [2.0], [3.0]]),
    "prices are bytes": ("close", [b"a", b"b", b"c"]),
    **{f"{name} is words": (name, ["a", "b", "c"]) for name in (*PRICES, "volume")},
    **{f"{name} is missing once": (name, [1.0, None, 2.0]) for name in (*PRICES, "volume")},
}


@pytest.mark.parametrize(("name", "column"), ELSE.values(), ids=ELSE)
def test_a_column_of_something_else_is_refused(tmp_path: Path, name: str, column: Any) -> None:
    """In one line that names the file."""
    file = _write(tmp_path, **{name: column})
    message = _refused(tmp_path)

    assert message.startswith(f"{file} is no candle file: ")
    assert "\n" not in message


@pytest.mark.parametrize("name", [*PRICES, "volume"])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_value_that_is_not_finite_is_refused(tmp_path: Path, name: str, value: float) -> None:
    """Nobody traded at it, nor so much."""
    columns: dict[str, Any] = {name: [1.0, value, 2.0]}
    file = _write(tmp_path, **columns)

    assert _refused(tmp_path) == f"{file}: {name} holds a value that is none: prices are finite and above zero"


@pytest.mark.parametrize("name", PRICES)
@pytest.mark.parametrize("value", [0.0, -1.0])
def test_a_price_is_above_zero(tmp_path: Path, name: str, value: float) -> None:
    """A volume may be zero: a minute in which nobody traded."""
    quiet = tmp_path / "quiet"
    quiet.mkdir()
    _write(quiet, volume=[1.0, 0.0, 2.0])
    assert load(quiet)["BTCUSDT"].minute(1).volume == 0

    columns: dict[str, Any] = {name: [1.0, 2.0, value]}
    file = _write(tmp_path, "ETHUSDT", **columns)
    assert _refused(tmp_path) == f"{file}: {name} holds a value that is none: prices are finite and above zero"


def test_a_folder_without_candles_is_refused(tmp_path: Path) -> None:
    """With the name that was expected; a file of another timeframe is none."""
    (tmp_path / "BTCUSDT-5m.parquet").write_bytes(b"")

    assert _refused(tmp_path) == f"{tmp_path} holds no candles: expected files such as BTCUSDT-1m.parquet"


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """It is named."""
    assert _refused(tmp_path / "nowhere") == f"{tmp_path / 'nowhere'} is not a folder with candles"
