"""Somebody who uses the account beside its worker, and what the exchange does by itself."""

from decimal import Decimal
from typing import Literal

from support.machine_exchange import MARKETS, Exchange
from tradepods_core.book.values import Book
from tradepods_core.ids import is_ours
from tradepods_core.money import ZERO, floor_to
from tradepods_core.paper.account import PaperPosition

D = Decimal
How = Literal["reduce", "close", "deleverage"]


class Hand:
    """A person with the exchange's own app."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def trade(self, symbol: str, signed: Decimal, *, side: Literal["long", "short"]) -> None:
        """Buy at market, or sell below zero."""
        self._exchange.trade(symbol, signed, side=side)

    def rest(self, symbol: str, signed: Decimal, *, side: Literal["long", "short"]) -> None:
        """Leave a limit order far from the price."""
        far = D("0.8") if signed > ZERO else D("1.2")
        limit = floor_to(self._exchange.prices[symbol] * far, MARKETS[symbol].tick)
        self._exchange.trade(symbol, signed, side=side, limit=limit)

    def reduce(self, pick: int, *, how: How) -> None:
        """Make a position smaller by half, or close it; or the exchange does."""
        found = self._exchange.paper.positions
        if not found:
            return
        key = sorted(found)[pick % len(found)]
        part = found[key].quantity if how == "close" else _half(found[key])
        if how == "deleverage":
            self._exchange.deleverage(key, abs(part))
        else:
            self._exchange.trade(found[key].symbol, -part, side=found[key].side)

    def cancel(self, pick: int) -> None:
        """Take a resting order away, whosever it is."""
        resting = sorted(self._exchange.paper.resting)
        if resting:
            self._exchange.cancel(resting[pick % len(resting)])

    def pay(self, kind: str, signed: Decimal) -> None:
        """Funding, or a transfer."""
        self._exchange.pay(kind, signed * 20 if kind == "TRANSFER" else signed)

    def turn_mode(self) -> None:
        """Change the position mode."""
        self._exchange.turn_mode()

    def leave(self, book: Book) -> None:
        """Cancel their own orders, and close what is more than the worker knows of."""
        for identifier in [key for key in self._exchange.paper.resting if not is_ours(key)]:
            self._exchange.cancel(identifier)
        for held in list(self._exchange.paper.positions.values()):
            side: Literal["long", "short"] = "long" if held.quantity > ZERO else "short"
            ours = sum(
                (p.quantity for leg, p in book.positions.items() if (leg.symbol, leg.side) == (held.symbol, side)), ZERO
            )
            more = abs(held.quantity) - ours
            if more > ZERO:
                self._exchange.trade(held.symbol, -more.copy_sign(held.quantity), side=side)


def _half(held: PaperPosition) -> Decimal:
    return max(floor_to(abs(held.quantity) / 2, MARKETS[held.symbol].step), MARKETS[held.symbol].step).copy_sign(
        held.quantity
    )
