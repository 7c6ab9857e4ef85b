"""What keeps the account from opening from outside: recorded when it begins and when it ends, so that it is told.

One trouble is of symbols only: those that are held, and of which the venue takes nothing but closing orders any more.
"""

from collections.abc import Collection, Iterator, Mapping

from tradepods_core.book.events import TroublesSeen
from tradepods_core.book.steering import Trouble, TroubleBegan, TroubleEnded
from tradepods_core.book.values import Book
from tradepods_core.market import Market
from tradepods_core.rules.snapshot import Snapshot
from tradepods_core.shapes import Symbol


def close_only(book: Book, markets: Mapping[Symbol, Market]) -> frozenset[Symbol]:
    """The symbols of what is held that can only be closed."""
    held = {leg.symbol for leg in book.positions}
    return frozenset(symbol for symbol in held if symbol in markets and not markets[symbol].trading)


def together(symbols: Collection[Symbol]) -> str:
    """Symbols as the trouble of being close-only names them; `apart` reads it."""
    return ", ".join(sorted(symbols))


def apart(why: str) -> frozenset[Symbol]:
    """The symbols that `together` has named."""
    return frozenset(filter(None, why.split(", ")))


def of_book(book: Book, seen: Mapping[Trouble, str]) -> Mapping[Trouble, str]:
    """Troubles as they concern a book: of what can only be closed, the symbols that it holds itself."""
    own = apart(seen.get("CloseOnly", "")) & {leg.symbol for leg in book.positions}
    return {
        kind: together(own) if kind == "CloseOnly" else why for kind, why in seen.items() if own or kind != "CloseOnly"
    }


def changed(book: Book, kind: Trouble, why: str) -> bool:
    """Whether a trouble that the book knows is of other symbols now: each is told for itself."""
    return kind == "CloseOnly" and book.troubles[kind].why != why


def heed(snapshot: Snapshot) -> Iterator[TroubleBegan | TroubleEnded]:
    """The troubles that are new, and those that are over; a halt is stored like every other until it is lifted."""
    if not isinstance(snapshot.event, TroublesSeen):
        return
    seen = of_book(snapshot.book, snapshot.event.troubles)
    for kind, why in seen.items():
        if kind not in snapshot.book.troubles or changed(snapshot.book, kind, why):
            yield TroubleBegan(kind=kind, why=why, at=snapshot.now)
    for kind in snapshot.book.troubles:
        if kind not in seen:
            yield TroubleEnded(kind=kind, at=snapshot.now)
