"""Where the market comes from, by the command line: what is detected, what is refused, and how fast it runs."""

import argparse
import os
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from support.build import BTC, NOON
from support.recorded_messages import snapshot, trade, write
from tradepods_core.errors import Permanent
from tradepods_simulator.config import parse
from tradepods_simulator.exchange.message_market import MessageMarket
from tradepods_simulator.exchange.options import depth_of, pace_of
from tradepods_simulator.exchange.source import market_of

D = Decimal
RECORDED = Path(os.environ.get("TRADEPODS_DATA", "")) / "binance-usdm-1m"
recorded = pytest.mark.skipif(
    "TRADEPODS_DATA" not in os.environ or not RECORDED.is_dir(), reason="TRADEPODS_DATA names no recorded candles"
)


def _options(*arguments: str) -> argparse.Namespace:
    return parse(["exchange", "--accounts", "none.json", *arguments], prog="test")


def _refused(*arguments: str) -> str:
    with pytest.raises(Permanent) as caught:
        market_of(_options(*arguments))
    return str(caught.value)


def _candles(folder: Path, *, hours: int = 10, funding: bool = True) -> Path:
    """Candles of BTCUSDT that stand at 100, and a funding rate eight hours after noon."""
    times = pa.array([NOON + timedelta(minutes=n) for n in range(hours * 60)], pa.timestamp("ms", "UTC"))
    columns = {name: [100.0] * hours * 60 for name in ("open", "high", "low", "close", "volume")}
    pq.write_table(pa.table({"time": times, **columns}), folder / "BTCUSDT-1m.parquet")
    if funding:
        at = pa.array([NOON + timedelta(hours=8)], pa.timestamp("ms", "UTC"))
        pq.write_table(pa.table({"time": at, "rate": [0.0001]}), folder / "BTCUSDT-funding.parquet")
    return folder


def _messages(folder: Path) -> Path:
    book = snapshot(10, bids=[("99", "1")], asks=[("101", "1")])
    return write(folder / "btcusdt.gz", book, trade(1, "100", after_ms=1_000))


def _due(folder: Path) -> dict[str, Decimal]:
    market = market_of(_options("--data", str(folder), "--hours", "9"))
    market.go_to(market.steps - 1)
    return market.settles(since_ms=market.start_ms)


def test_without_data_the_market_is_synthetic() -> None:
    """With funding, of the length that was asked for."""
    market = market_of(_options("--hours", "1"))

    assert (market.end_ms - market.start_ms, len(market.ids), market.quotes) == (3_600_000, 12, {})
    assert market.rate(BTC, at_ms=market.start_ms - market.start_ms % 28_800_000) != 0


@pytest.mark.parametrize(("funding", "due"), [(True, {BTC: D("0.0001")}), (False, {})])
def test_a_folder_of_candles_is_replayed_with_its_funding(
    tmp_path: Path, funding: bool, due: dict[str, Decimal]
) -> None:
    """Where it has any."""
    assert _due(_candles(tmp_path, funding=funding)) == due


@pytest.mark.parametrize("named", ["file", "folder"])
def test_recorded_messages_are_known_by_their_content(tmp_path: Path, named: str) -> None:
    """A file of them, or a folder."""
    file = _messages(tmp_path)
    market = market_of(_options("--data", str(file if named == "file" else tmp_path)))

    assert isinstance(market, MessageMarket)
    assert market.prices == {BTC: 100}


def test_of_a_folder_that_holds_both_the_candles_count(tmp_path: Path) -> None:
    """They are what was replayed before there were messages."""
    _messages(tmp_path)

    assert not isinstance(market_of(_options("--data", str(_candles(tmp_path)), "--hours", "1")), MessageMarket)


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--hours", "3"), "--hours 3: recorded messages are replayed as a whole: leave --hours out"),
        (("--spread", "0.001"), "--spread 0.001: recorded messages have their own order books: leave --spread out"),
        (("--depth", "10"), "--depth 10: recorded messages have their own order books: leave --depth out"),
    ],
)
def test_what_recorded_messages_decide_is_not_asked_for(tmp_path: Path, flags: tuple[str, ...], said: str) -> None:
    """With flag, value and fix."""
    assert _refused("--data", str(_messages(tmp_path)), *flags) == said


