"""What the exchange asks of a market, wherever it comes from: candles, recorded messages, or a seed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, Protocol

from tradepods_core.market import Market
from tradepods_core.paper.quotes import Depth, Level, Quote
from tradepods_core.shapes import Symbol
from tradepods_simulator.exchange.candles import Candle

FUNDING_MS = 8 * 3_600_000
Levels = tuple[Level, ...]
Status = Literal["TRADING", "SETTLING", "CLOSE"]  # SETTLING: positions can only be closed; CLOSE: not even that


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketTrade:
    """A trade of the market: price in quote, quantity in base; `sold` if the buyer's order was resting."""

    number: int
    price: Decimal
    quantity: Decimal
    at_ms: int
    sold: bool


class Marketplace(Protocol):
    """All symbols at one step of a window of market time. Stepping is the only change, but for a symbol's status.

    Attributes:
        ids: the venue's names of the symbols.
        markets: filters, brackets and fees; `trading` is False unless the status is TRADING.
        prices: mark prices of the present step, quote.
        quotes: marks, last prices and books; a symbol without one trades without end at its mark.
        statuses: of each symbol.
        step: the present one; `steps` is how many there are, `pace_ms` how much market time is between two.

    """

    ids: Mapping[Symbol, str]
    markets: Mapping[Symbol, Market]
    prices: Mapping[Symbol, Decimal]
    statuses: Mapping[Symbol, Status]
    step: int
    steps: int
    pace_ms: int
    start_ms: int
    end_ms: int

    @property
    def quotes(self) -> Mapping[Symbol, Quote]:
        """Of the present step."""
        ...

    @property
    def now_ms(self) -> int:
        """Market time of the present step."""
        ...

    @property
    def now(self) -> datetime:
        """Market time of the present step."""
        ...

    def go_to(self, step: int) -> None:
        """Show another step."""
        ...

    def klines(self, symbol: Symbol, *, minutes: int, from_ms: int | None, limit: int) -> list[Candle]:
        """Candles as the venue would show them now: the last one is still forming."""
        ...

    def trades(self, symbol: Symbol, *, limit: int) -> list[MarketTrade]:
        """The latest trades, oldest first."""
        ...

    def rate(self, symbol: Symbol, *, at_ms: int) -> Decimal:
        """Funding rate of the settlement at this moment, as a fraction."""
        ...

    def settles(self, *, since_ms: int) -> dict[Symbol, Decimal]:
        """Funding rates of the settlement that fell after that moment; empty where none did."""
        ...

    @property
    def update_ids(self) -> Mapping[Symbol, int]:
        """Number of the newest update in each order book, by which a snapshot and later differences are joined."""
        ...

    def book(self, symbol: Symbol, *, limit: int) -> tuple[Levels, Levels] | None:
        """Bids and asks of a real order book, best first; None where the quotes are all there is."""
        ...

    def frames(self) -> list[tuple[str, Any]]:
        """Recorded frames of this step by stream, to be sent as they are; most markets have none."""
        ...

    def set_status(self, symbol: Symbol, status: Status) -> None:
        """Change what the venue allows in a symbol."""
        ...


class Quotes(Mapping[Symbol, Quote]):
    """Books of a depth model around the present prices, made when asked for."""

    def __init__(self, *, depth: Depth, prices: Mapping[Symbol, Decimal], markets: Mapping[Symbol, Market]) -> None:
        self._depth, self._prices, self._markets = depth, prices, markets
        self._made: dict[Symbol, Quote] = {}

    def __getitem__(self, symbol: Symbol) -> Quote:
        if symbol not in self._made:
            self._made[symbol] = self._depth.quote(self._prices[symbol], self._markets[symbol])
        return self._made[symbol]

    def __iter__(self) -> Iterator[Symbol]:
        return iter(self._prices)

    def __len__(self) -> int:
        return len(self._prices)
