"""The venue's view against the book. Its steps build on each other, so each sees the book that the one before left.

answers    intents of ours that the venue has: settled
fills      those that the private stream did not bring: positions are open from here on
reserved   orders that were sent just before the ledger could say so: taken into the book, with their fills
ends       orders that the venue shows as done, or no longer shows at all
positions  compared by quantity: what is missing is booked once it is certain, what is not ours keeps us away
wallet     the venue's balance, where it differs, as far as its records explain it
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from functools import partial

from tradepods_core.book import wallet
from tradepods_core.book.book import apply
from tradepods_core.book.events import AccountRead, IntentSettled, VenueOrder
from tradepods_core.book.facts import Fact, OrderEnded
from tradepods_core.book.fills import booked
from tradepods_core.book.holdings import compared
from tradepods_core.book.intents import Accepted, PlaceOrder, Reservation
from tradepods_core.book.values import COPY_WITHIN, Book, Order
from tradepods_core.money import ZERO

SHOWN_WITHIN = timedelta(seconds=3)  # from an order's acceptance until every reading shows it
Step = Callable[[Book, AccountRead], Iterator[Fact]]


def compare(book: Book, event: AccountRead) -> tuple[Fact, ...]:
    """The facts in a reading of the whole account."""
    steps: tuple[Step, ...] = (
        _answers,
        _fills,
        _reserved,
        _fills,
        _ends,
        partial(compared, book),
        partial(wallet.compared, book),
    )
    facts: list[Fact] = []
    for step in steps:
        found = tuple(step(book, event))
        book = apply(book, found)
        facts += found
    return tuple(facts)


def _answers(book: Book, event: AccountRead) -> Iterator[Fact]:
    for seen in event.view.orders:
        if seen.id in book.unsettled:
            yield IntentSettled(id=seen.id, outcome=Accepted(executed=seen.executed), seen_at=event.seen_at)


def _reserved(book: Book, event: AccountRead) -> Iterator[Fact]:
    for seen in event.view.orders:
        reservation = book.reserved.get(seen.id)
        nothing_came_of_it = seen.ended and seen.executed == ZERO
        if reservation is not None and seen.id not in book.orders and not nothing_came_of_it:
            yield _adopted(seen, reservation, event)
            yield IntentSettled(id=seen.id, outcome=Accepted(executed=seen.executed), seen_at=event.seen_at)


def _adopted(seen: VenueOrder, reservation: Reservation, event: AccountRead) -> PlaceOrder:
    """The intent of a reserved order, as the venue shows it."""
    return PlaceOrder(
        id=seen.id,
        cause="found at the venue",
        leg=reservation.leg,
        purpose=reservation.purpose,
        kind=seen.kind or "market",
        quantity=seen.quantity,
        position=reservation.position,
        trigger=seen.trigger,
        committed_at=event.seen_at,
    )


def _fills(book: Book, event: AccountRead) -> Iterator[Fact]:
    for fill in event.view.fills:
        found = booked(book, fill)
        book = apply(book, found)
        yield from found


def _ends(book: Book, event: AccountRead) -> Iterator[Fact]:
    """Orders that are done. One that is not shown at all is gone only if the venue had it before the reading began."""
    shown = {seen.id: seen for seen in event.view.orders}
    for identifier, order in book.orders.items():
        seen = shown.get(identifier)
        if (order.ended and not order.lost) or identifier in book.unsettled:
            continue
        if seen is not None and not seen.ended:
            if order.lost:
                yield IntentSettled(id=identifier, outcome=Accepted(executed=seen.executed), seen_at=event.seen_at)
        elif seen is not None and (not order.lost or _should_show(order, event)):
            yield _end(order, executed=seen.executed, status=seen.status, event=event)
        elif seen is None and _should_show(order, event):
            yield _end(order, executed=order.booked, status="lost" if order.lost else "gone", event=event)


def _should_show(order: Order, event: AccountRead) -> bool:
    """Whether a reading would show the order, if the venue had it. What has just happened may show late."""
    if order.lost:
        moment, margin = order.ended_at, COPY_WITHIN if order.intent.conditional else timedelta(0)
    else:
        moment, margin = order.accepted_at, SHOWN_WITHIN
    return moment is not None and moment + margin <= event.begun_at


def _end(order: Order, *, executed: Decimal, status: str, event: AccountRead) -> OrderEnded:
    intent = order.intent
    return OrderEnded(
        id=intent.id,
        leg=intent.leg,
        purpose=intent.purpose,
        executed=executed,
        status=status,
        seen_at=event.seen_at,
    )
