"""What a market offers at one moment: mark and last price, and how much there is to take at which price."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from tradepods_core.market import Market
from tradepods_core.money import ONE, ZERO, ceil_to, floor_to
from tradepods_core.shapes import Symbol

Prices = Mapping[Symbol, Decimal]


class Level(NamedTuple):
    """So much at this price: quote, base."""

    price: Decimal
    quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """One symbol. `bids` and `asks` are best first; None is a market without end at the last price."""

    mark: Decimal
    last: Decimal
    bids: tuple[Level, ...] | None = None
    asks: tuple[Level, ...] | None = None

    def offered(self, *, buys: bool) -> tuple[Level, ...] | None:
        """What an order can take."""
        return self.asks if buys else self.bids


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """A model of the order book around a price, the same at every moment.

    Attributes:
        spread: between best bid and best ask, as a fraction of the price.
        notional: value of the best level of each side, quote.
        levels: how many there are on each side.
        gap: between two levels, as a fraction of the price.
        growth: how much larger each level is than the one before it.

    """

    spread: Decimal = Decimal("0.0001")
    notional: Decimal = Decimal(20_000)
    levels: int = 20
    gap: Decimal = Decimal("0.0001")
    growth: Decimal = Decimal("1.15")

    def quote(self, price: Decimal, market: Market) -> Quote:
        """The book around a price, at the symbol's ticks and steps."""
        return Quote(
            mark=price, last=price, bids=self._side(price, market, sign=-1), asks=self._side(price, market, sign=1)
        )

    def _side(self, price: Decimal, market: Market, *, sign: int) -> tuple[Level, ...]:
        half, notional = self.spread / 2, self.notional
        found: dict[Decimal, Decimal] = {}  # a coarse tick makes one level of several
        for index in range(self.levels):
            at = price * (ONE + sign * (half + index * self.gap))
            at = ceil_to(at, market.tick) if sign > 0 else floor_to(at, market.tick)
            if at <= ZERO:
                break
            found[at] = found.get(at, ZERO) + max(floor_to(notional / at, market.step), market.step)
            notional *= self.growth
        return tuple(Level(price, quantity) for price, quantity in found.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """All symbols at one moment: mark prices, books where there are any, what the venue says of each symbol."""

    prices: Prices
    markets: Mapping[Symbol, Market]
    at: datetime
    quotes: Mapping[Symbol, Quote] = field(default_factory=dict)
    bnb: Decimal = ZERO

    def quote(self, symbol: Symbol) -> Quote:
        """One symbol's quote; raises KeyError where it has no price."""
        found = self.quotes.get(symbol)
        return Quote(mark=self.prices[symbol], last=self.prices[symbol]) if found is None else found
