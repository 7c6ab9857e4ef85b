"""Stops that move in a position's favour: to break-even, and after the price. They never move back."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from tradepods_core.book.facts import StopMoved
from tradepods_core.book.values import Book, Position
from tradepods_core.market import Market
from tradepods_core.money import HUNDRED, ONE, ZERO, ceil_to, floor_to, of
from tradepods_core.rules.allowed import forbids
from tradepods_core.rules.losses import limited
from tradepods_core.rules.protection import level
from tradepods_core.rules.snapshot import Snapshot
from tradepods_core.settings.account import AccountSpec

TRAILED_EVERY = timedelta(seconds=5)  # market time since the stop was moved
LEAST_PART = Decimal(10)  # a trailing stop moves by at least a tenth of its callback


def watches(book: Book, settings: AccountSpec) -> bool:
    """Whether a new mark price alone may move a stop, make a step of the ladder due, or reach a limit of losses."""
    moves = settings.break_even.trigger_pct or settings.trailing.activate_pct
    watched = any(position.alerts or position.trail is not None for position in book.positions.values())
    return bool(book.positions) and bool(moves or settings.dca.enabled or limited(settings) or watched)


def move(snapshot: Snapshot) -> Iterator[StopMoved]:
    """The better levels that stops have earned by now, at most one a position."""
    for position in snapshot.book.positions.values():
        market, mark = snapshot.markets.get(position.leg.symbol), snapshot.marks.get(position.leg.symbol)
        if market is None or mark is None or position.quantity <= ZERO or position.alerts:
            continue
        if forbids(snapshot, position.leg.symbol, "protect"):
            continue
        candidates = (_break_even(snapshot, position, mark), _trailed(snapshot, position, market, mark))
        levels = [(price, why) for price, why in candidates if price is not None]
        best = max(levels, key=lambda found: found[0] * position.leg.sign, default=None)
        if best is not None and (price := earned(position, market, best[0])) is not None:
            yield StopMoved(number=position.number, leg=position.leg, level=price, why=best[1], at=snapshot.now)


def earned(position: Position, market: Market, price: Decimal) -> Decimal | None:
    """The level of a stop at this price, a multiple of the tick; None where its present one is as good or better."""
    rounded = _towards_entry(position, price, market)
    return rounded if _better(position, rounded, level(position, market, "stop")) else None


def _break_even(snapshot: Snapshot, position: Position, mark: Decimal) -> tuple[Decimal | None, str]:
    """The entry, and `offsetPct` beyond it, once the price has run `triggerPct`."""
    terms = snapshot.settings.break_even
    due = terms.trigger_pct and _run(position, mark) >= terms.trigger_pct
    return (beyond(position, terms.offset_pct) if due else None), "break_even"


def _trailed(snapshot: Snapshot, position: Position, market: Market, mark: Decimal) -> tuple[Decimal | None, str]:
    """So many percent behind the best price since the last add."""
    why, best = "trailing", _best(snapshot, position, mark)
    callback = _callback(snapshot, position, best)
    if callback is None:
        return None, why
    price = _towards_entry(position, best * (ONE - position.leg.sign * callback / HUNDRED), market)
    if position.stop_at is not None and snapshot.now < position.stop_at + TRAILED_EVERY:
        return None, why  # whatever moved it: break-even in between would have it move twice at once
    least = max(market.tick, of(callback / LEAST_PART, best))
    present = level(position, market, "stop")
    return (price if (price - present) * position.leg.sign >= least else None), why


def _best(snapshot: Snapshot, position: Position, mark: Decimal) -> Decimal:
    """The best price since the average is as it is, and trailing set as it is: nothing is hit by a price before that.

    An add brings the average nearer: what the price had been before it would count as a run that never was.
    """
    known = snapshot.best.get(position.number)
    if known is None or (known.average, known.trailing) != (position.average, snapshot.settings.trailing):
        return mark
    return known.mark


def _callback(snapshot: Snapshot, position: Position, best: Decimal) -> Decimal | None:
    """`callbackPct` once the best price has run `activatePct`, or what a rule has said; of both the closer."""
    terms = snapshot.settings.trailing
    awake = terms.activate_pct and _run(position, best) >= terms.activate_pct
    callbacks = ([terms.callback_pct] if awake else []) + ([] if position.trail is None else [position.trail])
    return min(callbacks, default=None)


def _run(position: Position, price: Decimal) -> Decimal:
    """How far the price has gone in the position's favour, percent of its average."""
    return (price / position.average - ONE) * position.leg.sign * HUNDRED


def beyond(position: Position, percent: Decimal) -> Decimal:
    """The price so many percent from its average, in its favour."""
    return position.average * (ONE + position.leg.sign * percent / HUNDRED)


def _towards_entry(position: Position, price: Decimal, market: Market) -> Decimal:
    return floor_to(price, market.tick) if price > position.average else ceil_to(price, market.tick)


def _better(position: Position, price: Decimal, present: Decimal) -> bool:
    return (price - present) * position.leg.sign > ZERO
