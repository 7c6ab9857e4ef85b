"""The exchange's books: for each API key an account, its orders, its trades, and what an examiner asks about."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from tradepods_core.money import ZERO
from tradepods_core.paper.account import (
    Ended,
    Happening,
    Paid,
    PaperAccount,
    PaperOrder,
    PaperPosition,
    Placed,
    Rested,
    Traded,
    Triggered,
)

ALGO_IDS = 4_000_000_000_000  # conditional orders have an id space of their own
DAY_MS = 86_400_000
UNFILLED_KEPT_MS = 3 * DAY_MS  # an order that ended without a fill can't be looked up any longer after this
KEPT_MS = 90 * DAY_MS
STOPS = ("stop_market", "trailing_stop_market")


@dataclass(slots=True)
class Record:
    """One order with all that was ever said of it.

    Attributes:
        sent: a conditional one has sent its plain order off; `refused` is why it could not.

    """

    order: PaperOrder
    status: str
    created_ms: int
    updated_ms: int
    executed: Decimal = ZERO
    average: Decimal = ZERO
    triggered_ms: int = 0
    sent: bool = False
    refused: str = ""

    @property
    def algo_id(self) -> int:
        """The id of a conditional order; the order that its trigger sends off has `order.number`."""
        return ALGO_IDS + self.order.number

    def forgotten(self, now_ms: int) -> bool:
        """Whether the venue has forgotten it by now."""
        over = self.status in ("CANCELED", "EXPIRED", "REJECTED", "FINISHED") and not self.executed
        return now_ms - self.created_ms > (UNFILLED_KEPT_MS if over else KEPT_MS)


@dataclass(slots=True)
class Watch:
    """How long positions stood without a resting stop for all of their quantity, in wall milliseconds."""

    clock: Callable[[], float]
    since: dict[str, float] = field(default_factory=dict)
    closed_ms: float = 0.0

    def look(self, account: PaperAccount) -> None:
        """Compare every position with the stops that rest for it."""
        now = self.clock()
        for key in {*account.positions, *self.since}:
            position = account.positions.get(key)
            if position is not None and _uncovered(account, key, position):
                self.since.setdefault(key, now)
            elif key in self.since:
                self.closed_ms = max(self.closed_ms, (now - self.since.pop(key)) * 1000)

    @property
    def longest_ms(self) -> float:
        """The longest such time, of what is uncovered now until now."""
        now = self.clock()
        return max(self.closed_ms, *((now - since) * 1000 for since in self.since.values()), 0.0)


def _uncovered(account: PaperAccount, key: str, position: PaperPosition) -> bool:
    stops = [
        order
        for order in account.resting.values()
        if order.position == key and order.kind in STOPS and order.waits and order.buys == (position.quantity < ZERO)
    ]
    if any(order.closes for order in stops):
        return False
    return abs(position.quantity) > sum((order.quantity for order in stops), ZERO)


@dataclass(slots=True, kw_only=True)
class Customer:
    """One API key's account; `withdraws`, `transfers`, `futures`: what the key may; `address` if it is bound to one."""

    name: str
    api_key: str
    api_secret: str
    paper: PaperAccount
    watch: Watch
    withdraws: bool = False
    transfers: bool = False
    futures: bool = True
    address: str = ""
    listens_until_ms: int = 0
    listened: int = 0
    orders: dict[int, Record] = field(default_factory=dict)
    algos: dict[int, Record] = field(default_factory=dict)
    trades: list[Traded] = field(default_factory=list)
    paid: list[Paid] = field(default_factory=list)
    placed: Counter[str] = field(default_factory=Counter)
    requests: Counter[str] = field(default_factory=Counter)

    def record(self, happening: Happening, *, now_ms: int) -> None:
        """Keep one thing that the engine said happened."""
        match happening:
            case Rested(order=order):
                self.algos[order.number] = Record(order, "NEW", now_ms, now_ms)
                self.placed[order.id] += 1
            case Triggered(order=order):
                algo = self.algos[order.number]
                algo.status, algo.triggered_ms, algo.updated_ms = "TRIGGERED", now_ms, now_ms
            case Placed(order=order):
                self._place(order, now_ms)
            case Traded():
                self.trades.append(happening)
                self._trade(happening, now_ms)
            case Ended():
                self._end(happening, now_ms)
            case Paid():
                self.paid.append(happening)

    def _place(self, order: PaperOrder, now_ms: int) -> None:
        self.orders[order.number] = Record(order, "NEW", now_ms, now_ms)
        if order.sent_off:
            self.algos[order.number].sent = True
        elif not order.forced:
            self.placed[order.id] += 1

    def _trade(self, trade: Traded, now_ms: int) -> None:
        order = trade.order
        record = self.orders[order.number]
        record.order, record.executed, record.average = order, order.executed, order.average
        record.status, record.updated_ms = "FILLED" if order.left <= ZERO else "PARTIALLY_FILLED", now_ms
        if (algo := self.algos.get(order.number)) is not None:
            algo.executed, algo.average, algo.updated_ms = order.executed, order.average, now_ms

    def _end(self, end: Ended, now_ms: int) -> None:
        status = {"filled": "FILLED", "cancelled": "CANCELED", "expired": "EXPIRED"}[end.status]
        plain, algo = self.orders.get(end.order.number), self.algos.get(end.order.number)
        if plain is not None:
            plain.status, plain.updated_ms = status, now_ms
        if algo is not None:
            algo.status = "FINISHED" if algo.sent else "REJECTED" if end.why else status
            algo.refused, algo.updated_ms = end.why, now_ms

    def duplicates(self) -> int:
        """Orders taken beyond the first of their client id."""
        return sum(count - 1 for count in self.placed.values())


def listen_key(customer: Customer) -> str:
    """The customer's present listen key: one a key, as on the venue, until it expires."""
    return hashlib.sha256(f"listen {customer.api_key} {customer.listened}".encode()).hexdigest()


class Books:
    """All customers, found by their keys."""

    def __init__(self, customers: Iterable[Customer]) -> None:
        self.by_key: Mapping[str, Customer] = {customer.api_key: customer for customer in customers}

    def by_name(self, name: str) -> Customer | None:
        """A customer by its name in the accounts file."""
        return next((customer for customer in self.by_key.values() if customer.name == name), None)
