"""The exchange's books: for each API key a paper account, its orders, its trades, and what an examiner asks about."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from tradepods_core.money import ZERO
from tradepods_core.paper.account import Ended, Happening, PaperAccount, PaperOrder, Rested, Step, Traded, Triggered
from tradepods_core.shapes import Symbol

ALGO_IDS = 4_000_000_000_000  # conditional orders have an id space of their own


@dataclass(slots=True)
class Record:
    """One order with all that was ever said of it."""

    order: PaperOrder
    status: str
    created_ms: int
    updated_ms: int
    executed: Decimal = ZERO
    average: Decimal = ZERO
    triggered_ms: int = 0

    @property
    def algo_id(self) -> int:
        """The id of a conditional order; the order that its trigger sends off has `order.number`."""
        return ALGO_IDS + self.order.number


@dataclass(slots=True)
class Watch:
    """How long positions stood without a resting stop for all of their quantity, in wall milliseconds."""

    clock: Callable[[], float]
    since: dict[Symbol, float] = field(default_factory=dict)
    closed_ms: float = 0.0

    def look(self, account: PaperAccount) -> None:
        """Compare every position with the stops that rest for it."""
        now = self.clock()
        for symbol in {*account.positions, *self.since}:
            if _uncovered(account, symbol):
                self.since.setdefault(symbol, now)
            elif symbol in self.since:
                self.closed_ms = max(self.closed_ms, (now - self.since.pop(symbol)) * 1000)

    @property
    def longest_ms(self) -> float:
        """The longest such time, of what is uncovered now until now."""
        now = self.clock()
        return max(self.closed_ms, *((now - since) * 1000 for since in self.since.values()), 0.0)


def _uncovered(account: PaperAccount, symbol: Symbol) -> bool:
    held = account.held(symbol)
    covered = sum(
        (
            order.quantity
            for order in account.resting.values()
            if order.symbol == symbol and order.kind == "stop_market" and order.buys == (held < ZERO)
        ),
        ZERO,
    )
    return abs(held) > covered


@dataclass(slots=True, kw_only=True)
class Customer:
    """One API key's account."""

    name: str
    api_key: str
    api_secret: str
    paper: PaperAccount
    watch: Watch
    orders: dict[int, Record] = field(default_factory=dict)
    algos: dict[int, Record] = field(default_factory=dict)
    trades: list[Traded] = field(default_factory=list)
    placed: Counter[str] = field(default_factory=Counter)
    requests: Counter[str] = field(default_factory=Counter)

    def took(self, step: Step, *, now_ms: int) -> None:
        """Keep what the engine said happened."""
        self.paper = step.account
        for happening in step.happened:
            self._record(happening, now_ms)
        self.watch.look(self.paper)

    def _record(self, happening: Happening, now_ms: int) -> None:
        order = happening.order
        match happening:
            case Rested():
                self.algos[order.number] = Record(order, "NEW", now_ms, now_ms)
                self.placed[order.id] += 1
            case Triggered():
                algo = self.algos[order.number]
                algo.status, algo.triggered_ms, algo.updated_ms = "TRIGGERED", now_ms, now_ms
                self.orders[order.number] = Record(order, "NEW", now_ms, now_ms)
            case Traded():
                self.trades.append(happening)
                if order.kind == "market":
                    self.orders[order.number] = Record(order, "NEW", now_ms, now_ms)
                    self.placed[order.id] += 1
            case Ended():
                self._end(happening, now_ms)

    def _end(self, end: Ended, now_ms: int) -> None:
        number = end.order.number
        child, algo = self.orders.get(number), self.algos.get(number)
        if child is not None:
            child.status, child.executed, child.average = end.status.upper(), end.executed, end.average
            child.updated_ms = now_ms
        if algo is not None:
            algo.status = {"filled": "FINISHED", "cancelled": "CANCELED", "expired": "EXPIRED"}[end.status]
            algo.executed, algo.average, algo.updated_ms = end.executed, end.average, now_ms

    def duplicates(self) -> int:
        """Orders taken beyond the first of their client id."""
        return sum(count - 1 for count in self.placed.values())


class Books:
    """All customers, found by their keys."""

    def __init__(self, customers: Iterable[Customer]) -> None:
        self.by_key: Mapping[str, Customer] = {customer.api_key: customer for customer in customers}

    def by_name(self, name: str) -> Customer | None:
        """A customer by its name in the accounts file."""
        return next((customer for customer in self.by_key.values() if customer.name == name), None)
