"""Stop and take-profit of each position: placed, re-sized, and what happens when the venue refuses them.

A position is never left without a stop: where none can rest, or none is confirmed within a second, it is closed.
Where ledger and venue disagree about how much is held, only a person closes it.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from tradepods_core.book.events import MarketRead
from tradepods_core.book.guarding import ANEW
from tradepods_core.book.intents import OPENING, PlaceOrder, Purpose
from tradepods_core.book.values import Book, Order, Position, Refused
from tradepods_core.market import Market
from tradepods_core.money import ZERO, ceil_to, floor_to, of
from tradepods_core.rules import intents
from tradepods_core.rules.allowed import forbids
from tradepods_core.rules.backoff import PATIENT, wait
from tradepods_core.rules.snapshot import Snapshot

CONFIRMED_WITHIN = timedelta(seconds=1)  # from a fill's event to the venue's acceptance of its stop
MOVES = ("break_even", "trailing", "move_stop")  # by which a stop ends a position as something else than its stop-loss
EXITS: tuple[Purpose, ...] = ("stop", "take_profit", "close")
RESIZED_EVERY = timedelta(milliseconds=250)  # while an entry is still filling


def protect(snapshot: Snapshot) -> Iterator[PlaceOrder]:
    """The protective and closing orders that the positions lack. A stop goes before its take-profit."""
    for position in snapshot.book.positions.values():
        market = snapshot.markets.get(position.leg.symbol)
        if market is None or position.quantity <= ZERO or _closing(snapshot, position):
            continue
        if forbids(snapshot, position.leg.symbol, "protect"):
            continue
        orders = tuple(_closed_again(snapshot, position) if position.alerts else _stop(snapshot, position, market))
        yield from orders
        if not orders and not position.alerts:
            yield from _take_profit(snapshot, position, market)


def level(position: Position, market: Market, purpose: Purpose) -> Decimal:
    """The trigger of a stop or take-profit; a stop that was moved is at the better of its two levels.

    One that was set anew from the mark stands where it was set.
    """
    first = _first_level(position, market, purpose)
    if purpose != "stop":
        return first if position.target is None else position.target
    if position.stop is None or position.anew or position.stop_by == ANEW:
        return first if position.stop is None else position.stop
    return max(first, position.stop) if position.leg.side == "long" else min(first, position.stop)


def _first_level(position: Position, market: Market, purpose: Purpose) -> Decimal:
    """A move from the average. Where a tick is more than the whole move it is the next tick: it never acts at once."""
    terms = position.terms
    stop = purpose == "stop"
    move = of(terms.stop_loss_pct if stop else terms.take_profit_pct, position.average)
    below = stop == (position.leg.side == "long")
    return towards_entry(position.average - move if below else position.average + move, position.average, market)


def towards_entry(price: Decimal, entry: Decimal, market: Market) -> Decimal:
    """A level below or above an entry price, rounded towards it, and at least a tick away."""
    if price < entry:
        rounded = ceil_to(price, market.tick)
        return rounded if rounded < entry else ceil_to(entry, market.tick) - market.tick
    rounded = floor_to(price, market.tick)
    return rounded if rounded > entry else floor_to(entry, market.tick) + market.tick


def _closed_again(snapshot: Snapshot, position: Position) -> Iterator[PlaceOrder]:
    """Where nothing is to rest: only what is to go, and a close that a person asked for and the venue refused."""
    leaving = _leaving(snapshot, position)
    if leaving or position.refused.get("close") is not None:
        yield intents.exit_order(snapshot, position, purpose="close", cause=leaving or "the position is still open")


def _leaving(snapshot: Snapshot, position: Position) -> str:
    """Why all of it is to go; "" where it isn't, or while it can't be closed: until then a stop protects it."""
    forbidden = forbids(snapshot, position.leg.symbol, "close") is not None
    return "" if forbidden else snapshot.book.leaving.get(position.number, "")


def _closing(snapshot: Snapshot, position: Position) -> bool:
    """Whether an order is closing it at this moment, or was refused too shortly ago to try again."""
    exits = (o for o in snapshot.book.orders.values() if o.intent.position == position.number)
    if any(_fills(order) for order in exits if order.intent.purpose in EXITS):
        return True
    unheard = unheard_until(snapshot.book, position)
    if unheard is not None and snapshot.wall < unheard:
        return True
    refused = position.refused.get("close")
    return refused is not None and snapshot.wall < refused.at + wait(position.refusals["close"])


def _fills(order: Order) -> bool:
    """Whether more fills of an exit are to come."""
    if order.ended:
        return order.booked < order.executed
    return order.acts if order.intent.conditional else not order.unsure


def unheard_until(book: Book, position: Position) -> datetime | None:
    """How long the answer to the newest close is waited for: a second, longer with each that was never answered."""
    unsure = [order for order in book.live(position.number, "close") if order.unsure]
    return unsure[-1].intent.committed_at + wait(len(unsure)) if unsure else None


def _stop(snapshot: Snapshot, position: Position, market: Market) -> Iterator[PlaceOrder]:
    live = [order for order in snapshot.book.live(position.number, "stop") if stays(order)]
    why = _unprotectable(snapshot, position, live) or _leaving(snapshot, position)
    if why and not forbids(snapshot, position.leg.symbol, "close"):
        yield intents.exit_order(snapshot, position, purpose="close", cause=why)
    elif not why and not _waits(snapshot, position) and _due(snapshot, position, market, live):
        at = level(position, market, "stop")
        moved = position.stop_by if at == position.stop and position.stop_by in MOVES else ""
        placed = intents.exit_order(
            snapshot, position, purpose="stop", cause="protection", kind="stop_market", trigger=at
        )
        yield replace(placed, moved=moved)


def stays(order: Order) -> bool:
    """Whether an order was not asked to go: one that is being cancelled protects nothing any more."""
    return order.cancel_at is None


def _unprotectable(snapshot: Snapshot, position: Position, live: list[Order]) -> str:
    """Why the position has to be closed instead of protected; "" where a stop rests or is on its way."""
    refused = position.refused.get("stop")
    if refused is not None and not _tries_again(snapshot, position, refused):
        return f"the venue refused the stop ({refused.code})"
    if live and is_late(snapshot.book, position, since=snapshot.since, wall=snapshot.wall):
        return "no stop was confirmed within a second"
    if position.refused.get("close") is not None or snapshot.book.live(position.number, "close"):
        return "the position is still open"
    return ""


def _tries_again(snapshot: Snapshot, position: Position, refused: Refused) -> bool:
    """Whether a refused stop goes out once more: as soon as its take-profit gave way, or its market was read anew."""
    if refused.code == "too_many_orders" and position.refusals["stop"] == 1:
        return in_the_way(snapshot.book, position) is None or snapshot.wall < refused.at + CONFIRMED_WITHIN
    limit = market_by(snapshot.book, position, since=snapshot.since)
    return limit is not None and (snapshot.wall < limit or _read_anew(snapshot, position))


def _waits(snapshot: Snapshot, position: Position) -> bool:
    """Whether a refused stop goes first, and can't go yet: for want of room, or of the steps to round its level by."""
    if in_the_way(snapshot.book, position) is not None:
        return True
    limit = market_by(snapshot.book, position, since=snapshot.since)
    return limit is not None and not _read_anew(snapshot, position)


