"""The exchange itself: market, books and streams, and the one way in which anything changes."""

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

from tradepods_core.paper import engine
from tradepods_core.paper.account import Ended, Happening, PaperOrder, Refusal, Rested, Step, Traded, Triggered
from tradepods_core.shapes import Symbol
from tradepods_simulator.exchange.binanceusdm import shapes
from tradepods_simulator.exchange.binanceusdm.errors import VenueError, refused
from tradepods_simulator.exchange.books import Books, Customer
from tradepods_simulator.exchange.market import ReplayedMarket
from tradepods_simulator.exchange.streams import Streams

MARKS = "!markPrice@arr@1s"


def listen_key(customer: Customer) -> str:
    """The customer's listen key: one a key, as on the venue."""
    return hashlib.sha256(f"listen {customer.api_key}".encode()).hexdigest()


class Exchange:
    """One venue. Wall time signs requests; market time is stamped on all that happens."""

    def __init__(self, *, market: ReplayedMarket, books: Books, wall_ms: Callable[[], int]) -> None:
        self.market = market
        self.books = books
        self.streams = Streams()
        self.ahead_ms = 0
        self._wall_ms = wall_ms
        self.running = False

    def wall_ms(self) -> int:
        """The venue's clock, by which requests are of now; a fault may set it ahead."""
        return self._wall_ms() + self.ahead_ms

    async def show(self, step: int) -> None:
        """Move the market to a step of its replay."""
        self.running = True
        self.market.go_to(step)
        self.react()

    def react(self) -> None:
        """Act on the present prices: resting orders first, then everyone hears of them."""
        for customer in self.books.by_key.values():
            if customer.paper.resting:
                self._took(customer, self._advanced(customer))
        self.streams.broadcast(MARKS, self.marks())

    def marks(self) -> list[dict[str, Any]]:
        """The present mark prices as a frame."""
        prices = {name: self.market.prices[symbol] for symbol, name in self.market.ids.items()}
        return shapes.mark_frame(prices, at_ms=self.market.now_ms, step=self.market.step if self.running else None)

    def place(self, customer: Customer, order: PaperOrder) -> int:
        """Take an order; returns the venue's number of it, raises VenueError."""
        market = self.market
        step = engine.place(
            customer.paper, order, market=market.markets[order.symbol], prices=market.prices, at=market.now
        )
        if isinstance(step, Refusal):
            raise refused(step)
        self._took(customer, step)
        return step.account.orders_made

    def cancel(self, customer: Customer, identifier: str) -> None:
        """Cancel a resting order; raises VenueError."""
        step = engine.cancel(customer.paper, identifier, at=self.market.now)
        if isinstance(step, Refusal):
            raise refused(step)
        self._took(customer, step)

    def set_leverage(self, customer: Customer, symbol: Symbol, leverage: int) -> None:
        """Set a symbol's leverage; raises VenueError where the venue doesn't offer it."""
        most = self.market.markets[symbol].brackets[0].max_leverage
        if not 1 <= leverage <= most:
            raise VenueError(-4028, leverage)
        customer.paper = engine.with_leverage(customer.paper, symbol, leverage)

    def _advanced(self, customer: Customer) -> Step:
        market = self.market
        return engine.advance(customer.paper, prices=market.prices, markets=market.markets, at=market.now)

    def _took(self, customer: Customer, step: Step) -> None:
        if step.happened or step.account is not customer.paper:
            customer.took(step, now_ms=self.market.now_ms)
            self.streams.tell(listen_key(customer), self._frames(customer, step.happened))

    def _frames(self, customer: Customer, happened: tuple[Happening, ...]) -> Iterator[Any]:
        """What the private stream says, in the venue's order: a trigger's fill before the news of the trigger."""
        for happening in happened:
            order = happening.order
            about: dict[str, Any] = {"identifier": self.market.ids[order.symbol], "at_ms": self.market.now_ms}
            match happening:
                case Rested():
                    yield shapes.algo_frame(customer.algos[order.number], **about, status="NEW")
                case Triggered():
                    yield shapes.order_frame(customer.orders[order.number], **about)
                case Traded():
                    yield from self._trade(customer, happening, about)
                case Ended() if order.kind != "market":
                    yield from self._algo_end(customer, happening, about)

    def _trade(self, customer: Customer, trade: Traded, about: dict[str, Any]) -> Iterator[Any]:
        record = customer.orders[trade.order.number]
        if trade.order.kind == "market":
            yield shapes.order_frame(record, **about)
        yield shapes.account_frame(customer, symbol=trade.order.symbol, price=trade.price, **about)
        yield shapes.order_frame(record, **about, trade=trade)

    def _algo_end(self, customer: Customer, end: Ended, about: dict[str, Any]) -> Iterator[Any]:
        record = customer.algos[end.order.number]
        if end.status == "filled":
            yield shapes.algo_frame(record, **about, status="TRIGGERED")
        yield shapes.algo_frame(record, **about, status=record.status)
