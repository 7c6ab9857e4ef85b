"""What an event means for the book: event in, facts out. Nothing that the book already knows becomes a fact again."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from tradepods_core.book.compare import compare
from tradepods_core.book.events import (
    AccountRead,
    Event,
    FillReported,
    IntentSettled,
    OrderReported,
    PaymentReported,
    SettingsChanged,
)
from tradepods_core.book.facts import Fact, OrderEnded, PaymentBooked
from tradepods_core.book.fills import booked
from tradepods_core.book.intents import Accepted, CancelOrder, PlaceOrder, Throttled
from tradepods_core.book.values import Book, Order
from tradepods_core.book.wallet import recorded


def absorb(book: Book, event: Event) -> tuple[Fact, ...]:
    """The facts in an event, in the order in which they are to be applied."""
    match event:
        case FillReported():
            return booked(book, event)
        case OrderReported():
            return tuple(_reported(book, event))
        case PaymentReported():
            return tuple(_paid(book, event))
        case IntentSettled():
            return tuple(_settled(book, event))
        case AccountRead():
            return compare(book, event)
        case SettingsChanged():
            return event.news
        case _:
            return ()


def _reported(book: Book, event: OrderReported) -> Iterator[Fact]:
    order = book.orders.get(event.id)
    if order is None or order.ended:
        return
    if event.ended:
        yield ended(order.intent, executed=event.executed, status=event.status, seen_at=event.seen_at)
    elif event.id in book.unsettled:
        yield IntentSettled(id=event.id, outcome=Accepted(executed=event.executed), seen_at=event.seen_at)


def _paid(book: Book, event: PaymentReported) -> Iterator[Fact]:
    """A payment, once; none that a reading of the wallet has brought already."""
    if event.key in book.paid or book.wallet is None or event.balance == book.wallet or recorded(book, event):
        return
    yield PaymentBooked(
        key=event.key,
        kind=event.kind,
        asset=event.asset,
        amount=event.amount,
        at=event.at,
        seen_at=event.seen_at,
    )


def _settled(book: Book, event: IntentSettled) -> Iterator[Fact]:
    intent = book.unsettled.get(event.id)
    if intent is None or isinstance(event.outcome, Throttled):
        return
    yield event
    if isinstance(intent, CancelOrder) and (target := book.orders.get(intent.target)) is not None:
        yield from _cancelled(event, target)
    elif isinstance(intent, PlaceOrder) and isinstance(event.outcome, Accepted) and event.outcome.ended:
        yield ended(intent, executed=event.outcome.executed, status="answered", seen_at=event.seen_at)


def _cancelled(event: IntentSettled, target: Order) -> Iterator[Fact]:
    """A cancelled order has ended. One that the venue says it doesn't know may rest all the same: a reading tells."""
    if isinstance(event.outcome, Accepted):
        yield ended(target.intent, executed=target.booked, status="cancelled", seen_at=event.seen_at)


def ended(intent: PlaceOrder, *, executed: Decimal, status: str, seen_at: datetime) -> OrderEnded:
    """The fact that nothing more of this order will execute."""
    return OrderEnded(
        id=intent.id,
        leg=intent.leg,
        purpose=intent.purpose,
        executed=executed,
        status=status,
        seen_at=seen_at,
    )
