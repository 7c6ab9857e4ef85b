"""Protective orders whose work is done: of a closed position, or replaced by a newer one that rests."""

from collections.abc import Iterator

from tradepods_core.book.facts import Fact
from tradepods_core.book.intents import PROTECTIVE, CancelOrder
from tradepods_core.book.values import Book, Order
from tradepods_core.rules import intents
from tradepods_core.rules.backoff import wait
from tradepods_core.rules.protection import in_the_way
from tradepods_core.rules.snapshot import Snapshot


def tidy(snapshot: Snapshot) -> Iterator[Fact]:
    """The cancels that are due. An order counts as an orphan only if this ledger placed it."""
    asked = {intent.target for intent in snapshot.book.unsettled.values() if isinstance(intent, CancelOrder)}
    for order in snapshot.book.orders.values():
        cause = _done(snapshot.book, order)
        if cause and order.intent.id not in asked and _due(snapshot, order):
            yield intents.cancel(snapshot, order, cause=cause)


def _due(snapshot: Snapshot, order: Order) -> bool:
    """At once, or a while after a cancel that settled nothing."""
    return order.cancel_at is None or snapshot.wall >= order.cancel_at + wait(order.cancels)


def _done(book: Book, order: Order) -> str:
    intent = order.intent
    if intent.purpose not in PROTECTIVE or not intent.conditional or not order.accepted or order.ended:
        return ""
    if order.acts:
        return ""
    position = book.position(intent.position)
    if position is None:
        return "the position is closed"
    if position.alerts:
        return "autoExit is off"
    if in_the_way(book, position) is order:
        return "the stop needs its place"
    newer = (o for o in book.live(intent.position, intent.purpose) if o.intent.revision > intent.revision)
    return "a newer one rests" if any(o.accepted for o in newer) else ""
