"""The windows that all plans together need, and how they are brought up to a close: by stream, else by request."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

import structlog

from tradepods_core.shapes import Symbol
from tradepods_core.times import Timeframe, to_ms, written
from tradepods_signals.engine.candle_gaps import Gaps
from tradepods_signals.engine.candle_reader import CandleReader
from tradepods_signals.engine.heard import Heard
from tradepods_signals.engine.values import Windows
from tradepods_signals.engine.windows import Window
from tradepods_signals.metrics import Metrics
from tradepods_signals.ports import Sleep
from tradepods_signals.ports.market import Series

ATTEMPTS = 4  # a candle that is not there yet is asked for so often
PATIENCE = 0.4  # seconds between attempts
ASK_AGAIN = 5.0  # seconds before history that was not answered is asked for again
ASIDE = 4  # series whose history is read by the way at once: half of what the reader asks, a cycle's own find room
SAID_EACH = 20  # series that are still waiting for their history: how far it is is said at each so many
GLANCE, GLANCES = 0.02, 30  # seconds between looks for what a stream is about to tell, and how many there are
# Together three pauses and all glances stay within a cycle's two seconds.
log = structlog.get_logger()
Follow = Callable[[Collection[Series]], None]


class _Due(NamedTuple):
    """A window, and the close that it is to reach."""

    series: Series
    window: Window
    until: datetime

    @property
    def done(self) -> bool:
        """Whether it has."""
        return self.window.close is not None and self.window.close >= self.until


class CandleStore:
    """Closed candles by timeframe and symbol.

    A candle that a stream has told is taken without a request; what it hasn't told by the time of a cycle is requested.
    `follow` says to the stream what is needed; without one, everything is requested.
    """

    def __init__(
        self,
        *,
        reader: CandleReader,
        metrics: Metrics,
        sleep: Sleep,
        heard: Heard | None = None,
        follow: Follow | None = None,
    ) -> None:
        self._reader, self._metrics, self._sleep = reader, metrics, sleep
        self._heard, self._follow = heard or Heard(), follow
        self._gaps = Gaps(metrics)
        self._windows: dict[Timeframe, dict[Symbol, Window]] = {}
        self._cold: dict[Series, Window] = {}  # their history is being read
        self._warming: asyncio.Task[None] | None = None

    @property
    def windows(self) -> Windows:
        """Every window."""
        return self._windows

    @property
    def symbols(self) -> frozenset[Symbol]:
        """Every symbol of which there is a window."""
        return frozenset(symbol for windows in self._windows.values() for symbol in windows)

    def each(self) -> list[tuple[Series, Window]]:
        """Every window, and what it is of."""
        return [((symbol, tf), window) for tf, windows in self._windows.items() for symbol, window in windows.items()]

    def fit(self, needed: Mapping[Timeframe, Mapping[Symbol, int]], *, aside: datetime | None = None) -> None:
        """Keep the windows that are long enough, begin those that aren't, let go of those that nobody needs.

        With `aside` their history is read up to then by the way, and nobody waits for it: until it
        is there a shorter window goes on in its place, and a symbol that has none is late.
        """
        self._windows = {
            timeframe: {symbol: self._fitting((symbol, timeframe), count, aside) for symbol, count in symbols.items()}
            for timeframe, symbols in needed.items()
        }
        series = [one for one, _ in self.each()]
        self._cold = {one: window for one, window in self._cold.items() if one in set(series)}
        self._gaps.only(series)
        self._heard.only(series)
        if self._follow is not None:
            self._follow(series)
        if aside is not None:
            self._begin_warming(aside)

    def set_aside(self, close: datetime) -> int:
        """What is not there by this close is read by the way, too; until then its symbols are late.

        Returns how many series that are.
        """
        self._cold |= {one.series: one.window for one in self._due(self._windows, close) if not one.done}
        self._begin_warming(close)
        return len(self._cold)

    def _begin_warming(self, close: datetime) -> None:
        if self._cold and (self._warming is None or self._warming.done()):
            self._warming = asyncio.create_task(self._warm(close))

    def _fitting(self, series: Series, count: int, aside: datetime | None) -> Window:
        symbol, timeframe = series
        held = self._windows.get(timeframe, {}).get(symbol)
        if held is not None and held.keep >= count:
            return held
        window = self._cold.pop(series, None)
        if window is None or window.keep < count:
            window = Window(timeframe, count)
        if aside is None:
            return window
        self._cold[series] = window
        return window if held is None else held

    async def _warm(self, close: datetime) -> None:
        """A few at a time, in their order; without an answer the old window goes on."""
        while self._cold:
            waiting = iter(tuple(self._cold.items()))
            await asyncio.gather(*(self._warm_each(waiting, close) for _ in range(ASIDE)))

    async def _warm_each(self, waiting: Iterator[tuple[Series, Window]], close: datetime) -> None:
        """One after the other of those that nobody else has taken."""
        for series, window in waiting:
            if self._cold.get(series) is not window:
                continue
            if not await self._reader.extend(series, window, series[1].last_close(close)):
                await self._sleep(ASK_AGAIN)
            elif self._cold.get(series) is window:
                del self._cold[series]
                self._windows[series[1]][series[0]] = window
                if len(self._cold) % SAID_EACH == 0:
                    log.info("warming", waiting=len(self._cold))

    async def read(
        self,
        timeframes: Iterable[Timeframe],
        close: datetime,
        *,
        attempts: int = ATTEMPTS,
        within: float | None = None,
    ) -> None:
        """Bring windows up to their last close by then; what isn't there after some attempts stays late.

        So does what isn't there `within` these seconds of wall time, however many questions are still open.
        """
        due = self._due(timeframes, close)
        try:
            async with asyncio.timeout(within):
                await self._bring(due, attempts)
        except TimeoutError:
            late = [one.series[0] for one in due if not one.done]
            log.warning("candles_not_waited_for", close=written(close), seconds=within, symbols=late)
        for one in due:
            if one.done:
                self._gaps.whole(one.series, one.until)

    async def _bring(self, due: Collection[_Due], attempts: int) -> None:
        """By stream, then by request."""
        await self._listen(due, glances=GLANCES if attempts > 1 else 0)
        self._name_gaps(due)
        for attempt in range(attempts):
            behind = [one for one in due if not one.done and not (attempt and self._gaps.is_lost(one.series))]
            if not behind:
                break
            if attempt:
                await self._sleep(PATIENCE)
            await asyncio.gather(*(self._reader.extend(*one) for one in behind))

    def late(self, timeframes: Iterable[Timeframe], close: datetime) -> list[Series]:
        """What is not there by its last close."""
        return [one.series for one in self._due(timeframes, close) if not one.done]

    def give_up(self, timeframes: Iterable[Timeframe], close: datetime) -> None:
        """What is late now is asked for no more; at the next close there is one question, not several."""
        self._gaps.give_up(self.late(timeframes, close), close)

    def _due(self, timeframes: Iterable[Timeframe], close: datetime) -> list[_Due]:
        return [
            _Due((symbol, timeframe), window, timeframe.last_close(close))
            for timeframe in timeframes
            for symbol, window in self._windows[timeframe].items()
            if self._cold.get((symbol, timeframe)) is not window
        ]

    async def _listen(self, due: Collection[_Due], *, glances: int) -> None:
        """Take what the stream has told; wait a moment for what it is about to tell."""
        self._take(due)
        for _ in range(glances):
            if not any(self._heard.expects(one.series) for one in due if not one.done):
                return
            await self._sleep(GLANCE)
            self._take(due)
        for one in due:
            if glances and not one.done:
                self._heard.give_up(one.series)

    def _take(self, due: Iterable[_Due]) -> None:
        for one in due:
            if not one.done:
                count = self._heard.take(one.series, one.window, until_ms=to_ms(one.until))
                self._metrics.candles.labels("stream").inc(count)

    def _name_gaps(self, due: Iterable[_Due]) -> None:
        """Of a stream every candle that wasn't told is one; by request one is due at each close, and more are a gap."""
        self._gaps.behind(
            (one.series, one.window.close, one.until)
            for one in due
            if not one.done
            if self._heard.knows(one.series) or one.window.close != one.until - one.window.timeframe.length
        )
