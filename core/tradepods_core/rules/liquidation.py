"""The venue's own liquidation prices against the stops: an entry was let in by an estimate."""

from collections.abc import Iterator
from decimal import Decimal

from tradepods_core.book.events import AccountRead
from tradepods_core.book.facts import LiquidationNear
from tradepods_core.book.values import Position
from tradepods_core.money import ONE, ZERO
from tradepods_core.rules.protection import level
from tradepods_core.rules.sizing import SPARE
from tradepods_core.rules.snapshot import Snapshot


def check(snapshot: Snapshot) -> Iterator[LiquidationNear]:
    """After a reading: each position, once, whose stop leaves less than a fifth of the way to its liquidation."""
    if not isinstance(snapshot.event, AccountRead):
        return
    shown = {position.leg: position.liquidation for position in snapshot.event.view.positions}
    for position in snapshot.book.positions.values():
        market, price = snapshot.markets.get(position.leg.symbol), shown.get(position.leg)
        mark = snapshot.marks.get(position.leg.symbol, position.average)
        if market is None or price is None or position.liquidation is not None:
            continue
        if _behind(position, price, mark) and _too_near(position, price, level(position, market, "stop")):
            yield LiquidationNear(number=position.number, leg=position.leg, price=price, at=snapshot.now)


def _behind(position: Position, price: Decimal, mark: Decimal) -> bool:
    """Whether it lies where the stop lies: of two hedged positions, a price that pays one may liquidate both."""
    return (mark - price) * position.leg.sign > ZERO


def _too_near(position: Position, price: Decimal, stop: Decimal) -> bool:
    distance = (position.average - price) * position.leg.sign
    risked = (position.average - stop) * position.leg.sign
    return risked > min(distance, distance * (ONE - SPARE))
