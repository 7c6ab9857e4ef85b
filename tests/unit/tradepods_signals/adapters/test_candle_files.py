"""Candles on disk: exact, one file a month, whole after a kill, and what can't be read costs itself only."""

import errno
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from support.build import BTC, NOON
from tradepods_core.errors import Invalid, Temporary
from tradepods_core.times import Timeframe, from_ms, to_ms
from tradepods_signals.adapters.candle_files import newest, place, read, write
from tradepods_signals.adapters.candle_folder import CandleFolder
from tradepods_signals.ports.market import Candle
from tradepods_simulator.exchange.recorded import load

ONE, HOUR = Timeframe.parse("1m"), Timeframe.parse("1h")
BEGIN = NOON - timedelta(days=2)  # 2025-05-31: a month ends in between
LONG = 3 * 24 * 60
WRITER = """
import sys
from pathlib import Path
from tradepods_core.times import Timeframe
from tradepods_signals.adapters.candle_files import write
from tradepods_signals.ports.market import Candle
begin, turn = int(sys.argv[2]), 0
while True:
    turn += 1
    rows = [Candle(begin + n * 60_000, 1.0, 2.0, 0.5, 1.5, float(turn)) for n in range(4_320)]
    write(Path(sys.argv[1]), "BTC/USDT:USDT", Timeframe(60), rows)
    print(turn, flush=True)
"""


def _candles(count: int, timeframe: Timeframe = ONE, *, since_ms: int = to_ms(BEGIN)) -> list[Candle]:
    length = timeframe.seconds * 1000
    return [Candle(since_ms + n * length, 1.1 + n, 2.2 + n, 0.1 + n, 1.7 + n, n / 7) for n in range(count)]


def _all(folder: Path, timeframe: Timeframe = ONE) -> Sequence[Candle]:
    return read(folder, BTC, timeframe, from_ms(0), NOON + timedelta(days=365))


def test_what_was_written_is_read(tmp_path: Path) -> None:
    """To the last bit, from one moment to before another, across files."""
    history = _candles(LONG)
    write(tmp_path, BTC, ONE, history)

    assert _all(tmp_path) == history
    assert read(tmp_path, BTC, ONE, from_ms(history[5].open_ms), from_ms(history[4_000].open_ms)) == history[5:4_000]
    assert newest(tmp_path, BTC, ONE) == history[-1]
    assert sorted(file.name for file in place(tmp_path, BTC, ONE).iterdir()) == ["2025-05.parquet", "2025-06.parquet"]


def test_a_folder_without_candles_holds_none(tmp_path: Path) -> None:
    """Nor one that is not there."""
    assert _all(tmp_path / "none") == []
    assert newest(tmp_path, BTC, ONE) is None


def test_long_timeframes_have_a_file_a_year(tmp_path: Path) -> None:
    """And other timeframes of the same symbol stand apart."""
    write(tmp_path, BTC, HOUR, _candles(48, HOUR, since_ms=to_ms(BEGIN.replace(month=1, day=1))))
    write(tmp_path, BTC, ONE, _candles(3))

    assert [file.name for file in place(tmp_path, BTC, HOUR).iterdir()] == ["2025.parquet"]
    assert (len(_all(tmp_path, HOUR)), len(_all(tmp_path))) == (48, 3)


@given(st.lists(st.lists(st.integers(0, 60), max_size=8), max_size=6))
def test_of_two_that_opened_at_once_the_one_written_last_counts(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[int]]
) -> None:
    """In whatever order and batches they are written."""
    folder, expected = tmp_path_factory.mktemp("candles"), dict[int, Candle]()
    for turn, batch in enumerate(batches):
        written = [Candle(to_ms(BEGIN) + n * 60_000, 1.0, 2.0, 0.5, 1.5, float(turn)) for n in batch]
        write(folder, BTC, ONE, written)
        expected.update({candle.open_ms: candle for candle in written})

    assert _all(folder) == [expected[opened] for opened in sorted(expected)]


def test_what_is_there_already_is_not_written_again(tmp_path: Path) -> None:
    """The file stays the one that it was."""
    write(tmp_path, BTC, HOUR, _candles(5, HOUR))
    (file,) = place(tmp_path, BTC, HOUR).iterdir()
    before = file.stat().st_ino
    write(tmp_path, BTC, HOUR, _candles(3, HOUR))
    assert file.stat().st_ino == before

    write(tmp_path, BTC, HOUR, _candles(6, HOUR))
    assert file.stat().st_ino != before


def test_the_simulator_replays_such_a_folder(tmp_path: Path) -> None:
    """As it replays single files."""
    write(tmp_path, BTC, ONE, [candle._replace(volume=1.5) for candle in _candles(LONG)])
    (found,) = load(tmp_path).items()

    assert (found[0], len(found[1].opens), found[1].start_ms) == ("BTCUSDT", LONG, to_ms(BEGIN))


