"""`apply`: the only way a book changes. One small function a kind of fact, in one table."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, TypeVar

from tradepods_core.book import accounting, trading
from tradepods_core.book.events import IntentSettled
from tradepods_core.book.facts import (
    CommandTaken,
    DayBegan,
    Fact,
    Filled,
    LadderSkipped,
    OrderEnded,
    PaymentBooked,
    PeakSeen,
    PositionClosed,
    SignalDecided,
    StopMoved,
    SymbolDoubted,
    SymbolTrusted,
    TradingPaused,
    TradingResumed,
    WalletSeen,
)
from tradepods_core.book.intents import (
    OPENING,
    Accepted,
    CancelOrder,
    PlaceOrder,
    PrepareSymbol,
    RejectCode,
    Rejected,
    Reservation,
    Unknown,
)
from tradepods_core.book.values import WALLET, Book, Order, Position, Refused
from tradepods_core.shapes import Symbol

Key = TypeVar("Key")
Value = TypeVar("Value")
REMEMBERED = timedelta(days=30)  # the longest cooldown that settings allow


def apply(book: Book, facts: Iterable[Fact]) -> Book:
    """The book after these facts, in their order."""
    for fact in facts:
        book = _APPLY[type(fact)](_touched(book, fact), fact)
    return book


def _touched(book: Book, fact: Fact) -> Book:
    """Note when a symbol's orders were heard of, so that a reading which is older does not overrule it."""
    match fact:
        case Filled() | OrderEnded():
            symbol: Symbol | None = fact.leg.symbol
        case IntentSettled():
            order = book.orders.get(fact.id)
            symbol = None if order is None else order.intent.leg.symbol
        case PaymentBooked():
            symbol = WALLET
        case _:
            return book
    return book if symbol is None else replace(book, touched=_with(book.touched, symbol, fact.seen_at))


def _with(mapping: Mapping[Key, Value], key: Key, value: Value) -> Mapping[Key, Value]:
    return {**mapping, key: value}


def _without(mapping: Mapping[Key, Value], key: Key) -> Mapping[Key, Value]:
    return {k: v for k, v in mapping.items() if k != key}


def _placed(book: Book, fact: PlaceOrder) -> Book:
    position = book.position(fact.position)
    positions = book.positions
    if position is not None:
        step = position.step + (fact.purpose == "add")
        again = replace(position, refused=_without(position.refused, fact.purpose), step=step)
        positions = _with(positions, position.leg, again)
    revisions = _with(book.revisions.get(fact.position, {}), fact.purpose, fact.revision + 1)
    return replace(
        book,
        next_position=max(book.next_position, fact.position + 1),
        positions=positions,
        orders=_with(book.orders, fact.id, Order(intent=fact)),
        unsettled=_with(book.unsettled, fact.id, fact),
        reserved=_without(book.reserved, fact.id),
        revisions=_with(book.revisions, fact.position, revisions),
    )


def _reserved(book: Book, fact: Reservation) -> Book:
    return replace(book, reserved=_with(book.reserved, fact.id, fact))


def _cancelling(book: Book, fact: CancelOrder) -> Book:
    target = book.orders.get(fact.target)
    orders = book.orders
    if target is not None:
        asked = replace(target, cancels=target.cancels + 1, cancel_at=fact.committed_at)
        orders = _with(orders, fact.target, asked)
    return replace(book, orders=orders, unsettled=_with(book.unsettled, fact.id, fact))


def _preparing(book: Book, fact: PrepareSymbol) -> Book:
    return replace(book, unsettled=_with(book.unsettled, fact.id, fact))


def _settled(book: Book, fact: IntentSettled) -> Book:
    outcome = fact.outcome
    order = book.orders.get(fact.id)
    if isinstance(outcome, Unknown):
        if order is None:
            return book
        return replace(book, orders=_with(book.orders, fact.id, replace(order, unsure=True, repeated=True)))
    book = replace(book, unsettled=_without(book.unsettled, fact.id))
    if order is None:
        return book
    if isinstance(outcome, Accepted):
        return _accepted(book, order, outcome, at=fact.seen_at)
    return _refused(book, order, fact)


