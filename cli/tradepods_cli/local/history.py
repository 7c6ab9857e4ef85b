"""What an account's facts tell of its day: every closed position, what it was worth over time, the deepest fall."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from tradepods_core.book.accounting import equity
from tradepods_core.book.book import apply
from tradepods_core.book.facts import Fact, Filled, PaymentBooked, PositionClosed, StopMoved, WalletSeen
from tradepods_core.book.values import Book
from tradepods_core.money import HUNDRED, ONE, ZERO
from tradepods_core.shapes import Symbol
from tradepods_core.times import EPOCH

ExitKind = Literal["takeProfits", "stopLosses", "breakEvens", "trailingStops", "otherExits"]
EXIT_KINDS: tuple[ExitKind, ...] = ("takeProfits", "stopLosses", "breakEvens", "trailingStops", "otherExits")
MOVED: Mapping[str, ExitKind] = {
    "break_even": "breakEvens",
    "trailing": "trailingStops",
    "move_stop": "otherExits",
}
Prices = Mapping[datetime, Mapping[Symbol, Decimal]]  # mark prices at moments of market time, oldest first


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """A position that was closed; `net` is its profit less its fees, quote, funding aside."""

    symbol: Symbol
    side: Literal["long", "short"]
    opened_at: datetime
    closed_at: datetime
    kind: ExitKind
    net: Decimal


@dataclass(frozen=True, slots=True)
class Opening:
    """When a position was opened, by its first fill."""

    side: Literal["long", "short"]
    at: datetime


@dataclass(frozen=True, slots=True)
class Point:
    """What an account was worth at a moment of market time, quote."""

    at: datetime
    equity: Decimal


def trades(facts: Iterable[Fact]) -> tuple[Trade, ...]:
    """Every closed position, in the order of their ends."""
    moved: dict[int, str] = {}
    found = []
    for fact in facts:
        match fact:
            case StopMoved():
                moved[fact.number] = fact.why
            case PositionClosed():
                found.append(_trade(fact, moved.get(fact.number, "")))
            case _:
                pass
    return tuple(found)


def openings(facts: Iterable[Fact]) -> tuple[Opening, ...]:
    """Every position that was opened, whether it is closed or not."""
    found: dict[int, Opening] = {}
    for fact in facts:
        if isinstance(fact, Filled) and fact.purpose == "enter":
            found.setdefault(fact.position, Opening(fact.leg.side, fact.at))
    return tuple(found.values())


def _trade(closed: PositionClosed, moved_by: str) -> Trade:
    kind: ExitKind = "otherExits"
    if closed.by == "take_profit":
        kind = "takeProfits"
    elif closed.by == "stop":
        kind = MOVED.get(moved_by, "stopLosses")
    return Trade(
        symbol=closed.leg.symbol,
        side=closed.leg.side,
        opened_at=closed.opened_at,
        closed_at=closed.at,
        kind=kind,
        net=closed.realized - closed.fees,
    )


def unaccounted(facts: Sequence[Fact]) -> int:
    """Positions that were opened and are neither open nor closed now, or closed more than once."""
    opened = {fact.position for fact in facts if isinstance(fact, Filled) and fact.purpose == "enter"}
    ends = [fact.number for fact in facts if isinstance(fact, PositionClosed)]
    ends += [position.number for position in apply(Book(), facts).positions.values()]
    return len(opened ^ set(ends)) + len(ends) - len(set(ends))


def curve(facts: Iterable[Fact], prices: Prices) -> tuple[Point, ...]:
    """What the account was worth at each of these moments: wallet, and open positions at the mark prices of then."""
    books = [(EPOCH, Book()), *_books(facts)]
    times = [at for at, _ in books]
    return tuple(Point(at, equity(books[bisect_right(times, at) - 1][1], marks)) for at, marks in prices.items())


def _books(facts: Iterable[Fact]) -> Iterator[tuple[datetime, Book]]:
    """The book after each fact that changes what the account is worth, with the market time of then."""
    book, at = Book(), EPOCH
    for fact in facts:
        book = apply(book, (fact,))
        match fact:
            case WalletSeen():
                yield at, book
            case Filled() | PaymentBooked():
                at = max(at, fact.at)
                yield at, book
            case _:
                pass


def fall(points: Iterable[Point]) -> Decimal:
    """The deepest fall of equity from an earlier peak, percent of that peak."""
    peak = deepest = ZERO
    for point in points:
        peak = max(peak, point.equity)
        if peak > ZERO:
            deepest = max(deepest, (ONE - point.equity / peak) * HUNDRED)
    return deepest


def symbols(facts: Iterable[Fact]) -> frozenset[Symbol]:
    """The symbols that the account has traded."""
    return frozenset(fact.leg.symbol for fact in facts if isinstance(fact, Filled))
