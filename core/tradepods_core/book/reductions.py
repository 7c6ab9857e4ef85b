"""What made a position smaller without an order of ours, as far as the venue's trades tell, and else by the mark.

Where there is no mark price either, neither profit nor loss is made up: it counts at the average.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from tradepods_core.book.accounting import average_exit, exited
from tradepods_core.book.facts import Fact, PositionClosed
from tradepods_core.book.outside import ExternallyReduced, ForeignTrade, Past
from tradepods_core.book.values import Position
from tradepods_core.money import ZERO

Part = tuple[ForeignTrade, Decimal]  # a trade, and how much of it was ours


def reduction(position: Position, quantity: Decimal, *, past: Past, seen_at: datetime) -> Iterator[Fact]:
    """The facts of a position that is smaller by `quantity`; its end where that is all of it."""
    parts = _explaining(position, quantity, past)
    proven = sum((part for _, part in parts), ZERO)
    unproven = quantity - proven
    mark = position.average if past.mark is None else past.mark
    estimated = (mark - position.average) * unproven * position.leg.sign
    fact = ExternallyReduced(
        number=position.number,
        leg=position.leg,
        quantity=quantity,
        price=(sum((trade.price * part for trade, part in parts), ZERO) + mark * unproven) / quantity,
        realized=sum((trade.realized * part / trade.quantity for trade, part in parts), ZERO) + estimated,
        fee=sum((trade.fee * part / trade.quantity for trade, part in parts), ZERO),
        why=parts[0][0].cause if parts else "unknown",
        unproven=unproven,
        estimated=estimated,
        trades=tuple(trade.trade for trade, _ in parts),
        at=parts[0][0].at if parts else past.at,
        seen_at=seen_at,
    )
    yield fact
    if quantity == position.quantity:
        yield _closed(position, fact)


def _explaining(position: Position, quantity: Decimal, past: Past) -> Sequence[Part]:
    """The newest trades that can have done it: what is more than ours was reduced first, and so earlier."""
    parts: list[Part] = []
    for trade in reversed(past.trades):
        fits = trade.reduces(position.leg) and trade.at >= position.opened_at and trade.trade not in position.outside
        if fits and quantity > ZERO:
            parts.append((trade, min(trade.quantity, quantity)))
            quantity -= parts[-1][1]
    return parts


def _closed(position: Position, fact: ExternallyReduced) -> PositionClosed:
    flat = replace(position, quantity=ZERO, exited=exited(position, fact.quantity, fact.price))
    return PositionClosed(
        number=position.number,
        leg=position.leg,
        by=fact.why,
        quantity=position.entered,
        average=position.average,
        price=average_exit(flat, last=fact.price),
        realized=position.realized + fact.realized,
        fees=position.fees + fact.fee,
        opened_at=position.opened_at,
        at=fact.at,
        estimated=fact.unproven > ZERO,
    )
