"""Marks in, cycles out: at each close of a timeframe the candles are read, the cycle is computed and published."""

import asyncio
import time
from collections.abc import Iterable, Mapping
from datetime import datetime

import structlog

from tradepods_core.errors import TradepodsError
from tradepods_core.shapes import Symbol
from tradepods_core.times import Timeframe
from tradepods_core.wire.cycle import Cycle
from tradepods_core.wire.stream import Marks, Ping
from tradepods_signals.engine.compute import Moment, compute
from tradepods_signals.engine.hub import Hub
from tradepods_signals.engine.plan import TimeframePlan
from tradepods_signals.engine.windows import Window
from tradepods_signals.metrics import Metrics
from tradepods_signals.ports import MarketData, MarksSeen, Sleep

PAGE = 1_000  # candles in one request
SIDE_BY_SIDE = 8  # requests under way at once
ATTEMPTS = 4  # a candle that is not there yet is asked for so often
PATIENCE = 0.4  # seconds between attempts: four of them stay within a cycle's two seconds
SLOW = 1.5  # seconds of computing after which it warns
log = structlog.get_logger()


class Conductor:
    """Windows of every planned symbol, and what has been published of each timeframe."""

    def __init__(
        self, *, data: MarketData, plans: Mapping[Timeframe, TimeframePlan], hub: Hub, metrics: Metrics, sleep: Sleep
    ) -> None:
        self._data = data
        self._plans = plans
        self._hub = hub
        self._metrics = metrics
        self._sleep = sleep
        self._done: dict[Timeframe, datetime] = {}
        self._busy = asyncio.Semaphore(SIDE_BY_SIDE)
        self._windows = {
            timeframe: {symbol: Window(timeframe, plan.candles) for symbol in plan.universe}
            for timeframe, plan in plans.items()
        }
        self._watched = frozenset(symbol for plan in plans.values() for symbol in plan.universe)

    @property
    def watched(self) -> frozenset[Symbol]:
        """Every symbol that a strategy looks at."""
        return self._watched

    async def warm_up(self, *, now: datetime) -> None:
        """Read the history that indicators need. The candle that closes next gives the first cycle."""
        for timeframe in self._plans:
            close = timeframe.last_close(now)
            self._done[timeframe] = close
            await self._read(timeframe, close)
            await log.ainfo("warm", timeframe=str(timeframe), symbols=len(self._windows[timeframe]))

    async def hear(self, seen: MarksSeen) -> None:
        """Publish the marks, and every cycle whose candle they show to be closed."""
        marks = {symbol: price for symbol, price in seen.marks.items() if symbol in self._watched}
        self._hub.marks(Marks(at=seen.at, marks=marks, step=seen.step))
        for timeframe in self._plans:
            close = timeframe.last_close(seen.at)
            if close > self._done[timeframe]:
                self._done[timeframe] = close
                await self._cycle(timeframe, Moment(close=close, published_at=seen.at, step=seen.step))
        self._hub.ping(Ping(at=seen.at, step=seen.step))

    async def _cycle(self, timeframe: Timeframe, moment: Moment) -> None:
        await self._read(timeframe, moment.close)
        begun = time.perf_counter()
        cycle = compute(self._windows[timeframe], plan=self._plans[timeframe], moment=moment)
        self._hub.cycle(cycle)
        self._measure(cycle, time.perf_counter() - begun)

    def _measure(self, cycle: Cycle, seconds: float) -> None:
        self._metrics.compute.add(seconds)
        self._metrics.cycles.labels(cycle.timeframe).inc()
        self._metrics.signals.inc(len(cycle.signals))
        self._metrics.absent.inc(len(cycle.late) + len(cycle.missing))
        self._metrics.subscribers.set(self._hub.subscribers)
        self._metrics.last_close.set(cycle.close.timestamp())
        warn = log.warning if seconds > SLOW or cycle.late or cycle.missing else log.info
        warn(
            "cycle",
            id=cycle.id,
            signals=len(cycle.signals),
            late=cycle.late,
            missing=cycle.missing,
            milliseconds=round(seconds * 1000, 1),
        )

    async def _read(self, timeframe: Timeframe, close: datetime) -> None:
        """Bring every window up to this close; what isn't there after some attempts stays late."""
        windows = self._windows[timeframe]
        behind: Iterable[Symbol] = windows
        for attempt in range(ATTEMPTS):
            if attempt:
                await self._sleep(PATIENCE)
            await asyncio.gather(*(self._extend(symbol, windows[symbol], close) for symbol in behind))
            behind = [symbol for symbol in windows if windows[symbol].close != close]
            if not behind:
                return

    async def _extend(self, symbol: Symbol, window: Window, close: datetime) -> None:
        """One symbol's missing candles, page by page; a venue that doesn't answer leaves them missing."""
        window.drop_if_torn()
        length = window.timeframe.length
        since = max(window.close or close - length * window.keep, close - length * window.keep)
        async with self._busy:
            while since < close:
                count = min((close - since) // length + 1, PAGE)
                try:
                    candles = await self._data.candles(symbol, window.timeframe, since=since, count=count)
                except TradepodsError as error:  # one bad symbol costs that symbol only
                    log.warning("candles_unread", symbol=symbol, error=str(error))
                    return
                self._metrics.requests.inc()
                window.extend(candles, until=close)
                if not candles or window.close is None or window.close <= since:
                    return
                since = window.close
