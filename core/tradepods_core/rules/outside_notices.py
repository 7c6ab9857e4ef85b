"""What to tell the person about what happened on the account outside of this ledger."""

from collections.abc import Iterator

from tradepods_core.book.facts import Fact, SymbolDoubted, SymbolTrusted
from tradepods_core.book.outside import ExternallyReduced, PositionAdopted
from tradepods_core.money import ZERO, plain
from tradepods_core.rules.snapshot import Notice, Snapshot


def of_outside(snapshot: Snapshot, fact: Fact) -> Iterator[Notice]:
    """The notices of one fact; none for other kinds."""
    match fact:
        case ExternallyReduced():
            yield from _reduced(snapshot, fact)
        case SymbolDoubted():
            yield from _doubted(snapshot, fact)
        case SymbolTrusted():
            yield from _trusted(snapshot, fact)


def taken_in(fact: PositionAdopted) -> Notice:
    """A position that was lost is ours again."""
    values = {"quantity": plain(fact.quantity), "average": plain(fact.average)}
    return Notice(kind="adopted", at=fact.at, leg=fact.leg, values=values)


def _reduced(snapshot: Snapshot, fact: ExternallyReduced) -> Iterator[Notice]:
    """Of a part; the end of a position is told as such."""
    position = snapshot.book.position(fact.number)
    if position is None:
        return
    values = {
        "why": fact.why,
        "quantity": plain(fact.quantity),
        "left": plain(position.quantity),
        "price": plain(fact.price),
        "realized": plain(fact.realized),
        "fees": plain(fact.fee),
        "estimated": "yes" if fact.unproven > ZERO else "no",
    }
    yield Notice(kind="reduced_outside", at=snapshot.now, leg=fact.leg, values=values)


def _doubted(snapshot: Snapshot, fact: SymbolDoubted) -> Iterator[Notice]:
    """Once a kind: numbers that change are in the answers. What is missing is told once a second reading is sure."""
    known = snapshot.before.doubts.get(fact.symbol)
    if not fact.quantity and (known is None or _kind(known) != _kind(fact)):
        yield Notice(kind="doubted", at=snapshot.now, values={"symbol": fact.symbol, "why": fact.why})


def _trusted(snapshot: Snapshot, fact: SymbolTrusted) -> Iterator[Notice]:
    known = snapshot.before.doubts.get(fact.symbol)
    if known is not None and not known.quantity:
        yield Notice(kind="trusted", at=snapshot.now, values={"symbol": fact.symbol})


def _kind(doubt: SymbolDoubted) -> tuple[str, bool]:
    return doubt.why.partition(":")[0], doubt.quantity
