"""What happens to a book by what happened outside of its ledger."""

from dataclasses import replace
from decimal import Decimal

from tradepods_core.book.accounting import exited
from tradepods_core.book.events import IntentSettled
from tradepods_core.book.intents import Accepted
from tradepods_core.book.orders import including, placed, settled, without
from tradepods_core.book.outside import (
    ExternallyReduced,
    OrderAdopted,
    PositionAdopted,
    ReductionTakenBack,
    Unproven,
)
from tradepods_core.book.values import Book, Position
from tradepods_core.money import ZERO


def reduced(book: Book, fact: ExternallyReduced) -> Book:
    """A position is smaller. The wallet is left alone: the reading that showed it brings the venue's own."""
    position = book.position(fact.number)
    if position is not None:
        smaller = replace(
            position,
            quantity=position.quantity - fact.quantity,
            realized=position.realized + fact.realized,
            fees=position.fees + fact.fee,
            outside=position.outside | frozenset(fact.trades),
            exited=exited(position, fact.quantity, fact.price),
        )
        book = replace(book, positions=including(book.positions, position.leg, smaller))
    if not fact.unproven:
        return book
    earlier = book.unproven.get(fact.number)
    unproven = Unproven(
        quantity=fact.unproven + (ZERO if earlier is None else earlier.quantity),
        realized=fact.estimated + (ZERO if earlier is None else earlier.realized),
        at=fact.at,
    )
    return replace(book, unproven=including(book.unproven, fact.number, unproven))


def taken_back(book: Book, fact: ReductionTakenBack) -> Book:
    """What was estimated is undone, as far as a fill of ours is about to be booked in its place."""
    position, earlier = book.position(fact.number), book.unproven.get(fact.number)
    if position is not None:
        larger = replace(
            position,
            quantity=position.quantity + fact.quantity,
            realized=position.realized - fact.realized,
            exited=exited(position, -fact.quantity, _estimated_price(position, fact)),
        )
        book = replace(book, positions=including(book.positions, position.leg, larger))
    left = without(book.unproven, fact.number)
    if earlier is not None and earlier.quantity > fact.quantity:
        rest = replace(earlier, quantity=earlier.quantity - fact.quantity, realized=earlier.realized - fact.realized)
        left = including(left, fact.number, rest)
    return replace(book, unproven=left, wallet=None if book.wallet is None else book.wallet - fact.paid)


def _estimated_price(position: Position, fact: ReductionTakenBack) -> Decimal:
    """The mark price by which its profit was estimated."""
    return position.average + fact.realized / fact.quantity * position.leg.sign


def adopted(book: Book, fact: PositionAdopted) -> Book:
    """A position that this ledger did not open is ours; it is bare until its stop is known to rest."""
    position = Position(
        number=fact.number,
        leg=fact.leg,
        quantity=fact.quantity,
        average=fact.average,
        entered=fact.quantity,
        first=fact.quantity,
        terms=fact.terms,
        step=fact.step,
        opened_at=fact.at,
        strategy="adopted",
        signal="adopted",
        naked_since=fact.seen_at,
        stop=fact.stop,
        stop_by="" if fact.stop is None else "adopted",
        stop_at=None if fact.stop is None else fact.at,
        exited=ZERO,
    )
    number = max(book.next_position, fact.number + 1)
    return replace(book, next_position=number, positions=including(book.positions, fact.leg, position))


def order_adopted(book: Book, fact: OrderAdopted) -> Book:
    """An order is ours, and rests."""
    known = placed(book, fact.order)
    return settled(known, IntentSettled(id=fact.order.id, outcome=Accepted(), seen_at=fact.seen_at))
