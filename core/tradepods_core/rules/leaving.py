"""All of a position is to go: what is still to fill of it is closed as it comes, what can't be closed yet, later."""

from collections.abc import Iterator, Mapping

from tradepods_core.book.intents import Leg
from tradepods_core.book.steering import ExitBegan
from tradepods_core.book.values import Book
from tradepods_core.rules.snapshot import Snapshot
from tradepods_core.shapes import Symbol


def leaving(snapshot: Snapshot, legs: Mapping[int, Leg], *, why: str) -> Iterator[ExitBegan]:
    """That these positions, by their numbers, are to go; each once."""
    for number, leg in legs.items():
        if number not in snapshot.book.leaving:
            yield ExitBegan(number=number, leg=leg, why=why, at=snapshot.now)


def coming(book: Book, symbol: Symbol = "") -> Mapping[int, Leg]:
    """The positions of which an entry or an add is still to fill, on one symbol or on all."""
    orders = (order.intent for order in book.opening())
    return {intent.position: intent.leg for intent in orders if symbol in ("", intent.leg.symbol)}