def _read_anew(snapshot: Snapshot, position: Position) -> bool:
    """Whether this is the moment in which the venue has named the steps of the position's market."""
    event = snapshot.event
    return isinstance(event, MarketRead) and event.market.symbol == position.leg.symbol


def market_by(book: Book, position: Position, *, since: datetime) -> datetime | None:
    """Until when a stop that was refused for its level's or quantity's step waits for the market to be read anew.

    Within the second that protection has. None where no stop waits, and where one was refused a second time.
    """
    refused = position.refused.get("stop")
    if position.alerts or refused is None or refused.code != "precision" or position.refusals["stop"] > 1:
        return None
    return confirm_by(book, position, since=since) or refused.at + CONFIRMED_WITHIN


def in_the_way(book: Book, position: Position) -> Order | None:
    """The take-profit that gives way to a stop for which the venue has no room; None where none does."""
    refused = position.refused.get("stop")
    if refused is None or refused.code != "too_many_orders":
        return None
    return next((order for order in book.live(position.number, "take_profit") if order.accepted), None)


def target_again(position: Position) -> datetime | None:
    """When a take-profit that the venue refused is placed again; None for one whose level is passed, or is no order."""
    refused = position.refused.get("take_profit")
    if refused is None or refused.code == "would_trigger" or position.alerts:
        return None
    return refused.at + wait(position.refusals["take_profit"], longest=PATIENT)


