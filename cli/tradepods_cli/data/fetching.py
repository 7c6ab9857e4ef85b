"""Fetches what a folder does not hold yet. It may be ended at any moment: what was written stays, and is whole."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from tradepods_cli.data.spans import Span, missing
from tradepods_core.errors import Temporary
from tradepods_core.shapes import Symbol
from tradepods_core.times import from_ms
from tradepods_signals.adapters import candle_files
from tradepods_signals.ports import Sleep
from tradepods_signals.ports.market import Candle, MarketData

PAGE = 499  # candles a request: of a venue's weight, most candles come by as many
LEAST = 2  # candles of a page that say anything: the last of them may still form
BATCH = 10_000  # candles until they are written: what a kill may cost
TRIES = 7  # of one question, before a person is told to try later
LONGEST_PAUSE = 30.0  # seconds between two tries, where the venue does not say how long
LONGEST_REASON = 160  # characters
LONGEST_WAIT = 600.0  # seconds that a venue may tell us to wait
UNREADABLE = (ValueError, TypeError, KeyError, IndexError, AttributeError, ArithmeticError)  # ccxt reads as it comes
Answer = TypeVar("Answer")
Say = Callable[[str], None]


class Progress(Protocol):
    """Hears how far a download is."""

    def moved(self, wanted: "Wanted", candles: int) -> None:
        """So many more of its candles are there, or known to be missing at the venue."""
        ...

    def ended(self, wanted: "Wanted") -> None:
        """The venue has no more of them."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One series of candles."""

    symbol: Symbol
    span: Span

    def __str__(self) -> str:
        """As a person calls it."""
        return f"{self.symbol} {self.span.timeframe}"


class Patience:
    """Asks again what was not answered.

    Args:
        refused: for how many seconds the venue refuses us from now on; 0 where it doesn't.
        say: tells the person what is waited for.

    """

    def __init__(self, *, refused: Callable[[], float], say: Say, sleep: Sleep) -> None:
        self._refused, self._say, self._sleep = refused, say, sleep

    async def ask(self, question: Callable[[], Awaitable[Answer]]) -> Answer:
        """The answer, after as many tries as it takes; waits as long as the venue says.

        Raises Temporary after the last try, and at once where the venue refuses us for longer than anybody waits.
        """
        tried = 0
        while True:
            try:
                return await question()
            except UNREADABLE as error:
                why = f"the exchange answers what can't be read ({type(error).__name__})"
            except Temporary as error:
                why = _first_words(error)
            if refused := self._refused():
                why = "the exchange's rate limit"
            pause = refused or min(2.0**tried, LONGEST_PAUSE)
            tried += 1
            if pause > LONGEST_WAIT or tried == TRIES:
                raise Temporary(f"{why}; what was fetched is kept: try again in {pause:.0f} s")
            self._say(f"{why}; trying again in {pause:.0f} s")
            await self._sleep(pause)


def _first_words(error: Temporary) -> str:
    """In a line: ccxt passes on whole pages."""
    return " ".join(str(error).split())[:LONGEST_REASON]


class Download:
    """Series by series, month by month; a question at a time, at the pace that the feed keeps."""

    def __init__(self, *, feed: MarketData, folder: Path, progress: Progress, patience: Patience) -> None:
        self._feed, self._folder, self._progress, self._patience = feed, folder, progress, patience

    async def run(self, wanted: Wanted) -> None:
        """Raises Temporary where the venue does not answer, or the disk does not take it."""
        for month in wanted.span.months():
            since, until = from_ms(month.since_ms), from_ms(month.until_ms)
            held = candle_files.read(self._folder, wanted.symbol, month.timeframe, since, until)
            self._progress.moved(wanted, len(held))
            for hole in missing((candle.open_ms for candle in held), month):
                if not await self._fill(wanted, hole):
                    self._progress.ended(wanted)
                    return

    async def _fill(self, wanted: Wanted, hole: Span) -> bool:
        """Its candles. The newest that the venue has may still form: it is left for later.

        Returns whether the venue has more, later ones.
        """
        batch: list[Candle] = []
        at = hole.since_ms
        try:
            while at < hole.until_ms:
                page = await self._page(wanted, at, shown=at > hole.since_ms)
                if len(page) < LEAST:
                    return False
                batch += [candle for candle in page[:-1] if candle.open_ms < hole.until_ms]
                reached = min(page[-1].open_ms, hole.until_ms)
                if len(batch) >= BATCH:
                    self._write(wanted, batch)
                    batch = []
                self._progress.moved(wanted, (reached - at) // hole.length_ms)
                at = reached
        finally:
            if batch:
                self._write(wanted, batch)
        return True

    async def _page(self, wanted: Wanted, since_ms: int, *, shown: bool) -> Sequence[Candle]:
        """Candles from a moment on; `shown` says that the venue has shown the one of that moment already.

        That there are none at all is believed when it is said twice: an empty answer may be a broken one.
        """
        timeframe, said_none = wanted.span.timeframe, 0

        async def question() -> Sequence[Candle]:
            nonlocal said_none
            found = await self._feed.candles(wanted.symbol, timeframe, since=from_ms(since_ms), count=PAGE)
            _check(found, since_ms=since_ms, length_ms=wanted.span.length_ms)
            if not found:
                said_none += 1
            if (not found and said_none == 1) or (shown and (not found or found[0].open_ms != since_ms)):
                raise ValueError("candles that were shown before are gone")
            return found

        return await self._patience.ask(question)

    def _write(self, wanted: Wanted, candles: Sequence[Candle]) -> None:
        candle_files.write(self._folder, wanted.symbol, wanted.span.timeframe, candles)


def _check(candles: Sequence[Candle], *, since_ms: int, length_ms: int) -> None:
    """Raise ValueError where a venue's rows are no candles in their order."""
    before = since_ms - 1
    for candle in candles:
        if candle.open_ms <= before or candle.open_ms % length_ms:
            raise ValueError(f"a candle of {candle.open_ms} ms after {before} ms")
        highest, lowest = max(candle.opened, candle.close), min(candle.opened, candle.close)
        if not 0 < candle.low <= lowest <= highest <= candle.high < float("inf") or not 0 <= candle.volume < float(
            "inf"
        ):
            raise ValueError(f"the candle of {candle.open_ms} ms has a price or volume that is none")
        before = candle.open_ms
