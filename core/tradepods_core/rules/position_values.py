"""The position variables of this moment: from the account's own book, its mark prices, and the venue's last reading.

What is not known is left out, and nothing holds of it. Floats, for conditions alone: none of them becomes a price.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal

from tradepods_core.book.values import Position
from tradepods_core.rules.allowed import MARKS_LAST
from tradepods_core.rules.snapshot import Snapshot

MINUTE = timedelta(minutes=1)
NOWHERE = Decimal("Infinity")


def position_values(snapshot: Snapshot, position: Position, *, within: timedelta) -> Mapping[str, float]:
    """Its variables by name; those of the mark only where the latest is no older than that."""
    values: dict[str, Decimal | float | None] = {
        "holding_minutes": (snapshot.now - position.opened_at) / MINUTE,
        "dca_count": position.adds,
        "funding_paid": position.funding,
    }
    mark = fresh_mark(snapshot, position, within=within)
    if mark is not None:
        values |= dict(_of_mark(snapshot, position, mark))
    return {name: float(value) for name, value in values.items() if value is not None}


def fresh_mark(snapshot: Snapshot, position: Position, *, within: timedelta) -> Decimal | None:
    """The mark price of its symbol; None where the latest is older than that, or too old for anything."""
    symbol = position.leg.symbol
    at = snapshot.marks_at.get(symbol)
    if at is None or snapshot.now - at > min(within, MARKS_LAST):
        return None
    return snapshot.marks.get(symbol)


def peak(snapshot: Snapshot, position: Position, mark: Decimal) -> Decimal:
    """Its best profit_rate so far: what was recorded, what this run has seen, or now."""
    seen = snapshot.peaks.get(position.number)
    known = position.peak if seen is None or seen.average != position.average else max(position.peak, seen.rate)
    return max(known, position.rate(mark))


def _of_mark(snapshot: Snapshot, position: Position, mark: Decimal) -> Iterator[tuple[str, Decimal]]:
    """Where the venue names no liquidation price, no mark is near it."""
    rate = position.rate(mark)
    yield "profit_rate", rate
    yield "roi", rate * snapshot.leverage(position.leg.symbol)
    yield "drawdown_from_peak", peak(snapshot, position, mark) - rate
    yield "position_value", position.quantity * mark
    for shown in () if snapshot.reading is None else snapshot.reading.view.positions:
        if shown.leg == position.leg:
            price = shown.liquidation
            yield "distance_to_liquidation", NOWHERE if price is None else abs(mark - price) / mark