def _accepted(book: Book, order: Order, outcome: Accepted, *, at: datetime) -> Book:
    executed = max(order.executed, outcome.executed)
    accepted = replace(_revived(order), accepted=True, unsure=False, accepted_at=at, executed=executed)
    position = book.positions.get(order.intent.leg)
    positions = book.positions
    if order.intent.purpose == "stop" and position is not None and position.number == order.intent.position:
        positions = _with(positions, position.leg, replace(position, naked_since=None))
    return _kept(replace(book, positions=positions), accepted)


def _revived(order: Order) -> Order:
    """One that was given up for lost and is there after all: more of it may follow."""
    return replace(order, ended=order.ended and not order.lost, lost=False)


def _refused(book: Book, order: Order, fact: IntentSettled) -> Book:
    code: RejectCode = fact.outcome.code if isinstance(fact.outcome, Rejected) else "throttled"
    book = _noted(book, order, code=code, at=fact.seen_at)
    over = replace(order, ended=True, unsure=False, executed=order.booked, ended_at=fact.seen_at)
    lost = code == "not_placed" or (order.repeated and order.intent.conditional)  # an earlier try may rest, or come yet
    return _kept(book, replace(over, lost=lost))


def _noted(book: Book, order: Order, *, code: RejectCode, at: datetime) -> Book:
    """The book with a refusal of a protective or closing order noted at its position.

    A close that never arrived was refused by nobody: the next goes out without a pause.
    """
    position, purpose = book.position(order.intent.position), order.intent.purpose
    if position is None or purpose in OPENING or (purpose, code) == ("close", "not_placed"):
        return book
    again = replace(
        position,
        refused=_with(position.refused, purpose, Refused(code=code, at=at)),
        refusals=_with(position.refusals, purpose, position.refusals.get(purpose, 0) + 1),
    )
    return replace(book, positions=_with(book.positions, position.leg, again))


def _kept(book: Book, order: Order) -> Book:
    """The book with this order; without it once it is settled."""
    if not order.settled:
        return replace(book, orders=_with(book.orders, order.intent.id, order))
    return _released(replace(book, orders=_without(book.orders, order.intent.id)), order.intent.position)


def _released(book: Book, number: int) -> Book:
    """Let go of a position's reservations and counts once nothing of it is open: a late entry fill may reopen it."""
    if book.position(number) is not None or any(o.intent.position == number for o in book.orders.values()):
        return book
    return replace(
        book,
        reserved={k: r for k, r in book.reserved.items() if r.position != number},
        revisions=_without(book.revisions, number),
    )


def _filled(book: Book, fact: Filled) -> Book:
    order = book.orders.get(fact.order)
    if order is None:
        return book
    booked = replace(
        _revived(order),
        accepted=True,
        accepted_at=order.accepted_at or fact.seen_at,
        unsure=False,
        booked=order.booked + fact.quantity,
        executed=max(order.executed, order.booked + fact.quantity),
        trades=order.trades | {fact.trade},
        filled_at=fact.seen_at,
    )
    position = _position_after(book, fact, order)
    book = replace(
        book,
        wallet=accounting.wallet_after(book.wallet, fact),
        positions=book.positions if position is None else _with(book.positions, fact.leg, position),
        entered_at=_with(book.entered_at, fact.leg.symbol, fact.at) if fact.purpose == "enter" else book.entered_at,
        unsettled=_without(book.unsettled, fact.order),
    )
    return _kept(book, booked)


def _position_after(book: Book, fact: Filled, order: Order) -> Position | None:
    position = book.positions.get(fact.leg)
    if position is not None and fact.purpose in OPENING:
        return accounting.increased(position, fact, adds=fact.purpose == "add" and not order.booked)
    if position is not None:
        return accounting.reduced(position, fact, entering=book.entering(position.number))
    return accounting.opened(fact, order) if fact.purpose in OPENING else None


