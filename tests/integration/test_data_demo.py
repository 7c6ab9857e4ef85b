"""What was downloaded is what the demo replays: from one exchange into another, candle by candle."""

import json
import time
from pathlib import Path

import pytest

from support.candle_exchange import data
from support.candle_history import BOB
from support.day import command
from support.servers import listen
from tradepods_core.times import from_ms, written
from tradepods_simulator.exchange import recorded, synthetic
from tradepods_simulator.exchange.app import make_app, make_exchange
from tradepods_simulator.exchange.candles import MINUTE_MS
from tradepods_simulator.exchange.market import ReplayedMarket, Window

pytestmark = pytest.mark.timeout(300)
DAYS = 10


async def test_the_demo_replays_what_was_downloaded(tmp_path: Path) -> None:
    """Of three contracts, over the end of a month; the exchange reads the same candles that another one served."""
    history = synthetic.generate(seed=5, minutes=DAYS * 24 * 60)
    history = dict(list(history.items())[:3])
    first = next(iter(history.values()))
    window = Window(start_ms=first.end_ms - MINUTE_MS, end_ms=first.end_ms)
    venue = make_exchange(ReplayedMarket(history, window), [BOB], wall_ms=lambda: time.time_ns() // 1_000_000)
    runner, url = await listen(make_app(venue, participants={"nobody"}, pace=1.0))
    until = written(from_ms(first.end_ms - MINUTE_MS))
    where = ("--from", written(from_ms(first.start_ms)), "--to", until, "--output", str(tmp_path / "candles"))
    done = await data("download", *history, *where, "--url", url)
    await runner.cleanup()

    assert (done.code, done.err) == (0, "")
    read = recorded.load(tmp_path / "candles")
    assert {name: series.closes for name, series in read.items()} == {
        name: series.closes[:-1] for name, series in history.items()
    }
    shown = command("--data", str(tmp_path / "candles"), "--hours", "3", "--output", str(tmp_path / "out"))
    assert shown.returncode == 0, shown.stdout + shown.stderr
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert (report["market"]["symbols"], report["market"]["source"], report["broken"]) == (3, "recorded", [])
