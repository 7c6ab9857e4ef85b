"""Candles that no stream has told: from disk where they were kept, else by request, compared with what is held."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from tradepods_core.errors import TradepodsError
from tradepods_core.times import to_ms
from tradepods_signals.engine.windows import Window
from tradepods_signals.metrics import Metrics
from tradepods_signals.ports.market import Candle, MarketData, Series

PAGE = 499  # candles in one request: of a venue's weight, most candles come by as many
SIDE_BY_SIDE = 8  # requests under way at once
OWN_GAP = timedelta(hours=1)  # market time after which a gap that is in the venue's record, too, is looked into again
log = structlog.get_logger()


class Shelf(Protocol):
    """Keeps candles beyond the process."""

    async def read(self, series: Series, since: datetime, until: datetime) -> Sequence[Candle]:
        """Those that opened from `since` to before `until`; raises TradepodsError."""
        ...

    async def write(self, series: Series, candles: Sequence[Candle]) -> None:
        """Keep these too; raises TradepodsError."""
        ...


class CandleReader:
    """What the venue answers is the record: what a stream told, or a disk kept, gives way to it."""

    def __init__(self, *, data: MarketData, metrics: Metrics, shelf: Shelf | None = None) -> None:
        self._data, self._metrics, self._shelf = data, metrics, shelf
        self._busy = asyncio.Semaphore(SIDE_BY_SIDE)

    async def extend(self, series: Series, window: Window, close: datetime) -> bool:
        """Read one window's missing candles up to this close; a venue that doesn't answer leaves them missing.

        Returns whether it answered.
        """
        _mend(window, close)
        async with self._busy:
            try:
                if window.close is None:
                    await self._restore(series, window, close)
                await self._request(series, window, close)
            except TradepodsError as error:  # one bad symbol costs that symbol only
                log.warning("candles_unread", symbol=series[0], error=str(error))
                return False
        return True

    async def check(self, series: Series, window: Window) -> None:
        """Compare what a stream told with the record; raises TradepodsError where it can't be read."""
        since, until = window.sure_until, window.close
        if since is None or until is None or since == until:
            return
        async with self._busy:
            record = await self._asked(series, since, min((until - since) // series[1].length, PAGE))
        if not self._agrees(series, window, record):
            window.clear()

    async def _restore(self, series: Series, window: Window, close: datetime) -> None:
        """Take what is on disk where it reaches back to the first candle that is needed, up to the first gap in it."""
        if self._shelf is None:
            return
        begin, length = close - series[1].length * window.keep, series[1].seconds * 1000
        found = await self._shelf.read(series, begin, close)
        whole = [one for number, one in enumerate(found) if one.open_ms == to_ms(begin) + number * length]
        window.restore(whole, until=close)
        self._metrics.candles.labels("disk").inc(len(whole))

    async def _request(self, series: Series, window: Window, close: datetime) -> None:
        """Page by page, from the newest candle that is the record."""
        begin, held = close - series[1].length * window.keep, window.close
        since = max(window.sure_until or begin, begin)
        while since < close:
            before = window.close
            record = await self._asked(series, since, min((close - since) // series[1].length + 1, PAGE))
            if not self._agrees(series, window, record):
                window.clear()
                since = begin
                continue
            window.extend(record, until=close)
            if window.close is None or window.close == before:
                break
            since = window.close
        if window.close != held:
            window.doubt()

    async def _asked(self, series: Series, since: datetime, count: int) -> Sequence[Candle]:
        symbol, timeframe = series
        record = await self._data.candles(symbol, timeframe, since=since, count=count)
        self._metrics.requests.inc()
        self._metrics.candles.labels("request").inc(len(record))
        return record

    def _agrees(self, series: Series, window: Window, record: Sequence[Candle]) -> bool:
        """Put the record in the place of what was told; whether what came from disk agrees: else it is another's."""
        kept_ms = -1 if window.kept_until is None else to_ms(window.kept_until)
        differing = window.compare(record)
        for told, recorded in differing:
            log.warning("candle_differs", symbol=series[0], timeframe=str(series[1]), told=told, recorded=recorded)
        self._metrics.candles_differing.inc(len(differing))
        return all(told.open_ms >= kept_ms for told, _ in differing)


def _mend(window: Window, close: datetime) -> None:
    """Let go of a window with a gap, to read it anew as a whole; one that is still there then is the venue's own."""
    gap, reread = window.gap, window.reread
    if gap is None or (reread is not None and reread[0] == gap and close - reread[1] < OWN_GAP):
        return
    window.clear()
    window.reread = gap, close