def _ended(book: Book, fact: OrderEnded) -> Book:
    order = book.orders.get(fact.id)
    book = replace(book, unsettled=_without(book.unsettled, fact.id))
    if order is None:
        return book
    executed = max(fact.executed, order.booked)
    lost = order.may_come_again(executed=fact.executed, status=fact.status, at=fact.seen_at)
    over = replace(order, ended=True, unsure=False, lost=lost, executed=executed, ended_at=fact.seen_at)
    if not over.intent.conditional and executed < over.intent.quantity:
        book = _noted(book, over, code="other", at=fact.seen_at)  # the venue gave it up: as good as refused
    return _bared(_kept(book, over), over, at=fact.seen_at)


def _bared(book: Book, order: Order, *, at: datetime) -> Book:
    """A position whose last resting stop is gone without closing it is naked from then on."""
    position = book.position(order.intent.position)
    if order.intent.purpose != "stop" or position is None or position.naked_since is not None:
        return book
    if any(other.accepted for other in book.live(position.number, "stop")):
        return book
    return replace(book, positions=_with(book.positions, position.leg, replace(position, naked_since=at)))


def _closed(book: Book, fact: PositionClosed) -> Book:
    flat = all(leg == fact.leg or leg.symbol != fact.leg.symbol for leg in book.positions)
    closed_at = _with(book.closed_at, fact.leg.symbol, fact.at) if flat else book.closed_at
    book = replace(
        book,
        positions=_without(book.positions, fact.leg),
        closed_at={s: at for s, at in closed_at.items() if fact.at - at < REMEMBERED},
        entered_at={s: at for s, at in book.entered_at.items() if fact.at - at < REMEMBERED},
    )
    return trading.closed(_released(book, fact.number), fact)


def _of_position(change: Callable[[Position, Any], Position]) -> Callable[[Book, Any], Book]:
    """What a fact changes about the one position that it names."""

    def applied(book: Book, fact: Any) -> Book:
        position = book.positions.get(fact.leg)
        if position is None or position.number != fact.number:
            return book
        return replace(book, positions=_with(book.positions, fact.leg, change(position, fact)))

    return applied


def _decided(book: Book, fact: SignalDecided) -> Book:
    kept = {signal: expires for signal, expires in book.decided.items() if expires >= fact.expires - REPEATABLE}
    return replace(book, decided={**kept, fact.signal: fact.expires})


REPEATABLE = timedelta(minutes=10)  # how long after its cycle expired a decided signal is remembered


_APPLY: Mapping[type, Callable[[Book, Any], Book]] = MappingProxyType(
    {
        PlaceOrder: _placed,
        CancelOrder: _cancelling,
        PrepareSymbol: _preparing,
        Reservation: _reserved,
        IntentSettled: _settled,
        Filled: _filled,
        OrderEnded: _ended,
        PositionClosed: _closed,
        StopMoved: _of_position(accounting.stop_moved),
        LadderSkipped: _of_position(lambda position, fact: replace(position, step=fact.step + 1)),
        SignalDecided: _decided,
        WalletSeen: lambda book, fact: replace(book, wallet=fact.balance),
        PaymentBooked: trading.paid,
        CommandTaken: trading.commanded,
        TradingPaused: trading.paused,
        TradingResumed: trading.resumed,
        DayBegan: trading.began,
        PeakSeen: trading.peaked,
        SymbolDoubted: lambda book, fact: replace(book, doubts=_with(book.doubts, fact.symbol, fact)),
        SymbolTrusted: lambda book, fact: replace(book, doubts=_without(book.doubts, fact.symbol)),
    }
)
FACT_KINDS: Mapping[str, type] = {kind.__name__: kind for kind in _APPLY}
