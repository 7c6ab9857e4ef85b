"""The replayed market: which minute it is, at which of its four points, and what every symbol costs there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from tradepods_core.errors import Permanent
from tradepods_core.market import Bracket, Market
from tradepods_core.paper.walk import POINTS, walk
from tradepods_core.shapes import Symbol
from tradepods_core.times import from_ms
from tradepods_simulator.exchange.candles import MINUTE_MS, Candle, Series, buckets

POINT_MS = MINUTE_MS // POINTS
HOUR_MS = 3_600_000
DAY_MS = 86_400_000
LARGEST_NOTIONAL = 5_000_000  # quote currency in one market order
LEAST_NOTIONAL = Decimal(5)
BRACKETS = tuple(
    Bracket(cap=Decimal(cap), max_leverage=leverage, maintenance=Decimal(rate))
    for cap, leverage, rate in (
        ("50000", 125, "0.004"),
        ("600000", 100, "0.005"),
        ("3000000", 50, "0.01"),
        ("12000000", 20, "0.025"),
        ("70000000", 10, "0.05"),
        ("100000000", 5, "0.1"),
    )
)


def unified(identifier: str) -> Symbol:
    """`BTCUSDT` as `BTC/USDT:USDT`."""
    return f"{identifier.removesuffix('USDT')}/USDT:USDT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The part of the history that is replayed, in ms."""

    start_ms: int
    end_ms: int

    @property
    def minutes(self) -> int:
        """Its length."""
        return (self.end_ms - self.start_ms) // MINUTE_MS

    @property
    def steps(self) -> int:
        """Points shown, one more than the minutes hold: the last closes the last candle."""
        return self.minutes * POINTS + 1


def choose_window(history: Mapping[str, Series], *, hours: int) -> Window:
    """The latest so many hours that every symbol covers, ending at midnight UTC where whole days are asked for."""
    length = hours * HOUR_MS
    end = min(series.end_ms for series in history.values())
    end -= end % (DAY_MS if length % DAY_MS == 0 else HOUR_MS)
    start = end - length
    if max(series.start_ms for series in history.values()) > start:
        raise Permanent(f"the candles don't cover {hours} h that all {len(history)} symbols share: ask for fewer hours")
    return Window(start_ms=start, end_ms=end)


class ReplayedMarket:
    """All symbols at one step of the window. Stepping is the only change."""

    def __init__(self, history: Mapping[str, Series], window: Window) -> None:
        self.history = history
        self.window = window
        self.ids: Mapping[Symbol, str] = {unified(name): name for name in sorted(history)}
        self.markets: Mapping[Symbol, Market] = {s: _market(s, name, history[name]) for s, name in self.ids.items()}
        self.step = 0
        self.prices: Mapping[Symbol, Decimal] = self._prices()

    @property
    def now_ms(self) -> int:
        """Market time of the present step."""
        return self.window.start_ms + self.step * POINT_MS

    @property
    def now(self) -> datetime:
        """Market time of the present step."""
        return from_ms(self.now_ms)

    def go_to(self, step: int) -> None:
        """Show another step's prices."""
        self.step = step
        self.prices = self._prices()

    def klines(self, symbol: Symbol, *, minutes: int, from_ms: int | None, limit: int) -> list[Candle]:
        """Candles as the venue would show them now: the last one is still forming."""
        series = self.history[self.ids[symbol]]
        span = minutes * MINUTE_MS
        begin = from_ms if from_ms is not None else self.now_ms - self.now_ms % span - (limit - 1) * span
        found = buckets(
            series, minutes=minutes, from_ms=max(begin, 0), now_ms=self.now_ms, forming=self._forming(series)
        )
        return [candle for candle, _ in zip(found, range(limit), strict=False)]

    def _prices(self) -> Mapping[Symbol, Decimal]:
        return {symbol: self._points(self.history[name])[-1] for symbol, name in self.ids.items()}

    def _points(self, series: Series) -> tuple[Decimal, ...]:
        """The present minute's prices so far; where the history ends, its last close."""
        index = series.index(self.now_ms)
        if index >= len(series.opens):
            return (series.price(series.closes[-1]),)
        candle = series.minute(index)
        points = walk(opened=candle.opened, high=candle.high, low=candle.low, close=candle.close)
        return points[: self.step % POINTS + 1]

    def _forming(self, series: Series) -> Candle:
        points = self._points(series)
        index = series.index(self.now_ms)
        whole = series.minute(index).volume if index < len(series.opens) else Decimal(0)
        return Candle(
            open_ms=self.now_ms - self.now_ms % MINUTE_MS,
            opened=points[0],
            high=max(points),
            low=min(points),
            close=points[-1],
            volume=whole * (len(points) - 1) / (POINTS - 1),
        )


def _market(symbol: Symbol, identifier: str, series: Series) -> Market:
    """Tick and step as the recorded values show them; the other filters are the venue's usual ones."""
    step = Decimal(1).scaleb(-series.volume_digits)
    price = Decimal(str(series.closes[-1]))
    return Market(
        symbol=symbol,
        id=identifier,
        settle="USDT",
        tick=Decimal(1).scaleb(-series.digits),
        step=step,
        min_quantity=step,
        max_quantity=(LARGEST_NOTIONAL / price // step) * step,
        min_notional=LEAST_NOTIONAL,
        brackets=BRACKETS,
    )
