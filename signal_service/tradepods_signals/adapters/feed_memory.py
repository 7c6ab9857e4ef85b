"""Market data from memory: the feed of tests and of everything that replays without sockets."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from tradepods_core.market import Market
from tradepods_core.shapes import Symbol
from tradepods_core.times import Timeframe, to_ms
from tradepods_signals.ports.market import Candle, MarksSeen

History = Mapping[tuple[Symbol, Timeframe], Sequence[Candle]]


class MemoryFeed:
    """Serves the history that it was given, and counts what it is asked."""

    def __init__(
        self,
        *,
        markets: Mapping[Symbol, Market],
        history: History,
        marks: Sequence[MarksSeen] = (),
        traded: Mapping[Symbol, Decimal] | None = None,
    ) -> None:
        self._markets = markets
        self.traded = dict(traded or {})
        self.history = dict(history)
        self._marks = marks
        self.asked = 0

    async def markets(self) -> Mapping[Symbol, Market]:
        """The markets."""
        return self._markets

    async def volumes(self) -> Mapping[Symbol, Decimal]:
        """What was traded of each."""
        self.asked += 1
        return dict(self.traded)

    async def candles(self, symbol: Symbol, timeframe: Timeframe, *, since: datetime, count: int) -> Sequence[Candle]:
        """Candles from `since` on."""
        self.asked += 1
        begin = to_ms(since)
        return [candle for candle in self.history.get((symbol, timeframe), ()) if candle.open_ms >= begin][:count]

    async def marks(self) -> AsyncIterator[MarksSeen]:
        """The marks, one after the other."""
        for seen in self._marks:
            yield seen

    async def close(self) -> None:
        """Nothing to let go of."""
