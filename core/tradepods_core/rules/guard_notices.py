"""What to tell the person about the orders that guard a position: resting, gone, filled in part."""

from collections.abc import Iterator, Mapping, Sequence

from tradepods_core.book.events import IntentSettled
from tradepods_core.book.facts import Fact, Filled, OrderEnded
from tradepods_core.book.intents import OPENING, PROTECTIVE, Accepted
from tradepods_core.book.values import Book, Position
from tradepods_core.ids import ClientOrderId
from tradepods_core.money import ZERO, plain
from tradepods_core.rules.snapshot import Notice, Snapshot


def of_guard(snapshot: Snapshot, fact: Fact, facts: Sequence[Fact]) -> Iterator[Notice]:
    """The notices of one of an event's `facts`; none for other kinds."""
    match fact:
        case IntentSettled(outcome=Accepted()):
            yield from _protected(snapshot, fact)
        case OrderEnded(purpose="stop", executed=executed) if executed == ZERO:
            yield from _gone(snapshot, fact)
        case Filled() | OrderEnded() if fact.purpose not in OPENING and fact is _last_of(facts, fact):
            yield from _reduced(snapshot, fact, facts)
        case _:
            pass


def _protected(snapshot: Snapshot, fact: IntentSettled) -> Iterator[Notice]:
    """Once both orders rest, and did not before: a re-size or a move is no news."""
    order = snapshot.book.orders.get(fact.id)
    position = None if order is None else snapshot.book.position(order.intent.position)
    if order is None or position is None or order.intent.purpose not in PROTECTIVE:
        return
    before, after = _resting(snapshot.before, position), _resting(snapshot.book, position)
    last = "stop" if "take_profit" in before else "take_profit"  # one answer is told where both come at once
    if order.intent.purpose == last and len(before) < len(after) == len(PROTECTIVE):
        yield Notice(kind="protected", at=snapshot.now, leg=position.leg, values=after)


def _resting(book: Book, position: Position) -> Mapping[str, str]:
    """The levels of the newest stop and take-profit that the venue has, by purpose."""
    return {
        purpose: plain(order.intent.trigger)
        for purpose in PROTECTIVE
        for order in book.live(position.number, purpose)
        if order.accepted and order.intent.trigger is not None
    }


def _gone(snapshot: Snapshot, fact: OrderEnded) -> Iterator[Notice]:
    """The last resting stop was taken away: by somebody, or by the venue."""
    position, before = snapshot.book.positions.get(fact.leg), snapshot.before.positions.get(fact.leg)
    if position is None or before is None or position.number != before.number:
        return
    if before.naked_since is None and position.naked_since is not None:
        yield Notice(kind="stop_gone", at=snapshot.now, leg=fact.leg, values={"status": fact.status})


def _reduced(snapshot: Snapshot, fact: Filled | OrderEnded, facts: Sequence[Fact]) -> Iterator[Notice]:
    """An exit is over, and something is left of its position. The end of a position is told as such."""
    identifier = _order_of(fact)
    order = snapshot.before.orders.get(identifier)
    position = None if order is None else snapshot.book.position(order.intent.position)
    if order is None or identifier in snapshot.book.orders or position is None or position.quantity <= ZERO:
        return
    filled = sum((f.quantity for f in facts if isinstance(f, Filled) and f.order == identifier), order.booked)
    values = {
        "by": order.intent.moved or fact.purpose,
        "quantity": plain(filled),
        "left": plain(position.quantity),
        "realized": plain(position.realized),
        "fees": plain(position.fees),
    }
    if filled > ZERO:
        yield Notice(kind="reduced", at=snapshot.now, leg=fact.leg, values=values)


def _order_of(fact: Filled | OrderEnded) -> ClientOrderId:
    return fact.order if isinstance(fact, Filled) else fact.id


def _last_of(facts: Sequence[Fact], fact: Filled | OrderEnded) -> Fact:
    """The last of an event's facts that say something of the same order: it is told once."""
    same = (f for f in facts if isinstance(f, Filled | OrderEnded) and _order_of(f) == _order_of(fact))
    return list(same)[-1]
