"""The replayed market: which minute it is, at which of its four points, and what every symbol costs there."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from tradepods_core.errors import Permanent
from tradepods_core.market import Bracket, Lot, Market
from tradepods_core.paper.quotes import Depth, Quote
from tradepods_core.paper.walk import POINTS, walk
from tradepods_core.shapes import Symbol
from tradepods_core.times import from_ms
from tradepods_simulator.exchange.candles import MINUTE_MS, Candle, Series, buckets
from tradepods_simulator.exchange.marketplace import MarketTrade, Quotes, Status

POINT_MS = MINUTE_MS // POINTS
Funding = Mapping[str, Mapping[int, Decimal]]  # rate as a fraction, by the venue's name and the settlement in ms
HOUR_MS = 3_600_000
DAY_MS = 86_400_000
LARGEST_NOTIONAL = 5_000_000  # quote currency in one market order
LIMIT_LOTS = 5  # a limit order may be so many times as large as a market order
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
    """Candles at one step of a window: a `Marketplace`."""

    def __init__(
        self,
        history: Mapping[str, Series],
        window: Window,
        *,
        depth: Depth | None = None,
        funding: Funding | None = None,
    ) -> None:
        self.history = history
        self.window = window
        self.start_ms, self.end_ms, self.steps, self.pace_ms = window.start_ms, window.end_ms, window.steps, POINT_MS
        self.ids: Mapping[Symbol, str] = {unified(name): name for name in sorted(history)}
        self.markets: Mapping[Symbol, Market] = {s: make_market(s, name, history[name]) for s, name in self.ids.items()}
        self.statuses: Mapping[Symbol, Status] = dict.fromkeys(self.ids, "TRADING")
        self.step = 0
        self._depth, self._funding = depth, funding or {}
        self._settlements = {name: sorted(self._funding.get(name, ())) for name in history}
        self.prices: Mapping[Symbol, Decimal] = self._prices()

    @property
    def quotes(self) -> Mapping[Symbol, Quote]:
        """Books around the present prices, by the depth model; none without it."""
        if self._depth is None:
            return {}
        return Quotes(depth=self._depth, prices=self.prices, markets=self.markets)

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

    def trades(self, symbol: Symbol, *, limit: int) -> list[MarketTrade]:
        """One trade a point, of a quarter of its minute's volume."""
        series = self.history[self.ids[symbol]]
        last = (self.now_ms - series.start_ms) // POINT_MS
        return [_trade(series, point) for point in range(max(last - limit + 1, 0), last + 1)]

    def rate(self, symbol: Symbol, *, at_ms: int) -> Decimal:
        """The recorded funding rate; 0 where none is known."""
        return self._funding.get(self.ids[symbol], {}).get(at_ms, Decimal(0))

    def settles(self, *, since_ms: int) -> dict[Symbol, Decimal]:
        """Funding rates of the settlement that fell after that moment: of some symbols every fourth hour."""
        if since_ms // HOUR_MS == self.now_ms // HOUR_MS:
            return {}  # settlements are at full hours
        rates = {symbol: self._settled(name, since_ms=since_ms) for symbol, name in self.ids.items()}
        return {symbol: rate for symbol, rate in rates.items() if rate}

    @property
    def update_ids(self) -> Mapping[Symbol, int]:
        """Each step is one update."""
        return dict.fromkeys(self.ids, self.step)

    def book(self, symbol: Symbol, *, limit: int) -> None:
        """Candles know no order book."""

    def frames(self) -> list[tuple[str, Any]]:
        """Candles are no frames."""
        return []

    def set_status(self, symbol: Symbol, status: Status) -> None:
        """Change what the venue allows in a symbol."""
        self.statuses = {**self.statuses, symbol: status}
        market = self.markets[symbol].model_copy(update={"trading": status == "TRADING"})
        self.markets = {**self.markets, symbol: market}

    def _settled(self, name: str, *, since_ms: int) -> Decimal:
        times = self._settlements[name]
        index = bisect_right(times, self.now_ms) - 1
        return self._funding[name][times[index]] if index >= 0 and times[index] > since_ms else Decimal(0)

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


def _trade(series: Series, point: int) -> MarketTrade:
    index = min(point // POINTS, len(series.opens) - 1)
    candle = series.minute(index)
    points = walk(opened=candle.opened, high=candle.high, low=candle.low, close=candle.close)
    price, before = points[point % POINTS], points[max(point % POINTS - 1, 0)]
    quantity = round(candle.volume / POINTS, series.volume_digits)
    at_ms = series.start_ms + point * POINT_MS
    return MarketTrade(number=point, price=price, quantity=quantity, at_ms=at_ms, sold=price < before)


def make_market(symbol: Symbol, identifier: str, series: Series) -> Market:
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
        lot=Lot(step=step, most=(LARGEST_NOTIONAL / price // step) * step * LIMIT_LOTS),
        min_notional=LEAST_NOTIONAL,
        brackets=BRACKETS,
    )
