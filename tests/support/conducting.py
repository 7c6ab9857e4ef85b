"""A conductor with all that it talks to, on a venue in memory."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from support.build import BTC, ETH, FIVE, NOON, market
from support.signals_history import candles, strategy, wave
from support.stream_events import Event, parsed
from tradepods_core.errors import Temporary, TradepodsError
from tradepods_core.shapes import Symbol
from tradepods_core.strategy.model import Strategy
from tradepods_core.times import Timeframe
from tradepods_core.wire.cycle import Cycle
from tradepods_signals.adapters.feed_memory import MemoryFeed
from tradepods_signals.engine.candle_reader import CandleReader
from tradepods_signals.engine.candle_store import CandleStore
from tradepods_signals.engine.conductor import READING, Conductor, Publish
from tradepods_signals.engine.hub import Hub
from tradepods_signals.engine.plan import candles_needed, make_plan
from tradepods_signals.metrics import Metrics
from tradepods_signals.ports import Sleep
from tradepods_signals.ports.market import Candle, MarketData, MarksSeen

D = Decimal
FEW = 3  # candles, as a close asks for them
AHEAD = 10  # candles after noon that the venue will have
WAVES = {BTC: wave(110), ETH: wave(110, seed=2)}


def told_by(hub: Hub) -> Publish:
    """Cycles go to this hub, and are stored nowhere."""

    async def publish(cycle: Cycle) -> None:
        hub.cycle(cycle)

    return publish


def candles_of(data: MarketData, metrics: Metrics, *, sleep: Sleep) -> CandleStore:
    """Every candle by request, none on disk."""
    return CandleStore(reader=CandleReader(data=data, metrics=metrics), metrics=metrics, sleep=sleep)


class Feed(MemoryFeed):
    """A memory feed that does not answer for symbols that are away."""

    def __init__(self, closes: Mapping[Symbol, Sequence[float]], *, timeframes: Sequence[Timeframe]) -> None:
        found = {
            (symbol, timeframe): candles(series, until=NOON + AHEAD * timeframe.length, timeframe=timeframe)
            for symbol, series in closes.items()
            for timeframe in timeframes
        }
        super().__init__(markets={BTC: market(), ETH: market(ETH)}, history=found)
        self.away: set[Symbol] = set()
        self._shut: dict[Symbol, asyncio.Event] = {}
        self._hung: set[Symbol] = set()
        self.error: TradepodsError = Temporary("503")

    async def candles(self, symbol: Symbol, timeframe: Timeframe, *, since: datetime, count: int) -> Sequence[Candle]:
        found = await super().candles(symbol, timeframe, since=since, count=count)
        if symbol in self._shut and (count > FEW or symbol in self._hung):
            await self._shut[symbol].wait()
        if symbol in self.away:
            raise self.error
        return found

    def shut(self, symbol: Symbol) -> None:
        """Its history does not come until it is opened; the newest candles do."""
        self._shut[symbol] = asyncio.Event()

    def hang(self, symbol: Symbol) -> None:
        """Nothing of it comes until it is opened."""
        self.shut(symbol)
        self._hung.add(symbol)

    def open(self, symbol: Symbol) -> None:
        """They come."""
        self._hung.discard(symbol)
        self._shut.pop(symbol).set()

    def lose(self, symbol: Symbol, *, after: int) -> Candle:
        """The candle that closes `after` candles past noon is not there."""
        found = list(self.history[symbol, FIVE])
        lost = found.pop(len(found) - AHEAD + after - 1)
        self.history[symbol, FIVE] = found
        return lost

    def find(self, symbol: Symbol, candle: Candle) -> None:
        """It is there after all."""
        self.history[symbol, FIVE] = sorted([*self.history[symbol, FIVE], candle])


class Run:
    """A conductor and all that it talks to; it pauses for no time, and `on_pause` is called instead."""

    def __init__(
        self, *strategies: Strategy, closes: Mapping[Symbol, Sequence[float]] = WAVES, reading: float = READING
    ) -> None:
        self.plans = make_plan(strategies or [strategy()])
        self.hub, self.metrics, self.pauses = Hub(boot="b"), Metrics(), list[float]()
        self.feed = Feed(closes, timeframes=list(candles_needed(self.plans)))
        self.on_pause: Callable[[], None] = lambda: None
        self.seconds = iter(lambda: 0.0, 1.0)
        self.conductor = Conductor(
            candles=candles_of(self.feed, self.metrics, sleep=self._no_pause),
            plans=lambda: self.plans,
            hub=self.hub,
            publish=told_by(self.hub),
            metrics=self.metrics,
            clock=lambda: next(self.seconds),
            reading=reading,
        )
        self._chunks = self.hub.subscribe(last_event=None).chunks()

    async def _no_pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.on_pause()

    async def warm(self) -> "Run":
        """Warmed up a second past noon."""
        await self.conductor.warm_up(now=NOON + timedelta(seconds=1))
        return self

    async def settle(self) -> None:
        """All that goes on by the way, and is ready, has run."""
        for _ in range(50):
            await asyncio.sleep(0)

    async def hear(self, minutes: float, *, step: int | None = None) -> list[Event]:
        """What a reader of the stream hears once the marks of so many minutes past noon are seen."""
        marks = {BTC: D(100), ETH: D(50), "SOL/USDT:USDT": D(7)}
        await self.conductor.hear(MarksSeen(at=NOON + timedelta(minutes=minutes), marks=marks, step=step))
        return parsed(await anext(self._chunks))

    async def cycle(self, minutes: float) -> Cycle:
        """The one cycle of that moment."""
        (found,) = [event.data for event in await self.hear(minutes) if event.name == "cycle"]
        return Cycle.model_validate(found)
