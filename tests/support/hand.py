"""Somebody who trades bob's account at the exchange beside the worker; and the exchange itself, when it closes."""

from dataclasses import replace
from decimal import Decimal

from support.build import BTC
from support.servers import Served
from tradepods_core.paper.account import Paid, PaperKind, PaperOrder, Step
from tradepods_simulator.exchange.books import Customer

D = Decimal


class Hand:
    """A person with the exchange's own app."""

    def __init__(self, served: Served) -> None:
        self._served = served
        self._orders = 0

    @property
    def customer(self) -> Customer:
        """What the exchange knows of bob."""
        found = self._served.exchange.books.by_name("bob")
        assert found is not None
        return found

    def held(self) -> Decimal:
        """Bob's position, below zero for short."""
        return self.customer.paper.held(BTC)

    def trade(self, signed: Decimal, *, symbol: str = BTC) -> None:
        """Buy at market, or sell below zero."""
        self._place("market", signed, symbol=symbol)

    def rest(self, signed: Decimal, *, limit: str) -> None:
        """Leave a limit order in the book."""
        self._place("limit", signed, limit=D(limit))

    def cancel(self, kind: PaperKind) -> None:
        """Take the worker's own orders of a kind away."""
        for order in [order for order in self.customer.paper.resting.values() if order.kind == kind]:
            self._served.exchange.cancel(self.customer, order.id)

    def withdraw(self, *, leaves: str) -> None:
        """Take the money out: what the rest does not back is liquidated."""
        paper = self.customer.paper
        amount = D(leaves) - paper.wallet
        after = replace(paper, wallet=D(leaves))
        at = self._served.exchange.market.now
        paid = Paid(kind="TRANSFER", symbol="", amount=amount, wallet=after.wallet, cross=after.cross_wallet, at=at)
        self._served.exchange.took(self.customer, Step(account=after, happened=(paid,)))
        self._served.exchange.react()

    def deleverage(self, quantity: Decimal) -> None:
        """The exchange closes so much against somebody else's liquidation."""
        self._served.exchange.deleverage(self.customer, BTC, quantity)

    def delist(self) -> None:
        """The exchange takes all orders of the symbol away, and settles its positions."""
        self._served.exchange.delist(BTC)

    def _place(self, kind: PaperKind, signed: Decimal, limit: Decimal | None = None, *, symbol: str = BTC) -> None:
        self._orders += 1
        order = PaperOrder(
            id=f"web_{self._orders}",
            symbol=symbol,
            buys=signed > 0,
            kind=kind,
            quantity=abs(signed),
            limit=limit,
            at=self._served.exchange.market.now,
        )
        self._served.exchange.place(self.customer, order)