@pytest.mark.parametrize("symbol", ["BTCUSDT", "../../etc/passwd", "BTC/USDT", "btc/usdt:usdt", "", "A/B:C/D"])
def test_a_symbol_that_names_no_file_is_refused(tmp_path: Path, symbol: str) -> None:
    """With what to write instead, and nothing is written."""
    with pytest.raises(Invalid, match="write it as BTC/USDT:USDT"):
        write(tmp_path, symbol, ONE, _candles(1))

    assert list(tmp_path.iterdir()) == []


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-20])


def _flip(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 4] ^= 0xFF
    file.write_bytes(data)


def _table(**changed: list[object]) -> Callable[[Path], None]:
    columns: dict[str, list[object]] = {"time": [to_ms(NOON) + n * 60_000 for n in range(3)]}
    columns |= {name: [1.0, 2.0, 3.0] for name in ("open", "high", "low", "close", "volume")}
    columns |= changed

    def replace(file: Path) -> None:
        table = pa.table({name: column for name, column in columns.items() if column})
        pq.write_table(table, file)

    return replace


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda file: file.write_bytes(b""), id="empty"),
        pytest.param(lambda file: file.write_bytes(b"PAR1 no parquet PAR1"), id="garbage"),
        pytest.param(_cut, id="torn"),
        pytest.param(_flip, id="a bit has flipped"),
        pytest.param(_table(volume=[]), id="a column is missing"),
        pytest.param(_table(open=["a", "b", "c"]), id="words for prices"),
        pytest.param(_table(close=[1.0, None, 1.0]), id="a price is missing"),
        pytest.param(_table(high=[1.0, float("nan"), 1.0]), id="a price is none"),
        pytest.param(_table(low=[1.0, 0.0, 1.0]), id="a price of zero"),
        pytest.param(_table(time=[to_ms(NOON)] * 3), id="one moment thrice"),
        pytest.param(_table(time=[to_ms(NOON) + n * 1_000 for n in range(3)]), id="seconds"),
        pytest.param(_table(time=[to_ms(NOON) + n * 86_400_000 * 40 for n in range(3)]), id="other months"),
        pytest.param(_table(time=[None, 1, 2]), id="no moment"),
        pytest.param(_table(open=[{"a": 1}] * 3), id="a table for a price"),
    ],
)
def test_a_file_that_holds_no_candles_is_set_aside(tmp_path: Path, spoil: Callable[[Path], object]) -> None:
    """With a warning; other files are read, and its place is written anew."""
    history = _candles(LONG)
    write(tmp_path, BTC, ONE, history)
    file = place(tmp_path, BTC, ONE) / "2025-06.parquet"
    spoil(file)
    with capture_logs() as logs:
        found = _all(tmp_path)

    assert found == [candle for candle in history if candle.open_ms < to_ms(NOON.replace(day=1, hour=0))]
    assert [(entry["event"], entry["file"]) for entry in logs] == [("candles_set_aside", str(file))]
    assert [one.name for one in file.parent.iterdir() if one.name.startswith("_")] == ["_unreadable-2025-06.parquet"]
    write(tmp_path, BTC, ONE, history)
    assert _all(tmp_path) == history


def test_what_a_kill_left_half_written_is_no_candle_file(tmp_path: Path) -> None:
    """The next writer writes over it."""
    write(tmp_path, BTC, ONE, _candles(3))
    beside = place(tmp_path, BTC, ONE) / ".2025-05.parquet"
    beside.write_bytes(b"half")
    with capture_logs() as logs:
        write(tmp_path, BTC, ONE, _candles(5))

    assert (_all(tmp_path), logs) == (_candles(5), [])
    assert not beside.exists()


def test_a_writer_that_is_killed_leaves_whole_files(tmp_path: Path) -> None:
    """At whatever moment: each file is of one turn, and nothing is set aside."""
    for turn in range(4):
        command = [sys.executable, "-c", WRITER, str(tmp_path), str(to_ms(BEGIN))]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            time.sleep(turn * 0.007)  # not to wait for anything: the kill is to come at any moment
            writer.send_signal(signal.SIGKILL)
        with capture_logs() as logs:
            found = _all(tmp_path)

        assert (len(found), logs) == (LONG, [])
        for month in (5, 6):
            volumes = {candle.volume for candle in found if from_ms(candle.open_ms).month == month}
            assert len(volumes) == 1


def test_two_writers_lose_nothing_of_each_other(tmp_path: Path) -> None:
    """They write the same files, one after the other."""
    history = _candles(60)

    def each(part: int) -> None:
        for candle in history[part::3]:
            write(tmp_path, BTC, ONE, [candle])

    writers = [threading.Thread(target=each, args=(part,)) for part in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    assert _all(tmp_path) == history


async def test_a_full_disk_is_said_and_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may be tried again later."""
    folder = CandleFolder(tmp_path)
    await folder.write((BTC, ONE), _candles(3))

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(Temporary, match="No space left on device"):
            await folder.write((BTC, ONE), _candles(5))

    assert list(await folder.read((BTC, ONE), BEGIN, NOON)) == _candles(3)
    await folder.write((BTC, ONE), _candles(5))
    assert list(await folder.read((BTC, ONE), BEGIN, NOON)) == _candles(5)