def confirm_by(book: Book, position: Position, *, since: datetime) -> datetime | None:
    """When a stop has to be confirmed; None while one rests.

    Nothing is late before it was sent: neither what a run learned from an earlier one, nor a fill that was heard late.
    A second try has what is left of the first one's second.
    """
    if position.naked_since is None:
        return None
    stops = [] if position.refusals.get("stop") else book.live(position.number, "stop")[:1]
    sent = [order.intent.committed_at for order in stops]
    return max(position.naked_since, since, *sent) + CONFIRMED_WITHIN


def is_late(book: Book, position: Position, *, since: datetime, wall: datetime) -> bool:
    """Whether the position has stood without a confirmed stop for too long."""
    limit = confirm_by(book, position, since=since)
    return limit is not None and wall >= limit


def _outgrown(snapshot: Snapshot, position: Position, market: Market, newest: Order) -> bool:
    """Whether the newest resting order has another quantity or level than it should, and one that fits is due."""
    enough = newest.intent.quantity in {position.quantity, market.whole(position.quantity)}
    fits = enough and newest.intent.trigger == _meant(position, market, newest)
    if not newest.accepted or fits:
        return False
    filling = filling_still(snapshot.book, position) or snapshot.book.live(position.number, "reduce")
    return not filling or snapshot.wall >= newest.intent.committed_at + RESIZED_EVERY


def _due(snapshot: Snapshot, position: Position, market: Market, live: list[Order]) -> bool:
    """Whether an order is to be placed: the first, one of another size, or one at another level."""
    return not live or _outgrown(snapshot, position, market, live[-1])


def filling_still(book: Book, position: Position) -> bool:
    """Whether more of an entry or of an add may be executed."""
    return any(book.live(position.number, purpose) for purpose in OPENING)


def _meant(position: Position, market: Market, order: Order) -> Decimal | None:
    """The trigger that an order should have; a level moves only with the average, the targets, or by a rule."""
    return None if order.intent.trigger is None else level(position, market, order.intent.purpose)


def _take_profit(snapshot: Snapshot, position: Position, market: Market) -> Iterator[PlaceOrder]:
    """Once the entry has ended and the newest stop rests. One that would trigger is taken at market, and booked so."""
    if filling_still(snapshot.book, position) or position.naked_since is not None:
        return
    waits = any(not stop.accepted for stop in snapshot.book.live(position.number, "stop"))
    if waits or _waits(snapshot, position):
        return  # the stop goes first: there may be room for one of them only
    live = snapshot.book.live(position.number, "take_profit")
    refused, again = position.refused.get("take_profit"), target_again(position)
    if refused is not None and refused.code == "would_trigger":
        if not forbids(snapshot, position.leg.symbol, "close"):
            cause = "the take-profit's level is passed"
            yield intents.exit_order(snapshot, position, purpose="take_profit", cause=cause)
    elif (again is None or snapshot.wall >= again) and _due(snapshot, position, market, live):
        yield intents.exit_order(
            snapshot,
            position,
            purpose="take_profit",
            cause="protection",
            kind="take_profit_market",
            trigger=level(position, market, "take_profit"),
        )
