"""One decision: the steps in their order, then what to tell, when to wake, whether to look again."""

from collections.abc import Callable, Iterator
from typing import get_args

from tradepods_core.book.accounting import SETTLE
from tradepods_core.book.events import AccountRead, IntentSettled, PaymentReported
from tradepods_core.book.facts import Fact, PaymentBooked, PositionClosed
from tradepods_core.book.intents import CancelOrder, Intent, PlaceOrder, Rejected
from tradepods_core.rules.alarm import adds_up, next_alarm
from tradepods_core.rules.entries import entries
from tradepods_core.rules.guarding import alert, guard
from tradepods_core.rules.ladder import add
from tradepods_core.rules.liquidation import check
from tradepods_core.rules.losses import watch
from tradepods_core.rules.management import manage
from tradepods_core.rules.notices import notices
from tradepods_core.rules.orphans import tidy
from tradepods_core.rules.preparation import prepare
from tradepods_core.rules.protection import protect
from tradepods_core.rules.requests import obey
from tradepods_core.rules.snapshot import Decision, Snapshot
from tradepods_core.rules.summary import turn
from tradepods_core.rules.trailing import move
from tradepods_core.rules.troubles import heed
from tradepods_core.shapes import Symbol

Step = Callable[[Snapshot], Iterator[Fact]]
STEPS: tuple[Step, ...] = (
    *(turn, heed, obey, watch),
    *(guard, alert, move, protect, tidy),
    *(check, prepare, add, manage),
)
INTENTS = get_args(Intent)
LOST = ("not_placed", "credentials", "reduce_only", "position_mode")  # the account may look different from the book


def decide(snapshot: Snapshot) -> Decision:
    """What follows from a snapshot; each step sees what the steps before it decided, and signals come last."""
    facts: list[Fact] = []
    for step in (*STEPS, *entries(snapshot)):
        found = tuple(step(snapshot))
        snapshot = snapshot.after(found)
        facts += found
    return Decision(
        facts=tuple(facts),
        book=snapshot.book,
        intents=tuple(fact for fact in facts if isinstance(fact, INTENTS)),
        notices=tuple(notices(snapshot, (*snapshot.news, *facts))),
        alarm=next_alarm(snapshot.book, wall=snapshot.wall, since=snapshot.since),
        strange=any(_strange(snapshot, fact) for fact in snapshot.news),
        overdue=not isinstance(snapshot.event, AccountRead) and not adds_up(snapshot.book, wall=snapshot.wall),
        outdated=tuple(_outdated(snapshot)),
    )


def quiet(snapshot: Snapshot, facts: tuple[Fact, ...]) -> Decision:
    """A decision that sends nothing, and leaves alarms and readings as they are."""
    after = snapshot.after(facts)
    told = tuple(notices(after, facts))
    return Decision(facts=facts, book=after.book, intents=(), notices=told, alarm=None, strange=False, overdue=False)


def _outdated(snapshot: Snapshot) -> Iterator[Symbol]:
    """The symbols of orders that were just refused for a price or quantity between two steps."""
    for fact in snapshot.news:
        match fact:
            case IntentSettled(outcome=Rejected(code="precision")):
                intent = snapshot.before.unsettled.get(fact.id)
                if isinstance(intent, PlaceOrder):
                    yield intent.leg.symbol
            case _:
                pass


def _strange(snapshot: Snapshot, fact: Fact) -> bool:
    """An order that never arrived, nothing to reduce, a cancel of an order that the venue doesn't know.

    Or the end of a position on a symbol that is in doubt: what is left there, if anything, is not ours.
    Or a payment after which our balance is not the venue's: a fill is on its way, or a reading had brought it before.
    """
    if isinstance(fact, PositionClosed):
        return fact.leg.symbol in snapshot.book.doubts
    if isinstance(fact, PaymentBooked):
        event = snapshot.event
        return fact.asset == SETTLE and isinstance(event, PaymentReported) and event.balance != snapshot.book.wallet
    if not isinstance(fact, IntentSettled) or not isinstance(fact.outcome, Rejected):
        return False
    intent = snapshot.before.unsettled.get(fact.id)
    if isinstance(intent, CancelOrder):
        return fact.outcome.code == "unknown_order" and intent.target in snapshot.book.orders
    return fact.outcome.code in LOST
