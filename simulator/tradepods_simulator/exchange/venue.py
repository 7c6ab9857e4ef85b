"""The exchange itself: market, books and streams, and the one way in which anything changes."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from tradepods_core.money import ZERO
from tradepods_core.paper import engine, funding, liquidation
from tradepods_core.paper.account import PaperAccount, PaperOrder, Step
from tradepods_core.paper.quotes import Moment
from tradepods_core.paper.refusals import Refusal
from tradepods_core.shapes import Symbol
from tradepods_simulator.exchange.binanceusdm import frames
from tradepods_simulator.exchange.binanceusdm.errors import VenueError, refused
from tradepods_simulator.exchange.binanceusdm.market_frames import MarketFrames
from tradepods_simulator.exchange.books import Books, Customer, listen_key
from tradepods_simulator.exchange.marketplace import Marketplace
from tradepods_simulator.exchange.streams import Streams

BNB = "BNB/USDT:USDT"
LISTENS_FOR_MS = 3_600_000  # a listen key lives so long after it was last asked for


class Exchange:
    """One venue. Wall time signs requests; market time is stamped on all that happens."""

    def __init__(self, *, market: Marketplace, books: Books, wall_ms: Callable[[], int]) -> None:
        self.market = market
        self.books = books
        self.streams = Streams()
        self.frames = MarketFrames(market)
        self.ahead_ms = 0
        self._wall_ms = wall_ms
        self.running = False

    def wall_ms(self) -> int:
        """The venue's clock, by which requests are of now; a fault may set it ahead."""
        return self._wall_ms() + self.ahead_ms

    def moment(self) -> Moment:
        """The market as orders meet it now."""
        market = self.market
        bnb = market.prices.get(BNB, ZERO)
        return Moment(prices=market.prices, markets=market.markets, at=market.now, quotes=market.quotes, bnb=bnb)

    async def show(self, step: int) -> None:
        """Move the market to a step of its replay."""
        self.running = True
        before = self.market.now_ms
        self.market.go_to(step)
        rates = self.market.settles(since_ms=before) if step else {}
        if rates:
            self._settle(rates)
        self.react()

    def react(self) -> None:
        """Act on the present prices: resting orders first, then everyone hears of them."""
        moment = self.moment()
        for customer in self.books.by_key.values():
            if customer.paper.resting or customer.paper.positions or customer.paper.taken:
                self.took(customer, engine.advance(customer.paper, moment=moment))
        self.frames.broadcast(self.streams, moment, running=self.running)

    def marks(self) -> list[dict[str, Any]]:
        """The present mark prices as a frame."""
        return self.frames.marks(running=self.running)

    def place(self, customer: Customer, order: PaperOrder) -> int:
        """Take an order; returns the venue's number of it, raises VenueError."""
        step = engine.place(customer.paper, order, moment=self.moment())
        if isinstance(step, Refusal):
            raise refused(step)
        self.took(customer, step)
        return step.account.orders_made

    def try_out(self, customer: Customer, order: PaperOrder) -> None:
        """Check an order as if it were placed, and leave it; raises VenueError."""
        step = engine.place(customer.paper, order, moment=self.moment())
        if isinstance(step, Refusal):
            raise refused(step)

    def cancel(self, customer: Customer, identifier: str) -> None:
        """Cancel a resting order; raises VenueError."""
        step = engine.cancel(customer.paper, identifier, at=self.market.now)
        if isinstance(step, Refusal):
            raise refused(step)
        self.took(customer, step)

    def change(self, customer: Customer, changed: PaperAccount | Refusal) -> None:
        """Take over how the account is set; raises VenueError where the engine refuses."""
        if isinstance(changed, Refusal):
            raise refused(changed)
        customer.paper = changed

    def deleverage(self, customer: Customer, key: str, quantity: Decimal) -> None:
        """Close so much of a position against somebody's liquidation."""
        self.took(customer, engine.deleveraged(customer.paper, key, quantity, moment=self.moment()))

    def delist(self, symbol: Symbol) -> None:
        """Take all orders of a symbol away and settle all positions at the mark."""
        moment = self.moment()
        for customer in self.books.by_key.values():
            for order in [order for order in customer.paper.resting.values() if order.symbol == symbol]:
                self.cancel(customer, order.id)
            held = [(key, p.quantity) for key, p in customer.paper.positions.items() if p.symbol == symbol]
            for key, quantity in held:
                step = liquidation.reduced(customer.paper, key, abs(quantity), moment=moment, settles=True)
                self.took(customer, step)

    def listen(self, customer: Customer, *, renews: bool) -> str:
        """The customer's listen key, alive for another hour; raises VenueError where it expired and is only kept."""
        now = self.wall_ms()
        if now >= customer.listens_until_ms:
            if renews:
                raise VenueError(-1125)
            customer.listened += 1
        customer.listens_until_ms = now + LISTENS_FOR_MS
        return listen_key(customer)

    def listens(self, key: str) -> Customer:
        """The customer of a listen key that is alive; raises VenueError."""
        found = next((c for c in self.books.by_key.values() if listen_key(c) == key), None)
        if found is None or self.wall_ms() >= found.listens_until_ms:
            raise VenueError(-1125)
        return found

    def expire(self, customer: Customer, *, told: bool) -> None:
        """End the listen key now; the venue says so, or it doesn't."""
        if told:
            self.tell(customer, frames.expired(listen_key(customer), at_ms=self.wall_ms()))
        customer.listens_until_ms = 0

    def took(self, customer: Customer, step: Step) -> None:
        """Keep what the engine said happened, and tell it to whoever listens."""
        if step.account is customer.paper and not step.happened:
            return
        customer.paper = step.account
        told = []
        for happening in step.happened:
            customer.record(happening, now_ms=self.market.now_ms)
            told += list(frames.said(self.market, customer, happening))
        customer.watch.look(customer.paper)
        if self.wall_ms() < customer.listens_until_ms:
            self.streams.tell(listen_key(customer), told, customer=customer.name)

    def tell(self, customer: Customer, frame: dict[str, Any]) -> None:
        """Tell a customer something that is no order."""
        if self.wall_ms() < customer.listens_until_ms:
            self.streams.tell(listen_key(customer), [frame], customer=customer.name)

    def _settle(self, rates: dict[Symbol, Decimal]) -> None:
        moment = self.moment()
        for customer in self.books.by_key.values():
            if customer.paper.positions:
                self.took(customer, funding.funded(customer.paper, rates, moment=moment))
