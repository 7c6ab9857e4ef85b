"""Closed positions as a tax program wants them: one row a position, from its first entry to its last exit."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tradepods_core.book.accounting import SETTLE
from tradepods_core.book.facts import Fact, Filled, PaymentBooked, PositionClosed
from tradepods_core.book.intents import OPENING
from tradepods_core.book.outside import ExternallyReduced, PositionAdopted
from tradepods_core.money import ZERO

Row = dict[str, Any]


TENTH_DIGIT = Decimal("1e-10")


@dataclass(slots=True)
class _Side:
    """Fills on one side of a position."""

    quantity: Decimal = ZERO
    notional: Decimal = ZERO

    def add(self, quantity: Decimal, price: Decimal) -> None:
        self.quantity += quantity
        self.notional += quantity * price

    def price(self, otherwise: Decimal) -> Decimal:
        """The average, weighted by quantity."""
        return (self.notional / self.quantity).quantize(TENTH_DIGIT) if self.quantity else otherwise


@dataclass(slots=True)
class _Open:
    """A position while it is open, and the funding that came while no other was."""

    entries: _Side = field(default_factory=_Side)
    exits: _Side = field(default_factory=_Side)
    funding: Decimal = ZERO
    known: bool = True


def trade_rows(facts: Iterable[Fact]) -> Iterator[Row]:
    """Closed positions in the order of their ends; `entry` and `exit` are averages of all that was filled.

    A payment of funding does not say for which position it was. It counts for the only one that was open; a position
    that shared a payment has no funding of its own, and its `net` is without it.
    """
    held: dict[int, _Open] = {}
    for fact in facts:
        match fact:
            case Filled(purpose=purpose):
                position = held.setdefault(fact.position, _Open())
                (position.entries if purpose in OPENING else position.exits).add(fact.quantity, fact.price)
            case PositionAdopted():
                held.setdefault(fact.number, _Open()).entries.add(fact.quantity, fact.average)
            case ExternallyReduced():
                held.setdefault(fact.number, _Open()).exits.add(fact.quantity, fact.price)
            case PaymentBooked(kind="FUNDING_FEE", asset=asset) if asset == SETTLE:
                _fund(list(held.values()), fact.amount)
            case PositionClosed():
                yield _row(fact, held.pop(fact.number, _Open()))
            case _:
                pass


def _fund(held: list[_Open], amount: Decimal) -> None:
    if len(held) == 1:
        held[0].funding += amount
        return
    for position in held:
        position.known = False


def _row(closed: PositionClosed, position: _Open) -> Row:
    return {
        "opened": closed.opened_at,
        "closed": closed.at,
        "symbol": closed.leg.symbol,
        "side": closed.leg.side,
        "quantity": closed.quantity,
        "entry": position.entries.price(closed.average),
        "exit": position.exits.price(closed.price),
        "realized": closed.realized,
        "fees": closed.fees,
        "funding": position.funding if position.known else None,
        "net": closed.realized - closed.fees + (position.funding if position.known else ZERO),
        "currency": SETTLE,
        "closed_by": closed.by,
        "estimated": closed.estimated,
        "position": closed.number,
    }
