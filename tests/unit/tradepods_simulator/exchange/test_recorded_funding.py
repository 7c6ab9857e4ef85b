"""Recorded funding: rates by settlement, or one line that says what is wrong with a file."""

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
from tradepods_simulator.exchange.recorded_funding import load

D = Decimal
HOUR_MS = 3_600_000


def _write(folder: Path, symbol: str = "BTCUSDT", *, hours: Sequence[float] = (0, 8), **columns: Any) -> Path:
    """A funding file whose settlements stand so many hours after noon; None leaves a column out."""
    times = pa.array([NOON + timedelta(hours=n) for n in hours], pa.timestamp("ns", "UTC"))
    values = {"time": times, "rate": [0.0001] * len(hours)} | columns
    file = folder / f"{symbol}-funding.parquet"
    pq.write_table(pa.table({name: column for name, column in values.items() if column is not None}), file)
    return file


def _refused(folder: Path) -> str:
    with pytest.raises(Permanent) as caught:
        load(folder)
    return str(caught.value)


def test_every_symbols_rates_are_read(tmp_path: Path) -> None:
    """Also of folders within; exact to eight decimals."""
    _write(tmp_path, rate=[0.0001, -0.00033448])
    (tmp_path / "more").mkdir()
    _write(tmp_path / "more", "ENAUSDT", hours=(0, 4, 8))
    found = load(tmp_path)

    assert found["BTCUSDT"] == {to_ms(NOON): D("0.0001"), to_ms(NOON) + 8 * HOUR_MS: D("-0.00033448")}
    assert len(found["ENAUSDT"]) == 3


def test_a_folder_without_funding_has_none(tmp_path: Path) -> None:
    """It is no fault: then nothing is paid."""
    assert load(tmp_path) == {}


@pytest.mark.parametrize("seconds", [-30, -0.001, 0.001, 13, 59.999999])
def test_times_are_rounded_to_the_settlement(tmp_path: Path, seconds: float) -> None:
    """The venue stamps them a moment off the full hour."""
    _write(tmp_path, hours=(seconds / 3_600,), rate=[0.0001])

    assert list(load(tmp_path)["BTCUSDT"]) == [to_ms(NOON)]


def test_a_time_between_hours_is_refused(tmp_path: Path) -> None:
    """It is no settlement."""
    file = _write(tmp_path, hours=(0.5,), rate=[0.0001])

    assert _refused(tmp_path) == f"{file}: time 2025-06-02T12:30:00Z is no settlement: those are at full hours"


@pytest.mark.parametrize("hours", [(0, 0), (8, 0), (0, 0.001)])
def test_times_rise(tmp_path: Path, hours: tuple[float, ...]) -> None:
    """Each settlement stands there once."""
    file = _write(tmp_path, hours=hours)
    message = _refused(tmp_path)

    assert message.startswith(f"{file}: 2025-06-02T12:00:00Z follows ")
    assert message.endswith(": times must rise")


@pytest.mark.parametrize("rate", [0.01 * 10, -1.0, float("nan"), float("inf")])
def test_a_rate_is_a_fraction(tmp_path: Path, rate: float) -> None:
    """One that was meant as percent is found, with the moment and the range."""
    file = _write(tmp_path, rate=[0.0001, rate])
    fix = "rates are fractions from -0.05 to 0.05, where 0.0001 is 0.01 %"

    assert _refused(tmp_path) == f"{file}: rate {rate} at 2025-06-02T20:00:00Z: {fix}"


def test_a_file_without_rows_is_refused(tmp_path: Path) -> None:
    """It is named."""
    file = _write(tmp_path, hours=())

    assert _refused(tmp_path) == f"{file} holds no rows"


@pytest.mark.parametrize(
    "columns",
    [{"rate": None}, {"time": None}, {"rate": ["a", "b"]}, {"rate": [None, 0.1]}, {"time": ["a", "b"]}],
    ids=str,
)
def test_a_file_of_something_else_is_refused(tmp_path: Path, columns: dict[str, Any]) -> None:
    """In one line that names it and what was expected."""
    file = _write(tmp_path, **columns)
    message = _refused(tmp_path)

    assert message.startswith(f"{file} is no funding file: ")
    assert message.endswith("expected the columns time (UTC) and rate")
    assert "\n" not in message


@pytest.mark.parametrize("content", [b"", b"PAR1", b"time,rate\n"])
def test_a_file_that_is_no_parquet_is_refused(tmp_path: Path, content: bytes) -> None:
    """Likewise."""
    file = tmp_path / "BTCUSDT-funding.parquet"
    file.write_bytes(content)

    assert _refused(tmp_path).startswith(f"{file} is no funding file: ")