def test_a_place_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """With the flag."""
    assert _refused("--data", str(tmp_path / "gone")) == f"--data {tmp_path / 'gone'}: there is no such file or folder"


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    """With what was expected."""
    assert (
        _refused("--data", str(tmp_path)) == f"{tmp_path} holds no candles: expected files such as BTCUSDT-1m.parquet"
    )


def test_one_candle_file_is_refused(tmp_path: Path) -> None:
    """With the folder to name instead."""
    file = _candles(tmp_path) / "BTCUSDT-1m.parquet"

    assert _refused("--data", str(file)) == f"--data {file}: this is one candle file: name its folder, {tmp_path}"


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    """It is neither."""
    file = tmp_path / "some.txt"
    file.write_text("hello\n")

    said = "neither recorded stream messages nor a folder of candles"
    assert _refused("--data", str(file)) == f"--data {file}: {said}"


def test_lock_step_has_no_speed() -> None:
    """One of the two flags is left out."""
    said = "--speed 30: lock-step has no speed: leave --speed or --participants out"
    assert _refused("--speed", "30", "--participants", "a") == said


@pytest.mark.parametrize(
    ("flags", "spread", "notional"),
    [
        ((), None, None),
        (("--spread", "0.0002"), "0.0002", "20000"),
        (("--depth", "500"), "0.0001", "500"),
        (("--spread", "0.0002", "--depth", "500"), "0.0002", "500"),
    ],
)
def test_order_books_are_switched_on_by_either_flag(
    flags: tuple[str, ...], spread: str | None, notional: str | None
) -> None:
    """Without them the market is without end."""
    depth = depth_of(_options(*flags))

    assert (depth and str(depth.spread), depth and str(depth.notional)) == (spread, notional)


@pytest.mark.parametrize(
    ("flags", "pace_ms", "pace"),
    [
        ((), 15_000, 1.0),
        (("--speed", "30"), 15_000, 0.5),
        (("--speed", "0.5"), 250, 0.5),
        (("--pace", "0.05"), 15_000, 0.05),
        (("--pace", "0"), 250, 0.0),
    ],
)
def test_speed_is_market_seconds_a_wall_second(flags: tuple[str, ...], pace_ms: int, pace: float) -> None:
    """By default a step of candles takes a second."""
    assert pace_of(_options(*flags), pace_ms=pace_ms) == pace


@pytest.mark.parametrize(
    ("flag", "value", "said"),
    [
        *[("--speed", value, f"{value} is no speed: write a number above 0") for value in ("0", "nan", "x", "1e-400")],
        *[("--spread", value, f"{value} is no spread: write a fraction") for value in ("0", "0.2", "inf", "2%")],
        *[("--depth", value, f"{value} is no depth: write the USDT") for value in ("0", "nan", "1e13", "much")],
        ("--hours", "0", "0 is no number of at least 1"),
        ("--pace", "-1", "-1 is no number of seconds"),
    ],
)
def test_a_wrong_value_is_refused(flag: str, value: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With flag, value and fix."""
    with pytest.raises(SystemExit):
        _options(f"{flag}={value}")

    assert f"argument {flag}: {said}" in capsys.readouterr().err


@recorded
def test_the_recorded_candles_have_their_funding() -> None:
    """Every symbol's, at the settlements of its own: of one of them every four hours."""
    market = market_of(_options("--data", str(RECORDED)))
    due: dict[str, int] = {}
    before = market.start_ms
    for step in range(0, market.steps, 60 * 4):
        market.go_to(step)
        for symbol in market.settles(since_ms=before):
            due[symbol] = due.get(symbol, 0) + 1
        before = market.now_ms

    assert len(due) >= 11
    assert due["ENA/USDT:USDT"] == 6
    assert due[BTC] == 3
