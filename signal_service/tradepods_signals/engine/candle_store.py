"""The windows that all plans together need, and how they are brought up to a close."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime

import structlog

from tradepods_core.errors import TradepodsError
from tradepods_core.shapes import Symbol
from tradepods_core.times import Timeframe
from tradepods_signals.engine.values import Windows
from tradepods_signals.engine.windows import Window
from tradepods_signals.metrics import Metrics
from tradepods_signals.ports import MarketData, Sleep

PAGE = 1_000  # candles in one request
SIDE_BY_SIDE = 8  # requests under way at once
ATTEMPTS = 4  # a candle that is not there yet is asked for so often
PATIENCE = 0.4  # seconds between attempts: four of them stay within a cycle's two seconds
log = structlog.get_logger()


class CandleStore:
    """Closed candles by timeframe and symbol."""

    def __init__(self, *, data: MarketData, metrics: Metrics, sleep: Sleep) -> None:
        self._data, self._metrics, self._sleep = data, metrics, sleep
        self._busy = asyncio.Semaphore(SIDE_BY_SIDE)
        self._windows: dict[Timeframe, dict[Symbol, Window]] = {}

    @property
    def windows(self) -> Windows:
        """Every window."""
        return self._windows

    @property
    def symbols(self) -> frozenset[Symbol]:
        """Every symbol of which there is a window."""
        return frozenset(symbol for windows in self._windows.values() for symbol in windows)

    def fit(self, needed: Mapping[Timeframe, Mapping[Symbol, int]]) -> None:
        """Keep the windows that are long enough, begin those that aren't, let go of those that nobody needs."""
        self._windows = {
            timeframe: {symbol: self._fitting(timeframe, symbol, count) for symbol, count in symbols.items()}
            for timeframe, symbols in needed.items()
        }

    def _fitting(self, timeframe: Timeframe, symbol: Symbol, count: int) -> Window:
        held = self._windows.get(timeframe, {}).get(symbol)
        return held if held is not None and held.keep >= count else Window(timeframe, count)

    async def read(self, timeframes: Iterable[Timeframe], close: datetime, *, attempts: int = ATTEMPTS) -> None:
        """Bring windows up to their last close by then; what isn't there after some attempts stays late."""
        chosen = tuple(timeframes)
        for attempt in range(attempts):
            behind = [
                (symbol, window, timeframe.last_close(close))
                for timeframe in chosen
                for symbol, window in self._windows[timeframe].items()
                if window.close != timeframe.last_close(close)
            ]
            if not behind:
                return
            if attempt:
                await self._sleep(PATIENCE)
            await asyncio.gather(*(self._extend(symbol, window, until) for symbol, window, until in behind))

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
