"""A fill of one of our orders: booked once, and the end of its position where it takes the last of it."""

from tradepods_core.book.accounting import SETTLE, average_exit
from tradepods_core.book.book import apply
from tradepods_core.book.events import FillReported
from tradepods_core.book.facts import Fact, Filled, PositionClosed
from tradepods_core.book.intents import OPENING, PlaceOrder
from tradepods_core.book.outside import ReductionTakenBack
from tradepods_core.book.values import Book
from tradepods_core.money import ZERO


def booked(book: Book, event: FillReported) -> tuple[Fact, ...]:
    """The facts in a reported fill; none for a fill already booked, or of an order that is not in the book."""
    order = book.orders.get(event.order)
    if order is None or event.trade in order.trades:
        return ()
    intent = order.intent
    fill = Filled(
        order=event.order,
        trade=event.trade,
        leg=intent.leg,
        purpose=intent.purpose,
        position=intent.position,
        quantity=event.quantity,
        price=event.price,
        fee=event.fee,
        fee_asset=event.fee_asset,
        realized=event.realized,
        at=event.at,
        seen_at=event.seen_at,
    )
    explained = _explained(book, fill)
    return (*explained, fill, *_closed(apply(book, explained), fill, intent))


def _explained(book: Book, fill: Filled) -> tuple[Fact, ...]:
    """What was booked as reduced outside, without proof, before this fill was heard of: it was this fill."""
    unproven = book.unproven.get(fill.position)
    if unproven is None or fill.purpose in OPENING or fill.at > unproven.at:
        return ()
    quantity = min(unproven.quantity, fill.quantity)
    fee = fill.fee if fill.fee_asset == SETTLE else ZERO
    back = ReductionTakenBack(
        number=fill.position,
        leg=fill.leg,
        quantity=quantity,
        realized=unproven.realized * quantity / unproven.quantity,
        paid=(fill.realized - fee) * quantity / fill.quantity,
        seen_at=fill.seen_at,
    )
    return (back,)


def _closed(book: Book, fill: Filled, intent: PlaceOrder) -> tuple[Fact, ...]:
    after = apply(book, (fill,))
    position = after.positions.get(fill.leg)
    if position is None or position.quantity > ZERO or after.entering(position.number):
        return ()
    purpose = "close" if fill.purpose in OPENING else fill.purpose  # the last of its entry was heard after its exits
    closed = PositionClosed(
        number=position.number,
        leg=fill.leg,
        by="rule" if intent.rule and fill.purpose not in OPENING else purpose,
        quantity=position.entered,
        average=position.average,
        price=average_exit(position, last=fill.price),
        realized=position.realized,
        fees=position.fees,
        opened_at=position.opened_at,
        at=fill.at,
        moved=intent.moved,
    )
    return (closed,)
