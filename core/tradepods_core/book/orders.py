"""What intents, their outcomes and their fills do to a book."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from tradepods_core.book import accounting, managed
from tradepods_core.book.events import IntentSettled
from tradepods_core.book.facts import Filled, OrderEnded
from tradepods_core.book.intents import (
    OPENING,
    PROTECTIVE,
    Accepted,
    CancelOrder,
    PlaceOrder,
    Preparation,
    Purpose,
    RejectCode,
    Rejected,
    Reservation,
    Unknown,
)
from tradepods_core.book.values import Book, Order, Position, Refused
from tradepods_core.money import ZERO
from tradepods_core.shapes import Symbol

NEVER_SENT: tuple[RejectCode, ...] = ("too_late", "throttled")
Key = TypeVar("Key")
Value = TypeVar("Value")


def including(mapping: Mapping[Key, Value], key: Key, value: Value) -> Mapping[Key, Value]:
    """The mapping with this value."""
    return {**mapping, key: value}


def latest(moments: Mapping[Symbol, datetime], symbol: Symbol, at: datetime) -> Mapping[Symbol, datetime]:
    """The moments with this one, where it is not before the symbol's own: the other side's may be heard of first."""
    return including(moments, symbol, max(at, moments.get(symbol, at)))


def without(mapping: Mapping[Key, Value], key: Key) -> Mapping[Key, Value]:
    """The mapping without this key."""
    return {k: v for k, v in mapping.items() if k != key}


def placed(book: Book, fact: PlaceOrder) -> Book:
    """An order is meant to be sent."""
    position = book.position(fact.position)
    positions = book.positions
    if position is not None:
        step = position.step + (fact.purpose == "add")
        again = replace(position, refused=without(position.refused, fact.purpose), step=step)
        positions = including(positions, position.leg, again)
    revisions = including(book.revisions.get(fact.position, {}), fact.purpose, fact.revision + 1)
    return replace(
        book,
        next_position=max(book.next_position, fact.position + 1),
        positions=positions,
        orders=including(book.orders, fact.id, Order(intent=fact)),
        unsettled=including(book.unsettled, fact.id, fact),
        reserved={**without(book.reserved, fact.id), **{kept.id: kept for kept in fact.reserves}},
        revisions=including(book.revisions, fact.position, revisions),
    )


def reserved(book: Book, fact: Reservation) -> Book:
    """An id is kept for later: earlier ledgers have a fact for each."""
    return replace(book, reserved=including(book.reserved, fact.id, fact))


def cancelling(book: Book, fact: CancelOrder) -> Book:
    """An order is to be cancelled."""
    target = book.orders.get(fact.target)
    orders = book.orders
    if target is not None:
        asked = replace(target, cancels=target.cancels + 1, cancel_at=fact.committed_at)
        orders = including(orders, fact.target, asked)
    return replace(book, orders=orders, unsettled=including(book.unsettled, fact.id, fact))


def preparing(book: Book, fact: Preparation) -> Book:
    """The account is to be set up."""
    return replace(book, unsettled=including(book.unsettled, fact.id, fact))


def settled(book: Book, fact: IntentSettled) -> Book:
    """The venue has answered, or nobody knows whether it has."""
    outcome = fact.outcome
    order = book.orders.get(fact.id)
    if isinstance(outcome, Unknown):
        if order is None:
            return book
        return replace(book, orders=including(book.orders, fact.id, replace(order, unsure=True, repeated=True)))
    book = replace(book, unsettled=without(book.unsettled, fact.id))
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
    if position is not None and position.number == order.intent.position:
        positions = including(positions, position.leg, _rests(position, order.intent.purpose))
    return _kept(replace(book, positions=positions), accepted)


def _rests(position: Position, purpose: Purpose) -> Position:
    """A stop protects it, and one that is refused later is the first again; so is a take-profit, which then rests."""
    if purpose not in PROTECTIVE:
        return position
    again = replace(position, refusals=without(position.refusals, purpose))
    if purpose == "stop":
        return replace(again, naked_since=None)
    return replace(again, refused=without(position.refused, purpose))


def _revived(order: Order) -> Order:
    """One that was given up for lost and is there after all: more of it may follow."""
    return replace(order, ended=False, lost=False, filled_at=None) if order.lost else order


def _refused(book: Book, order: Order, fact: IntentSettled) -> Book:
    code: RejectCode = fact.outcome.code if isinstance(fact.outcome, Rejected) else "throttled"
    book = _noted(book, order, code=code, at=fact.seen_at)
    over = replace(order, ended=True, unsure=False, executed=order.booked, ended_at=fact.seen_at)
    lost = code == "not_placed" or (order.repeated and order.intent.conditional)  # an earlier try may rest, or come yet
    if code in NEVER_SENT:
        book = managed.taken_back(book, order)
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
        refused=including(position.refused, purpose, Refused(code=code, at=at)),
        refusals=including(position.refusals, purpose, position.refusals.get(purpose, 0) + 1),
    )
    return replace(book, positions=including(book.positions, position.leg, again))


def _kept(book: Book, order: Order) -> Book:
    """The book with this order; without it once it is settled."""
    if not order.settled:
        return replace(book, orders=including(book.orders, order.intent.id, order))
    return released(replace(book, orders=without(book.orders, order.intent.id)), order.intent.position)


def released(book: Book, number: int) -> Book:
    """Let go of a position's reservations and counts once nothing of it is open: a late entry fill may reopen it."""
    if book.position(number) is not None or any(o.intent.position == number for o in book.orders.values()):
        return book
    return replace(
        book,
        reserved={k: r for k, r in book.reserved.items() if r.position != number},
        revisions=without(book.revisions, number),
        unproven=without(book.unproven, number),
        leaving=without(book.leaving, number),
    )


