"""Recorded stream messages as a market: the real order book, the real trades, step by step of market time.

What was not recorded is made of what was: the mark price is the middle of best bid and best ask, rounded to the tick;
candles are those of the trades. There is no funding.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from typing import Any

import structlog

from tradepods_core.errors import Permanent
from tradepods_core.market import Market
from tradepods_core.money import ZERO
from tradepods_core.paper.quotes import Quote
from tradepods_core.shapes import Symbol
from tradepods_core.times import from_ms, written
from tradepods_simulator.exchange.candles import MINUTE_MS, Candle, Series, buckets
from tradepods_simulator.exchange.market import make_market, unified
from tradepods_simulator.exchange.marketplace import MarketTrade, Status
from tradepods_simulator.exchange.messages import Diff, Levels, Message, Snapshot, Top, Traded
from tradepods_simulator.exchange.order_book import OrderBook
from tradepods_simulator.exchange.recordings import Recording, load

PACE_MS = 250
LEVELS = 20  # of each side in a quote
log = structlog.get_logger()


@dataclass(slots=True)
class _Now:
    """One symbol at the present step."""

    recording: Recording
    series: Series
    book: OrderBook = field(default_factory=OrderBook)
    messages: list[Message] = field(default_factory=list)
    last: Decimal = ZERO
    mark: Decimal = ZERO
    bids: Levels = ()
    asks: Levels = ()

    def take(self, messages: list[Message]) -> None:
        """Hear what was told in one step."""
        gaps = self.book.gaps
        for message in messages:
            match message.said:
                case Snapshot() as snapshot:
                    self.book.start(snapshot)
                case Diff() as diff:
                    self.book.change(diff)
                case Top() as top:
                    self.book.show(top)
                case Traded(market=True, price=price):
                    self.last = price
        self.messages = messages
        if self.book.gaps > gaps:
            log.warning("order_book_gap", symbol=self.recording.name, missing=self.book.gaps - gaps, gap=self.book.gap)

    def settle(self, tick: Decimal) -> None:
        """Price it, after all messages of a step."""
        self.bids, self.asks = self.book.best(LEVELS)
        if self.bids and self.asks:
            middle = (self.bids[0].price + self.asks[0].price) / 2
            self.mark = (middle / tick).to_integral_value(rounding=ROUND_HALF_EVEN) * tick
        self.last = self.last or self.mark


class MessageMarket:
    """Recorded messages at one step of what all recordings share: a `Marketplace`.

    `update_ids` are the numbers of the newest update in each order book, by which the venue's clients join a snapshot
    and the differences that follow it.
    """

    def __init__(self, recordings: Sequence[Recording]) -> None:
        self.pace_ms = recordings[0].pace_ms
        self.start_ms = max(recording.start_ms for recording in recordings)
        self.end_ms = -(-min(recording.end_ms for recording in recordings) // self.pace_ms) * self.pace_ms
        self.steps = (self.end_ms - self.start_ms) // self.pace_ms + 1
        self._first = self.start_ms // self.pace_ms
        self.ids: Mapping[Symbol, str] = {unified(recording.name): recording.name for recording in recordings}
        self._nows = {unified(one.name): _Now(one, one.series()) for one in recordings}
        self.markets: Mapping[Symbol, Market] = {
            symbol: make_market(symbol, now.recording.name, now.series) for symbol, now in self._nows.items()
        }
        self.statuses: Mapping[Symbol, Status] = dict.fromkeys(self.ids, "TRADING")
        self.step = 0
        self.prices: Mapping[Symbol, Decimal] = {}
        self._begin()

    @classmethod
    def of(cls, place: Path, *, pace_ms: int = PACE_MS) -> "MessageMarket":
        """The market of a file or of a folder; raises Permanent where what is there can't be replayed."""
        recordings = load(place, pace_ms=pace_ms)
        if not recordings:
            raise Permanent(f"{place} holds no recorded messages: expected files such as btcusdt_20240808.gz")
        start, end = max(one.start_ms for one in recordings), min(one.end_ms for one in recordings)
        if end < start:
            names = " and ".join(one.name for one in recordings)
            said = f"the last begins at {written(from_ms(start))}, the first ends at {written(from_ms(end))}"
            raise Permanent(f"{place}: the recordings of {names} share no time: {said}")
        return cls(recordings)

    @property
    def quotes(self) -> Mapping[Symbol, Quote]:
        """The recorded books, last prices, and the marks that are made of them."""
        return {
            symbol: Quote(mark=now.mark, last=now.last, bids=now.bids, asks=now.asks)
            for symbol, now in self._nows.items()
        }

    @property
    def update_ids(self) -> Mapping[Symbol, int]:
        """Number of the newest update in each order book."""
        return {symbol: now.book.newest for symbol, now in self._nows.items()}

    @property
    def now_ms(self) -> int:
        """Market time of the present step."""
        return self.start_ms + self.step * self.pace_ms

    @property
    def now(self) -> datetime:
        """Market time of the present step."""
        return from_ms(self.now_ms)

    def go_to(self, step: int) -> None:
        """Show another step; one before the present is reached from the beginning."""
        if step < self.step:
            self._begin()
        for one in range(self.step + 1, step + 1):
            for now in self._nows.values():
                now.take(now.recording.at(self._first + one))
        self.step = step
        self._settle()

    def klines(self, symbol: Symbol, *, minutes: int, from_ms: int | None, limit: int) -> list[Candle]:
        """Candles of the trades; the last one is still forming."""
        now, span = self._nows[symbol], minutes * MINUTE_MS
        begin = from_ms if from_ms is not None else self.now_ms - self.now_ms % span - (limit - 1) * span
        forming = self._forming(now)
        found = buckets(now.series, minutes=minutes, from_ms=max(begin, 0), now_ms=self.now_ms, forming=forming)
        return [candle for candle, _ in zip(found, range(limit), strict=False)]

    def trades(self, symbol: Symbol, *, limit: int) -> list[MarketTrade]:
        """The latest recorded trades, oldest first."""
        recording = self._nows[symbol].recording
        told = recording.trades.until(self.now_ms)
        return [recording.trade(index) for index in range(max(told - limit, 0), told)]

    def book(self, symbol: Symbol, *, limit: int) -> tuple[Levels, Levels]:
        """Bids and asks, best first, of which a quote has only the first few."""
        return self._nows[symbol].book.best(limit)

    def rate(self, symbol: Symbol, *, at_ms: int) -> Decimal:  # noqa: ARG002 - as the protocol has it
        """No funding is recorded."""
        return ZERO

    def settles(self, *, since_ms: int) -> dict[Symbol, Decimal]:  # noqa: ARG002 - likewise
        """Never."""
        return {}

    def frames(self) -> list[tuple[str, Any]]:
        """What the venue sent in this step, by the stream's plain name, such as `btcusdt@depth`, in its order."""
        heard = [message for now in self._nows.values() for message in now.messages if message.stream]
        return [(message.stream, message.data) for message in sorted(heard, key=lambda message: int(message.data["E"]))]

    def set_status(self, symbol: Symbol, status: Status) -> None:
        """Change what the venue allows in a symbol."""
        self.statuses = {**self.statuses, symbol: status}
        market = self.markets[symbol].model_copy(update={"trading": status == "TRADING"})
        self.markets = {**self.markets, symbol: market}

    def _begin(self) -> None:
        """Step 0, with all that was told before it."""
        self.step = 0
        for now in self._nows.values():
            now.book, now.last, now.mark = OrderBook(), ZERO, ZERO
            for step in range(now.recording.first(), self._first + 1):
                now.take(now.recording.at(step))
        self._settle()

    def _settle(self) -> None:
        for symbol, now in self._nows.items():
            now.settle(self.markets[symbol].tick)
        self.prices = {symbol: now.mark for symbol, now in self._nows.items()}

    def _forming(self, now: _Now) -> Candle:
        """The present minute's trades until now; without one, the price stands still."""
        trades, opened = now.recording.trades, self.now_ms - self.now_ms % MINUTE_MS
        first, end = trades.until(opened - 1), trades.until(self.now_ms)
        prices = trades.prices[first:end] or trades.prices[max(first - 1, 0) : max(first, 1)]
        price = now.recording.price
        volume = f"{sum(trades.quantities[first:end]):.{now.recording.volume_digits}f}"
        return Candle(
            open_ms=opened,
            opened=price(prices[0]),
            high=price(max(prices)),
            low=price(min(prices)),
            close=price(prices[-1]),
            volume=Decimal(volume),
        )
