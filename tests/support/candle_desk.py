"""A candle store of two symbols and all that it talks to, on a venue and a disk in memory."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from support.build import BTC, ETH, FIVE, NOON
from support.conducting import Feed
from support.signals_history import wave
from tradepods_core.errors import Temporary
from tradepods_core.times import to_ms
from tradepods_signals.engine.candle_reader import CandleReader
from tradepods_signals.engine.candle_store import CandleStore
from tradepods_signals.engine.heard import Heard
from tradepods_signals.metrics import Metrics
from tradepods_signals.ports.market import Candle, Series

KEEP = 50
BITCOIN, ETHER = (BTC, FIVE), (ETH, FIVE)


class Disk:
    """A shelf in memory, which may refuse to be written."""

    def __init__(self) -> None:
        self.held: dict[Series, dict[int, Candle]] = {}
        self.full = False
        self.writes: list[tuple[Series, int]] = []

    async def read(self, series: Series, since: datetime, until: datetime) -> Sequence[Candle]:
        held = self.held.get(series, {})
        return [held[opened] for opened in sorted(held) if to_ms(since) <= opened < to_ms(until)]

    async def write(self, series: Series, candles: Sequence[Candle]) -> None:
        if self.full:
            raise Temporary("No space left on device")
        self.writes.append((series, len(candles)))
        self.held.setdefault(series, {}).update({candle.open_ms: candle for candle in candles})


class Desk:
    """A store of two symbols and all that it talks to; pauses take no time, `on_pause` is called instead."""

    def __init__(self, disk: Disk | None = None) -> None:
        self.feed = Feed({BTC: wave(110), ETH: wave(110, seed=2)}, timeframes=[FIVE])
        self.heard, self.metrics, self.disk = Heard(), Metrics(), disk
        self.followed: list[set[Series]] = []
        self.pauses: list[float] = []
        self.on_pause: Callable[[], None] = lambda: None
        self.reader = CandleReader(data=self.feed, metrics=self.metrics, shelf=disk)
        self.store = CandleStore(
            reader=self.reader,
            metrics=self.metrics,
            sleep=self._pause,
            heard=self.heard,
            follow=lambda series: self.followed.append(set(series)),
        )

    async def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.on_pause()

    async def warm(self) -> "Desk":
        """Read up to noon."""
        self.store.fit({FIVE: {BTC: KEEP, ETH: KEEP}})
        await self.store.read([FIVE], NOON, attempts=1)
        return self

    async def asked(self, after: int, **given: int) -> int:
        """Requests that it takes to be at a close so many candles after noon."""
        before = self.feed.asked
        await self.store.read([FIVE], NOON + after * FIVE.length, **given)
        return self.feed.asked - before

    def sizes(self) -> list[int]:
        """How many candles each request asks for, from now on."""
        counts: list[int] = []
        ask = self.feed.candles

        async def counted(symbol: str, timeframe: Any, *, since: datetime, count: int) -> Sequence[Candle]:
            counts.append(count)
            return await ask(symbol, timeframe, since=since, count=count)

        self.feed.candles = counted  # type: ignore[method-assign]
        return counts

    def tell(self, *series: Series, after: int, **changed: Any) -> None:
        """The stream tells the candle that closes so many candles after noon."""
        opened = to_ms(NOON + (after - 1) * FIVE.length)
        for one in series:
            (candle,) = [found for found in self.feed.history[one] if found.open_ms == opened]
            self.heard.tell(one, candle._replace(**changed))

    def closes(self) -> list[int]:
        """Of both, in candles after noon."""
        found = [window.close for window in self.store.windows[FIVE].values()]
        return [(close - NOON) // FIVE.length for close in found if close is not None]

    def count(self, name: str, **labels: str) -> float:
        """A counter of the metrics."""
        return self.metrics._registry.get_sample_value(f"tradepods_signals_{name}_total", labels) or 0.0


def same(one: Desk, other: Desk) -> bool:
    """Whether their windows hold the same candles."""
    windows = [desk.store.windows[FIVE] for desk in (one, other)]
    return all((windows[0][symbol].rows == windows[1][symbol].rows).all() for symbol in (BTC, ETH))