def filled(book: Book, fact: Filled) -> Book:
    """A fill is booked."""
    order = book.orders.get(fact.order)
    if order is None:
        return book
    awaited = order.booked + fact.quantity <= order.executed
    booked = replace(
        order if awaited else _revived(order),
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
        positions=book.positions if position is None else including(book.positions, fact.leg, position),
        entered_at=latest(book.entered_at, fact.leg.symbol, fact.at) if fact.purpose == "enter" else book.entered_at,
        unsettled=without(book.unsettled, fact.order),
    )
    return _kept(book, booked)


def _position_after(book: Book, fact: Filled, order: Order) -> Position | None:
    position = book.positions.get(fact.leg)
    if position is not None and fact.purpose in OPENING:
        return accounting.increased(position, fact, adds=fact.purpose == "add" and not order.booked)
    if position is not None:
        return accounting.reduced(position, fact, entering=book.entering(position.number))
    step = book.revision(fact.position, "add")
    return accounting.opened(fact, order, step=step) if fact.purpose in OPENING else None


def ended(book: Book, fact: OrderEnded) -> Book:
    """Nothing more of an order will execute."""
    order = book.orders.get(fact.id)
    book = replace(book, unsettled=without(book.unsettled, fact.id))
    if order is None:
        return book
    executed = max(fact.executed, order.booked)
    lost = order.may_come_again(at=fact.seen_at)
    over = replace(order, ended=True, unsure=False, lost=lost, executed=executed, ended_at=fact.seen_at)
    if order.lost and executed == ZERO and not over.lost and order.intent.rule:
        book = managed.taken_back(book, order)  # the market has moved: it is the rule's to say whether it still holds
    elif not over.intent.conditional and executed < over.intent.quantity:
        book = _noted(book, over, code="other", at=fact.seen_at)  # the venue gave it up: as good as refused
    return _bared(_kept(book, over), over, at=fact.seen_at)


def _bared(book: Book, order: Order, *, at: datetime) -> Book:
    """A position whose last resting stop is gone without closing it is naked from then on."""
    position = book.position(order.intent.position)
    if order.intent.purpose != "stop" or position is None or position.alerts or position.naked_since is not None:
        return book
    if any(other.accepted for other in book.live(position.number, "stop")):
        return book
    return replace(book, positions=including(book.positions, position.leg, replace(position, naked_since=at)))
