"""What the venue keeps from new orders for what is not ours: positions and orders of a hand, and their open losses."""

from dataclasses import replace
from decimal import Decimal

from tradepods_core.book.events import AccountRead, VenuePosition
from tradepods_core.book.holdings import newer, under_way
from tradepods_core.book.values import Book
from tradepods_core.book.wallet import unexplained
from tradepods_core.money import ZERO
from tradepods_core.rules.snapshot import Snapshot
from tradepods_core.settings.parts import MarginMode
from tradepods_core.shapes import Symbol

CENT = Decimal("0.01")  # less than this is what the venue has rounded


def judged(snapshot: Snapshot) -> Snapshot:
    """The moment of a reading, with what the reading says of it; any other moment as it is."""
    event = snapshot.event
    if not isinstance(event, AccountRead):
        return snapshot
    snapshot = replace(snapshot, unexplained=unexplained(snapshot.before, snapshot.book, event))
    return replace(snapshot, withheld=_withheld(snapshot, event))


def _withheld(snapshot: Snapshot, reading: AccountRead) -> Decimal:
    """Our share of the account by the venue's own numbers, less what the venue says is available, quote.

    Both are of the same answer: what we bind and free from then on changes our own reckoning alone, and counts once.
    Never below zero: the open profit of what is not ours is no money of ours.
    """
    view, wallet = reading.view, reading.view.wallet
    if view.available is None:
        return ZERO
    if snapshot.unexplained:
        wallet = max(wallet, snapshot.book.wallet or ZERO)  # what is gone is not spent, whoever has it
    found = wallet + sum((_ours(snapshot, reading, held) for held in view.positions), ZERO) - view.available
    return found if found >= CENT else ZERO


def _ours(snapshot: Snapshot, reading: AccountRead, held: VenuePosition) -> Decimal:
    """What our part of a position adds to what is available, quote: its open profit less the margin that it binds."""
    position, symbol = snapshot.book.positions.get(held.leg), held.symbol
    quantity = _quantity(snapshot.book, reading, held)
    average = position.average if position is not None else held.entry or held.mark or ZERO
    mark = held.mark or average
    leverage = snapshot.leverage(symbol)
    if snapshot.venue.margin_modes.get(symbol) is MarginMode.ISOLATED:
        return -quantity * average / leverage
    return quantity * (mark - average) * held.leg.sign - quantity * mark / leverage


def _quantity(book: Book, reading: AccountRead, held: VenuePosition) -> Decimal:
    """How much of a position is ours, base: all of it while an order of ours moves it, whose fill is to come."""
    position, shown = book.positions.get(held.leg), abs(held.quantity)
    if _moving(book, held.symbol, reading):
        return shown
    return ZERO if position is None else min(position.quantity, shown)


def _moving(book: Book, symbol: Symbol, reading: AccountRead) -> bool:
    return under_way(book, symbol) or newer(book.touched.get(symbol), reading)
