"""The demo where nobody has tried it: other seeds, other symbols, other hours, a market that waits for nobody.

Whatever comes of the trades: the books are equal, no order is doubled, no position stands bare, or the command fails.
"""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from support.day import command
from tradepods_cli.local import comparison
from tradepods_cli.main import app
from tradepods_simulator.exchange import synthetic

pytestmark = pytest.mark.timeout(300)


def _report(output: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((output / "report.json").read_text())
    return found


def _candles(folder: Path, *names: str, seed: int, minutes: int) -> Path:
    """Recorded candles of symbols that the synthetic market doesn't know; no funding rates beside them."""
    found = synthetic.generate(seed=seed, minutes=minutes)
    for name, series in zip(names, found.values(), strict=False):
        columns = {
            "time": pa.array([series.start_ms + n * 60_000 for n in range(minutes)], pa.timestamp("ms", "UTC")),
            "open": pa.array(series.opens),
            "high": pa.array(series.highs),
            "low": pa.array(series.lows),
            "close": pa.array(series.closes),
            "volume": pa.array(series.volumes),
        }
        pq.write_table(pa.table(columns), folder / f"{name}-1m.parquet")
    return folder


@pytest.mark.parametrize("seed", [2, 77])
def test_other_markets_keep_the_books_equal(tmp_path: Path, seed: int) -> None:
    """Of any seed."""
    done = command(
        "--seed", str(seed), "--hours", "3", "--output", str(tmp_path / "out"), folder=tmp_path, TRADEPODS_DATA=""
    )

    assert done.returncode == 0, done.stdout + done.stderr
    report = _report(tmp_path / "out")
    assert (report["market"]["source"], report["broken"]) == ("synthetic", [])
    assert report["total"]["entries"] > 0


def test_candles_of_other_symbols_are_traded(tmp_path: Path) -> None:
    """However few there are, and whatever they are called; who chooses symbols chooses among these."""
    data = tmp_path / "data"
    data.mkdir()
    folder = _candles(data, "DOGEUSDT", "PEPEUSDT", "TONUSDT", seed=5, minutes=10 * 24 * 60)
    done = command("--data", str(folder), "--hours", "3", "--output", str(tmp_path / "out"))

    assert done.returncode == 0, done.stdout + done.stderr
    report = _report(tmp_path / "out")
    assert (report["market"]["symbols"], report["broken"]) == (3, [])
    assert report["total"]["entries"] > 0
    assert "2 symbols" in done.stdout


def test_a_promise_that_does_not_hold_fails_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With 1 and a line an account, after the report and the pictures are written."""
    monkeypatch.setattr(comparison, "LONGEST_BARE", -1)  # no time at all without a stop: nobody can keep that
    monkeypatch.setenv("TRADEPODS_DATA", "")
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["demo", "--accounts", "2", "--hours", "1", "--output", "out"])

    assert done.exit_code == 1
    assert "error: alice: a position stood" in done.stderr
    assert "error: bob: a position stood" in done.stderr
    assert len(_report(tmp_path / "out")["broken"]) == 2
    assert (tmp_path / "out" / "equity.png").exists()


def test_more_hours_than_there_are_candles_are_refused(tmp_path: Path) -> None:
    """And it is said what to change."""
    data = tmp_path / "data"
    data.mkdir()
    _candles(data, "DOGEUSDT", seed=5, minutes=120)
    done = command("--data", str(data), "--hours", "3", "--output", str(tmp_path / "out"))

    assert done.returncode == 1
    assert "the candles don't cover 3 h" in done.stderr
    assert "ask for fewer hours" in done.stderr


@pytest.mark.parametrize(
    ("option", "value", "fix"),
    [
        ("--speed", "-1", "greater than or equal to 0"),
        ("--speed", "9999", "less than or equal to 600"),
        ("--accounts", "1", "greater than or equal to 2"),
        ("--hours", "99999", "less than or equal to 8784"),
    ],
)
def test_an_option_out_of_bounds_is_refused_with_the_bound(tmp_path: Path, option: str, value: str, fix: str) -> None:
    """Before anything starts."""
    done = command(option, value, "--output", str(tmp_path / "out"))

    assert done.returncode == 2
    assert option in done.stderr
    assert fix in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_market_that_waits_for_nobody_keeps_the_books_equal(tmp_path: Path) -> None:
    """Its time runs as fast as it was told to; promised are the invariants only."""
    done = command("--speed", "400", "--hours", "2", "--output", str(tmp_path / "out"), folder=tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr
    report = _report(tmp_path / "out")
    assert report["broken"] == []
    assert 2 * 3600 / 400 * 0.8 < report["wallSeconds"] < 2 * 3600 / 400 + 20
    assert len(report["accounts"]) == 5
