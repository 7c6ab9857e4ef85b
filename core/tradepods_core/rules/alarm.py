"""When time alone changes the answer: the desk sleeps until then, and reads the account where things don't add up."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from tradepods_core.book.holdings import CERTAIN_AFTER
from tradepods_core.book.values import COPY_WITHIN, Book, Order, Position
from tradepods_core.rules.backoff import FIRST, wait
from tradepods_core.rules.protection import (
    CONFIRMED_WITHIN,
    RESIZED_EVERY,
    confirm_by,
    in_the_way,
    market_by,
    target_again,
    unheard_until,
)
from tradepods_core.shapes import Symbol

FILLS_WITHIN = timedelta(milliseconds=300)  # from an order's end to the last of its fills: its stop waits for them
ENDS_WITHIN = timedelta(seconds=2)  # from a market order's acceptance, or a fill, to the order's end


def next_alarm(book: Book, *, wall: datetime, since: datetime) -> datetime | None:
    """The next wall time at which a decision may differ; what is overdue is asked again a second from now."""
    moments = [*_positions(book, since), *_orders(book), *_missing(book)]
    return min((moment if moment > wall else wall + FIRST for moment in moments), default=None)


def adds_up(book: Book, *, wall: datetime) -> bool:
    """Whether every order that should have ended, or brought its fills, has, and nothing has been missing for long."""
    expected = [*(_expected_by(order) for order in book.orders.values()), *_missing(book)]
    return all(moment is None or wall < moment for moment in expected)


def unheard(book: Book, marks: Mapping[Symbol, Decimal]) -> bool:
    """Whether a mark price has reached the level of a stop or take-profit that rests by all that was heard.

    A stream that has fallen silent looks like one with nothing to say.
    """
    return any(
        order.accepted and not order.ended and _reached(order, marks.get(order.intent.leg.symbol))
        for order in book.orders.values()
    )


def _reached(order: Order, mark: Decimal | None) -> bool:
    trigger = order.intent.trigger
    if trigger is None or mark is None:
        return False
    on_fall = (order.intent.purpose == "stop") == (order.intent.leg.side == "long")
    return mark <= trigger if on_fall else mark >= trigger


def _positions(book: Book, since: datetime) -> Iterator[datetime]:
    for position in book.positions.values():
        if not book.revision(position.number, "close"):
            limits = (confirm_by(book, position, since=since), market_by(book, position, since=since))
            yield from (limit for limit in limits if limit is not None)
        yield from _of_position(book, position)


def _of_position(book: Book, position: Position) -> Iterator[datetime]:
    if in_the_way(book, position) is not None:
        yield position.refused["stop"].at + CONFIRMED_WITHIN
    again, refused = target_again(position), position.refused.get("close")
    if again is not None:
        yield again
    if refused is not None:
        yield refused.at + wait(position.refusals["close"])
    for order in book.live(position.number, "stop")[-1:]:
        if order.accepted and order.intent.quantity != position.quantity:
            yield order.intent.committed_at + RESIZED_EVERY
    unheard = unheard_until(book, position)
    if unheard is not None:
        yield unheard


def _missing(book: Book) -> Iterator[datetime]:
    """When a second reading may decide what the first showed to be missing."""
    for doubt in book.doubts.values():
        if doubt.quantity:
            yield doubt.seen_at + CERTAIN_AFTER


def _orders(book: Book) -> Iterator[datetime]:
    for order in book.orders.values():
        expected = _expected_by(order)
        if expected is not None:
            yield expected
        if order.cancel_at is not None and not order.ended:
            yield order.cancel_at + wait(order.cancels)


def _expected_by(order: Order) -> datetime | None:
    """When the account is to be read if nothing more is heard of this order."""
    if order.lost and not order.intent.conditional:
        return None  # a reading was asked for when it was given up
    if order.ended and order.ended_at is not None:
        return order.ended_at + (COPY_WITHIN if order.lost else FILLS_WITHIN)
    if order.filled_at is not None:
        return order.filled_at + ENDS_WITHIN
    if order.accepted and not order.intent.conditional and order.accepted_at is not None:
        return order.accepted_at + ENDS_WITHIN
    return None
