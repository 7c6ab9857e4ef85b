"""The DCA ladder: adds to a position that the price has gone against, one step at a time."""

from collections.abc import Iterator
from decimal import Decimal

from tradepods_core.book.facts import Fact, LadderSkipped
from tradepods_core.book.steering import LevelReached
from tradepods_core.book.values import Book, Order, Position
from tradepods_core.market import Market
from tradepods_core.money import HUNDRED, ONE, ZERO, floor_to, of, plain
from tradepods_core.rules import intents
from tradepods_core.rules.allowed import forbids
from tradepods_core.rules.exposure import over_cap
from tradepods_core.rules.protection import level
from tradepods_core.rules.sizing import available
from tradepods_core.rules.snapshot import Snapshot

LADDER = "ladder"  # among the levels that are told of


def add(snapshot: Snapshot) -> Iterator[Fact]:
    """The steps that are due. Judged against the present average, each once, with nothing else under way."""
    if not snapshot.settings.dca.enabled:
        return
    for position in snapshot.book.positions.values():
        market = snapshot.markets.get(position.leg.symbol)
        if market is not None and _due(snapshot, position, market):
            found = _step(snapshot, position, market)
            snapshot = snapshot.after((found,))
            yield found


def _due(snapshot: Snapshot, position: Position, market: Market) -> bool:
    """Whether the price has gone far enough against the position, and not as far as its stop."""
    mark, dca = snapshot.marks.get(position.leg.symbol), snapshot.settings.dca
    if (
        mark is None
        or LADDER in position.alerted
        or position.step >= len(dca.step_pcts)
        or not quiet(snapshot.book, position)
    ):
        return False
    if forbids(snapshot, position.leg.symbol, "add") or not market.trading or position.liquidation:
        return False
    against = (ONE - mark / position.average) * position.leg.sign * HUNDRED
    spent = position.step - position.adds  # steps that were refused or skipped cost the next one as much again
    return against >= dca.trigger_pct * (1 + spent) and inside(position, market, mark)


def inside(position: Position, market: Market, mark: Decimal) -> bool:
    """Whether the mark price has not reached the level of its stop."""
    return (mark - level(position, market, "stop")) * position.leg.sign > ZERO


def quiet(book: Book, position: Position) -> bool:
    """Whether the position has its stop, and no order of it is under way."""
    orders = [order for order in book.orders.values() if order.intent.position == position.number]
    protected = position.naked_since is None and position.quantity > ZERO and not position.refused.get("close")
    return protected and all(_rests(order) for order in orders)


def _rests(order: Order) -> bool:
    return order.intent.conditional and order.accepted and not order.ended and not order.booked


def _step(snapshot: Snapshot, position: Position, market: Market) -> Fact:
    """The next step's order; or why it is skipped. Where nothing rests for the position, the person is told instead."""
    if position.alerts:
        mark = snapshot.marks[position.leg.symbol]
        return LevelReached(number=position.number, leg=position.leg, what=LADDER, level=mark, at=snapshot.now)
    percent = snapshot.settings.dca.step_pcts[position.step]
    quantity = floor_to(of(percent, position.first), market.step)
    why = unfit(snapshot, position, market, quantity)
    if why:
        return LadderSkipped(number=position.number, leg=position.leg, step=position.step, why=why, at=snapshot.now)
    return intents.addition(snapshot, position, quantity=quantity)


def unfit(snapshot: Snapshot, position: Position, market: Market, quantity: Decimal) -> str:
    """Why the venue or the account would not take so much more; "" where they would."""
    mark = snapshot.marks[position.leg.symbol]
    if quantity < market.min_quantity or quantity * mark < market.min_notional:
        return f"{plain(quantity)} is under the venue's least order"
    if position.quantity + quantity > market.max_quantity:
        return f"the position would be over {plain(market.max_quantity)}, the most that one order can close"
    leverage = snapshot.leverage(position.leg.symbol)
    if quantity * mark * (ONE / leverage + market.taker) > available(snapshot):
        return "the balance is too small for it"
    capped = over_cap(snapshot, position.leg.symbol, quantity * mark)
    return "" if capped is None else capped.message
