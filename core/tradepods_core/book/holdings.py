"""What the venue holds on each leg against what the book holds; and orders there that the book does not know.

less     something outside has reduced our position: booked once two readings agree about it
more     the excess is not ours: it is left alone, and keeps entries away from its symbol
other    an order that is not ours does too; one of our own pattern is ours, and its ledger is lost
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from tradepods_core.book.book import apply
from tradepods_core.book.events import AccountRead, AccountView
from tradepods_core.book.facts import Fact, SymbolDoubted, SymbolTrusted
from tradepods_core.book.intents import Leg
from tradepods_core.book.reductions import reduction
from tradepods_core.book.values import Book
from tradepods_core.ids import is_ours
from tradepods_core.money import ZERO, plain
from tradepods_core.shapes import Symbol

CERTAIN_AFTER = timedelta(seconds=2)  # from a reading that shows less than we hold to one that may decide it


def compared(before: Book, book: Book, event: AccountRead) -> Iterator[Fact]:
    """Where nothing of ours was under way, and nothing was heard of since the reading began; `before` is without it."""
    theirs, strangers = held_there(event.view), _strangers(book, event)
    for symbol in _symbols(book, event):
        if _moving(before, book, symbol, event):
            continue
        known, less = book.doubts.get(symbol), _less(book, symbol, theirs)
        why = _differing(less, theirs)
        if less and known is not None and known.why == why and _certain(known, event):
            reduced = tuple(_reduced(book, less, event))
            yield from reduced
            less, book = {}, apply(book, reduced)
        why = _differing(less, theirs) or _strange(book, symbol, theirs, strangers.get(symbol))
        if why and (known is None or known.why != why):
            yield SymbolDoubted(symbol=symbol, why=why, seen_at=event.seen_at, quantity=bool(less))
        elif not why and known is not None:
            yield SymbolTrusted(symbol=symbol, seen_at=event.seen_at)


def undecided(before: Book, book: Book, event: AccountRead) -> bool:
    """Whether the reading differs where it can't be judged: another one is to be made."""
    theirs, strangers = held_there(event.view), _strangers(book, event)
    return any(
        _moving(before, book, symbol, event)
        and (_less(book, symbol, theirs) or _strange(book, symbol, theirs, strangers.get(symbol)))
        for symbol in _symbols(book, event)
    )


def _symbols(book: Book, event: AccountRead) -> list[Symbol]:
    """All that something may be said of."""
    legs = {*held_there(event.view), *book.positions}
    return sorted({leg.symbol for leg in legs} | _strangers(book, event).keys() | book.doubts.keys())


def _moving(before: Book, book: Book, symbol: Symbol, event: AccountRead) -> bool:
    return under_way(book, symbol) or newer(before.touched.get(symbol), event)


def under_way(book: Book, symbol: Symbol) -> bool:
    """Whether something of ours may have moved the symbol while the account was being read."""
    return any(
        o.intent.leg.symbol == symbol and (o.ended or o.booked or not (o.accepted and o.intent.conditional))
        for o in book.orders.values()
    )


def newer(moment: datetime | None, event: AccountRead) -> bool:
    """Whether something happened after the reading had begun: the reading may not know of it."""
    return moment is not None and moment > event.begun_at


def held_there(view: AccountView) -> Mapping[Leg, Decimal]:
    """What the venue holds on each leg, base."""
    return {position.leg: abs(position.quantity) for position in view.positions}


def _strangers(book: Book, event: AccountRead) -> Mapping[Symbol, str]:
    """An order on each symbol that the book doesn't know, one of our pattern first."""
    unknown = [o for o in event.view.orders if not o.ended and o.id not in book.orders and o.id not in book.reserved]
    return {seen.symbol: seen.id for seen in sorted(unknown, key=lambda order: is_ours(order.id))}


def _less(book: Book, symbol: Symbol, theirs: Mapping[Leg, Decimal]) -> Mapping[Leg, Decimal]:
    """What each of our positions on the symbol has that the venue doesn't hold."""
    ours = {leg: position.quantity for leg, position in book.positions.items() if leg.symbol == symbol}
    missing = {leg: quantity - theirs.get(leg, ZERO) for leg, quantity in ours.items()}
    return {leg: quantity for leg, quantity in missing.items() if quantity > ZERO}


def _differing(less: Mapping[Leg, Decimal], theirs: Mapping[Leg, Decimal]) -> str:
    """How much less there is than we hold: the same words for the same numbers."""
    pairs = [(leg, less[leg] + theirs.get(leg, ZERO), theirs.get(leg, ZERO)) for leg in less]
    found = [f"the ledger holds {plain(ours)} {leg.side}, the venue {plain(held)}" for leg, ours, held in pairs]
    return f"Unreconciled: {'; '.join(found)}" if found else ""


def _certain(known: SymbolDoubted, event: AccountRead) -> bool:
    """Whether an earlier reading said the same, so long ago that a late message would have come."""
    return event.begun_at >= known.seen_at + CERTAIN_AFTER and known.symbol in event.view.pasts


def _reduced(book: Book, less: Mapping[Leg, Decimal], event: AccountRead) -> Iterator[Fact]:
    for leg, missing in less.items():
        past = event.view.pasts[leg.symbol]
        yield from reduction(book.positions[leg], missing, past=past, seen_at=event.seen_at)


def _strange(book: Book, symbol: Symbol, theirs: Mapping[Leg, Decimal], stranger: str | None) -> str:
    """Why a symbol is not to be entered though nothing is missing; "" where nothing there is foreign."""
    if stranger is not None and is_ours(stranger):
        lost = f"Unreconciled: order {stranger} is of our pattern, and not in this ledger"
        return f"{lost}: `tradepods account adopt` takes it in"
    for leg, quantity in theirs.items():
        ours = book.positions.get(leg)
        if leg.symbol == symbol and ours is None:
            return f"ForeignPosition: the account holds {plain(quantity)} {leg.side} that this ledger did not open"
        if leg.symbol == symbol and ours is not None and quantity > ours.quantity:
            more = plain(quantity - ours.quantity)
            return f"ForeignPosition: the account holds {more} {leg.side} more than ours, outside of our stop"
    return "" if stranger is None else f"ForeignPosition: order {stranger} is not ours"
