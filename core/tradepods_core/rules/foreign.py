"""What the venue holds that this ledger doesn't know. It is left alone; a person may ask to have it closed."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from tradepods_core.book.events import AccountRead, AccountView, VenueOrder, VenuePosition
from tradepods_core.book.holdings import held_there, under_way
from tradepods_core.book.values import Book
from tradepods_core.money import ZERO
from tradepods_core.rules.adoption import Adopted, Found, adopted, claimed, closes, unknown
from tradepods_core.rules.snapshot import Snapshot
from tradepods_core.shapes import Symbol


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """What a reading has shown beside the ledger.

    Attributes:
        orders: protective ones of our pattern whose position is gone: what a lost ledger has left.

    """

    positions: tuple[VenuePosition, ...] = ()
    orders: tuple[VenueOrder, ...] = ()

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self.positions or self.orders)

    def on(self, symbol: Symbol) -> "Foreign":
        """What of it is on a symbol; all for ""."""
        return Foreign(
            positions=tuple(held for held in self.positions if symbol in ("", held.symbol)),
            orders=tuple(order for order in self.orders if symbol in ("", order.symbol)),
        )


def foreign(book: Book, reading: AccountRead | None) -> Foreign:
    """By the latest reading; nothing of a symbol where an order of ours is under way, or was heard of since."""
    if reading is None:
        return Foreign()
    view, held = reading.view, held_there(reading.view)
    positions = (one for one in view.positions if not claimed(view, book, one) and _still(book, one.symbol, reading))
    orders = (one for one in unknown(view, book) if closes(one) not in held and _still(book, one.symbol, reading))
    return Foreign(positions=tuple(positions), orders=tuple(orders))


def taken_in(snapshot: Snapshot, symbol: Symbol) -> Iterator[Adopted]:
    """It becomes ours, as a person has asked, so that it is closed and booked as everything else; all for "".

    Nothing of a symbol is, its orders neither, while one of its positions has no price.
    """
    shown = foreign(snapshot.book, snapshot.reading).on(symbol)
    symbols = {held.symbol for held in shown.positions} | {order.symbol for order in shown.orders}
    symbols -= set(unpriced(snapshot, symbol))
    if snapshot.reading is None or not symbols:
        return
    found = Found(
        view=_priced(snapshot, snapshot.reading.view),
        book=snapshot.book,
        settings=snapshot.settings,
        symbols=symbols,
        now=snapshot.now,
        wall=snapshot.wall,
    )
    yield from adopted(found)


def unpriced(snapshot: Snapshot, symbol: Symbol) -> tuple[Symbol, ...]:
    """Symbols of which it has positions with no price to count from: the venue names none yet, nor is a mark known."""
    shown = foreign(snapshot.book, snapshot.reading).on(symbol).positions
    return tuple(dict.fromkeys(held.symbol for held in shown if _price(snapshot, held) <= ZERO))


def _still(book: Book, symbol: Symbol, reading: AccountRead) -> bool:
    """Whether the reading is the newest that is known of a symbol."""
    heard = book.touched.get(symbol)
    return not under_way(book, symbol) and (heard is None or heard < reading.begun_at)


def _priced(snapshot: Snapshot, view: AccountView) -> AccountView:
    """A position whose entry price the venue does not name counts from its mark: neither profit nor loss is made up."""
    return replace(view, positions=tuple(replace(one, entry=_price(snapshot, one)) for one in view.positions))


def _price(snapshot: Snapshot, position: VenuePosition) -> Decimal:
    return position.entry if position.entry > ZERO else snapshot.marks.get(position.symbol, ZERO)
