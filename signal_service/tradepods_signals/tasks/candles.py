"""All that brings candles: a stream where there is one, requests, and the disk."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from tradepods_signals.engine.candle_keeper import CandleKeeper
from tradepods_signals.engine.candle_reader import CandleReader, Shelf
from tradepods_signals.engine.candle_store import CandleStore, Follow
from tradepods_signals.engine.heard import Heard
from tradepods_signals.metrics import Metrics
from tradepods_signals.ports import Sleep
from tradepods_signals.ports.market import MarketData

FIRST = 60.0  # seconds after a start: history has been read by then
EVERY = 3_600.0  # seconds: files are rewritten as a whole, and what a kill loses is one request a series
LAST = 5.0  # seconds for what a stop still writes


class Stream(Protocol):
    """Tells closed candles to whoever opened it."""

    @property
    def follow(self) -> Follow:
        """Says which series it is to tell."""
        ...

    async def run(self) -> None:
        """Tell them, without end."""
        ...


class Candles:
    """The store of a service, with what fills and keeps it.

    `open_stream` opens one for whom it is to tell; `shelf` is where candles outlive the process.
    """

    def __init__(
        self,
        *,
        data: MarketData,
        metrics: Metrics,
        sleep: Sleep,
        open_stream: Callable[[Heard], Stream] | None = None,
        shelf: Shelf | None = None,
    ) -> None:
        heard = Heard()
        self._stream, self._sleep = open_stream(heard) if open_stream else None, sleep
        follow = self._stream.follow if self._stream else None
        reader = CandleReader(data=data, metrics=metrics, shelf=shelf)
        self.store = CandleStore(reader=reader, metrics=metrics, sleep=sleep, heard=heard, follow=follow)
        self._keeper = CandleKeeper(store=self.store, reader=reader, shelf=shelf)

    async def run(self) -> None:
        """Hear the stream; compare what it told with the record; keep what is new. Without end."""
        async with asyncio.TaskGroup() as together:
            if self._stream is not None:
                together.create_task(self._stream.run())
            together.create_task(self._keep())

    async def _keep(self) -> None:
        await self._sleep(FIRST)
        while True:
            await self._keeper.keep(checked=self._stream is not None)  # by request, the next one compares anyway
            await self._sleep(EVERY)

    async def close(self) -> None:
        """Keep what is known to be the record, as far as there is time for it."""
        await asyncio.wait([asyncio.ensure_future(self._keeper.keep(checked=False))], timeout=LAST)
