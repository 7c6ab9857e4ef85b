"""A download from memory: gaps of the venue, nonsense that it says, and how long anybody waits."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from support.build import BTC, FIVE, NOON, market
from support.candle_history import flat
from tradepods_cli.data.fetching import TRIES, Download, Patience, Wanted
from tradepods_cli.data.kept import examine
from tradepods_cli.data.spans import Span
from tradepods_cli.main import app
from tradepods_core.errors import Permanent, Temporary
from tradepods_core.times import to_ms
from tradepods_signals.adapters.candle_files import read
from tradepods_signals.adapters.feed_memory import MemoryFeed
from tradepods_signals.ports.market import Candle

LENGTH = FIVE.seconds * 1000
FIRST = to_ms(NOON)
COUNT = 12_000  # over the end of a month, and more than one batch
ALL = [Candle(FIRST + n * LENGTH, *row) for n, row in enumerate(flat(*[100.0 + n % 9 for n in range(COUNT)]))]
WANTED = Wanted(symbol=BTC, span=Span(since_ms=FIRST, until_ms=FIRST + (COUNT - 1) * LENGTH, timeframe=FIVE))


class Waited:
    """Hears what is said, and sleeps at once."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.slept: list[float] = []
        self.done = 0
        self.refused = 0.0

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def moved(self, _wanted: Wanted, candles: int) -> None:
        self.done += candles

    def ended(self, wanted: Wanted) -> None:
        self.done = wanted.span.count

    @property
    def patience(self) -> Patience:
        return Patience(refused=lambda: self.refused, say=self.said.append, sleep=self.sleep)


@pytest.fixture
def waited() -> Waited:
    """Nobody has waited yet."""
    return Waited()


def _feed(candles: Sequence[Candle]) -> MemoryFeed:
    return MemoryFeed(markets={BTC: market(BTC)}, history={(BTC, FIVE): candles})


async def _run(feed: MemoryFeed, folder: Path, waited: Waited) -> None:
    await Download(feed=feed, folder=folder, progress=waited, patience=waited.patience).run(WANTED)


async def test_a_gap_of_the_venue_is_named_and_filled_once_it_can_be(tmp_path: Path, waited: Waited) -> None:
    """In the middle, over the end of a month; `data list` ends with 1 as long as it is there."""
    month = next(WANTED.span.months()).count
    gap = range(month - 10, month + 20)
    await _run(_feed([candle for n, candle in enumerate(ALL) if n not in gap]), tmp_path, waited)
    found = examine(tmp_path, BTC, FIVE)
    listed = CliRunner().invoke(app, ["data", "list", str(tmp_path)], env={"COLUMNS": "160"})

    assert waited.done == WANTED.span.count
    assert [(at.since_ms, at.count) for at in found.gaps] == [(FIRST + gap.start * LENGTH, len(gap))]
    assert listed.exit_code == 1
    assert f"{BTC} 5m: {found.gaps[0]}: 30 missing" in listed.output

    feed = _feed(ALL)
    await _run(feed, tmp_path, waited)
    assert feed.asked == 2, "one for each month's part of the gap"
    assert examine(tmp_path, BTC, FIVE).gaps == ()
    assert read(tmp_path, BTC, FIVE, NOON, NOON + timedelta(days=99)) == ALL[:-1]
    assert CliRunner().invoke(app, ["data", "list", str(tmp_path)]).exit_code == 0


@pytest.mark.parametrize(
    "row",
    {
        "not its time": Candle(FIRST + 1, 1, 1, 1, 1, 1),
        "no price": Candle(FIRST, 0, 1, 0, 1, 1),
        "no number": Candle(FIRST, 1, float("nan"), 1, 1, 1),
        "without end": Candle(FIRST, 1, float("inf"), 1, 1, 1),
        "low above high": Candle(FIRST, 1, 1, 2, 1, 1),
        "negative volume": Candle(FIRST, 1, 1, 1, 1, -1),
    }.values(),
)
async def test_nonsense_is_never_written(tmp_path: Path, waited: Waited, row: Candle) -> None:
    """It is asked again some times, then the person is told; not one candle of that answer counts."""
    with pytest.raises(Temporary, match="can't be read"):
        await _run(_feed([row, *ALL[1:]]), tmp_path, waited)

    assert len(waited.slept) == TRIES - 1
    assert not any(tmp_path.rglob("*.parquet/*"))


async def test_an_answer_without_candles_is_not_believed_at_once(tmp_path: Path, waited: Waited) -> None:
    """It may be a broken one; said twice, there are none."""
    feed = _feed([])
    await _run(feed, tmp_path, waited)

    assert feed.asked == 2
    assert (examine(tmp_path, BTC, FIVE).candles, waited.done) == (0, WANTED.span.count)


def _failing(times: int, error: Exception) -> Callable[[], Awaitable[str]]:
    left = [error] * times

    async def question() -> str:
        if left:
            raise left.pop()
        return "answer"

    return question


async def test_pauses_grow_and_end(waited: Waited) -> None:
    """Away for a minute: gone on with; for longer: said in a line, with how to go on."""
    assert await waited.patience.ask(_failing(TRIES - 1, Temporary("away"))) == "answer"
    assert waited.slept == [1, 2, 4, 8, 16, 30]
    assert waited.said[0] == "away; trying again in 1 s"

    with pytest.raises(Temporary, match="away; what was fetched is kept: try again in 30 s"):
        await waited.patience.ask(_failing(TRIES, Temporary("away")))


async def test_a_refusal_is_waited_for_as_long_as_it_lasts(waited: Waited) -> None:
    """Unless nobody would."""
    waited.refused = 61.0
    assert await waited.patience.ask(_failing(1, Temporary("a page\n" * 999))) == "answer"
    assert waited.slept == [61]
    assert waited.said == ["the exchange's rate limit; trying again in 61 s"]

    waited.refused = 601.0
    with pytest.raises(Temporary, match="try again in 601 s"):
        await waited.patience.ask(_failing(1, Temporary("x")))


async def test_what_will_fail_again_is_not_tried_again(waited: Waited) -> None:
    """A contract that the venue refuses."""
    with pytest.raises(Permanent):
        await waited.patience.ask(_failing(1, Permanent("BadSymbol")))

    assert waited.slept == []


@pytest.mark.parametrize(
    ("name", "told", "code"), [("none", "is not a folder with candles", 1), ("", "holds no candles", 0)]
)
def test_a_folder_without_candles_is_said_so(tmp_path: Path, name: str, told: str, code: int) -> None:
    """In a line."""
    (tmp_path / "notes.txt").write_text("x")
    done = CliRunner().invoke(app, ["data", "list", str(tmp_path / name)], env={"COLUMNS": "200"})

    assert (done.exit_code, len(done.output.splitlines())) == (code, 1)
    assert told in done.output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--from", "2025-06-01"], "SYMBOL: name contracts"),
        (["BTCUSDT", "--from", "soon"], "--from is soon: write a date"),
        (["BTCUSDT", "--from", "2025-06-01", "--timeframe", "7m"], "--timeframe is 7m: the exchange has"),
        (["BTCUSDT", "--from", "2025-06-01", "--exchange", "mtgox"], "exchange mtgox is not supported"),
    ],
)
def test_what_can_not_be_is_refused_before_anything_is_asked(tmp_path: Path, arguments: list[str], told: str) -> None:
    """No folder is made."""
    done = CliRunner().invoke(app, ["data", "download", *arguments, "--output", str(tmp_path / "out")])

    assert done.exit_code in (1, 2)
    assert told in done.output
    assert not (tmp_path / "out").exists()
