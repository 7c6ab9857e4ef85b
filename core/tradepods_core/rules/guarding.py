"""How a position is guarded follows the settings: its targets, and whether its orders rest or its levels only alert."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from tradepods_core.book.intents import PROTECTIVE, Purpose, Terms
from tradepods_core.book.steering import GuardChanged, LevelReached, TermsChanged
from tradepods_core.book.values import Position
from tradepods_core.market import Market
from tradepods_core.money import HUNDRED, ONE, ZERO
from tradepods_core.rules.protection import level, stays, towards_entry
from tradepods_core.rules.snapshot import Snapshot


def guard(snapshot: Snapshot) -> Iterator[TermsChanged | GuardChanged]:
    """What the present settings change about the guard of each position."""
    for position in snapshot.book.positions.values():
        terms = _terms(snapshot, position)
        if terms != position.terms:
            yield TermsChanged(number=position.number, leg=position.leg, terms=terms, at=snapshot.now)
            position = replace(position, terms=terms)  # noqa: PLW2901 - as the book has it from here on
        if snapshot.settings.auto_exit == position.alerts and position.quantity > ZERO:
            yield from _rearmed(snapshot, position) if position.alerts else _disarmed(snapshot, position)


def alert(snapshot: Snapshot) -> Iterator[LevelReached]:
    """The levels of positions without resting orders that the mark price has reached, each once."""
    for position in snapshot.book.positions.values():
        market, mark = snapshot.markets.get(position.leg.symbol), snapshot.marks.get(position.leg.symbol)
        if not position.alerts or market is None or mark is None or position.quantity <= ZERO:
            continue
        for what in PROTECTIVE:
            price = level(position, market, what)
            if what not in position.alerted and _passed(position, mark, price, what):
                yield LevelReached(number=position.number, leg=position.leg, what=what, level=price, at=snapshot.now)


def _terms(snapshot: Snapshot, position: Position) -> Terms:
    """A take-profit follows its setting at once; a stop-loss where that is tighter, else with the next position."""
    targets = snapshot.settings.targets(position.leg.side)
    tighter = min(position.terms.stop_loss_pct, targets.stop_loss_pct)
    return Terms(take_profit_pct=targets.take_profit_pct, stop_loss_pct=tighter)


def _disarmed(snapshot: Snapshot, position: Position) -> Iterator[GuardChanged]:
    yield GuardChanged(number=position.number, leg=position.leg, rests=False, at=snapshot.now, seen_at=snapshot.wall)


def _rearmed(snapshot: Snapshot, position: Position) -> Iterator[GuardChanged]:
    """Once the mark is known: a level that was passed is set anew from it, so that nothing is closed by a switch."""
    market, mark = snapshot.markets.get(position.leg.symbol), snapshot.marks.get(position.leg.symbol)
    if market is None or mark is None:
        return
    yield GuardChanged(
        number=position.number,
        leg=position.leg,
        rests=True,
        stop=_anew(position, market, mark, "stop"),
        target=_anew(position, market, mark, "take_profit"),
        bare=not any(stays(order) and order.accepted for order in snapshot.book.live(position.number, "stop")),
        at=snapshot.now,
        seen_at=snapshot.wall,
    )


def _anew(position: Position, market: Market, mark: Decimal, what: Purpose) -> Decimal | None:
    """As far from the mark as the level was meant to be from the average; None where it was not passed."""
    if not _passed(position, mark, level(position, market, what), what):
        return None
    sign = -position.leg.sign if what == "stop" else position.leg.sign
    percent = position.terms.stop_loss_pct if what == "stop" else position.terms.take_profit_pct
    return towards_entry(mark * (ONE + sign * percent / HUNDRED), mark, market)


def _passed(position: Position, mark: Decimal, price: Decimal, what: str) -> bool:
    """Whether an order at this level would act at once."""
    beyond = (mark - price) * position.leg.sign
    return beyond <= ZERO if what == "stop" else beyond >= ZERO
