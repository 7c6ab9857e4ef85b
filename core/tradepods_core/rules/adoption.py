"""Taking in what a lost ledger has left at the venue: as a person asks, and only where nothing else claims it."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from tradepods_core.book.book import apply
from tradepods_core.book.events import AccountView, VenueOrder, VenuePosition
from tradepods_core.book.holdings import held_there
from tradepods_core.book.intents import Leg, OrderKind, PlaceOrder, Purpose, Terms
from tradepods_core.book.outside import OrderAdopted, PositionAdopted
from tradepods_core.book.values import Book
from tradepods_core.errors import Temporary
from tradepods_core.ids import is_ours
from tradepods_core.money import ZERO
from tradepods_core.settings.account import AccountSpec
from tradepods_core.shapes import Symbol

CAUSE = "adopted"
PURPOSES: Mapping[OrderKind | None, Purpose] = {"stop_market": "stop", "take_profit_market": "take_profit"}
Adopted = PositionAdopted | OrderAdopted


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A moment at which somebody asks to adopt: the venue's view, and what the ledger has already.

    Attributes:
        symbols: on which positions are ours by the person's word; empty: where an order of our pattern rests.
        now: market time. wall: wall time.

    """

    view: AccountView
    book: Book
    settings: AccountSpec
    symbols: Collection[Symbol] = ()
    now: datetime
    wall: datetime


def adopted(found: Found) -> Iterator[Adopted]:
    """The positions, then the orders of our pattern that close them; an order without a position is ours too, and ends.

    Raises Temporary where the venue names no entry price.
    """
    orders = unknown(found.view, found.book)
    symbols = set(found.symbols) or {order.symbol for order in orders}
    book = found.book
    for position in sorted(found.view.positions, key=lambda held: str(held.leg)):
        if position.symbol in symbols and not claimed(found.view, found.book, position):
            fact = _position(found, book, position, orders)
            book = apply(book, (fact,))
            yield fact
    for order in orders:
        if order.symbol in symbols and (closes(order) in book.positions or closes(order) not in held_there(found.view)):
            taken = _order(found, book, order)
            book = apply(book, (taken,))
            yield taken


def unknown(view: AccountView, book: Book) -> list[VenueOrder]:
    """Protective orders of our pattern that the ledger doesn't know; the one that fits its position best is last."""
    held = held_there(view)
    known = book.orders.keys() | book.reserved.keys()
    orders = [
        order
        for order in view.orders
        if not order.ended and is_ours(order.id) and order.id not in known and order.kind in PURPOSES and order.trigger
    ]
    return sorted(orders, key=lambda order: (order.quantity == held.get(closes(order)), order.id))


def claimed(view: AccountView, book: Book, position: VenuePosition) -> bool:
    """Whether the ledger holds it, or another that can't be there beside it: readings decide about those."""
    mine = [leg for leg in book.positions if leg.symbol == position.symbol]
    return bool(mine) if view.one_way else position.leg in mine


def closes(order: VenueOrder) -> Leg:
    """What it closes."""
    return Leg(order.symbol, "short" if order.buys else "long")


def _next(found: Found, book: Book) -> int:
    """Numbers go on by market time, so that no id of the lost ledger is given out again."""
    return max(book.next_position, int(found.now.timestamp()))


def _position(found: Found, book: Book, position: VenuePosition, orders: list[VenueOrder]) -> PositionAdopted:
    if position.entry <= ZERO:
        raise Temporary(f"the exchange names no entry price of {position.leg}: try again")
    leg, targets = position.leg, found.settings.targets(position.leg.side)
    terms = Terms(take_profit_pct=targets.take_profit_pct, stop_loss_pct=targets.stop_loss_pct)
    first = position.entry * (1 - leg.sign * terms.stop_loss_pct / 100)
    stops = [order.trigger for order in orders if closes(order) == leg and PURPOSES[order.kind] == "stop"]
    better = [stop for stop in stops[-1:] if stop is not None and (stop - first) * leg.sign > ZERO]
    return PositionAdopted(
        number=_next(found, book),
        leg=leg,
        quantity=abs(position.quantity),
        average=position.entry,
        terms=terms,
        step=len(found.settings.dca.step_pcts),
        stop=better[0] if better else None,
        at=found.now,
        seen_at=found.wall,
    )


def _order(found: Found, book: Book, order: VenueOrder) -> OrderAdopted:
    """Of the open position that it closes; of none where that is flat: then it is an orphan, and cancelled like any."""
    leg, purpose = closes(order), PURPOSES[order.kind]
    held = book.positions.get(leg)
    number = _next(found, book) if held is None else held.number
    intent = PlaceOrder(
        id=order.id,
        cause=CAUSE,
        leg=leg,
        purpose=purpose,
        kind=order.kind or "market",
        quantity=order.quantity,
        position=number,
        revision=book.revision(number, purpose),
        trigger=order.trigger,
        committed_at=found.wall,
    )
    return OrderAdopted(order=intent, seen_at=found.wall)
