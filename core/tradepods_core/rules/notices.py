"""What to tell the person about what happened: facts in, notices out. Their texts are the messenger's."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import chain

from tradepods_core.book.events import AccountRead, IntentSettled
from tradepods_core.book.facts import (
    CommandTaken,
    Fact,
    Filled,
    LadderSkipped,
    LiquidationNear,
    OrderEnded,
    PositionClosed,
    SignalDecided,
    StopMoved,
    TradingPaused,
    TradingResumed,
)
from tradepods_core.book.intents import CancelOrder, PlaceOrder, Rejected
from tradepods_core.book.management import RuleActed
from tradepods_core.book.values import Order, Position
from tradepods_core.ids import ClientOrderId
from tradepods_core.money import HUNDRED, ZERO, plain
from tradepods_core.rules.guard_notices import of_guard
from tradepods_core.rules.hindrances import hindrances
from tradepods_core.rules.outside_notices import of_outside
from tradepods_core.rules.protection import level
from tradepods_core.rules.rule_notices import of_rules
from tradepods_core.rules.snapshot import Notice, Snapshot
from tradepods_core.rules.standing_notices import of_standing
from tradepods_core.rules.summary import of_day
from tradepods_core.times import written

HUNDREDTH = Decimal("0.01")
TOLD = 3  # tries of one purpose that are told


def notices(snapshot: Snapshot, facts: Sequence[Fact]) -> Iterator[Notice]:
    """The notices of one event; `facts` are its news and what was decided, `snapshot.book` holds both."""
    told: set[ClientOrderId] = set()
    for fact in (fact for fact in facts if not _follows_a_signal(fact)):
        match fact:
            case Filled(purpose="enter" | "add") | OrderEnded(purpose="enter" | "add"):
                yield from _entered(snapshot, fact, told)
            case PositionClosed():
                yield _exited(snapshot, fact)
            case PlaceOrder(purpose="close", rule="", revision=revision) if revision < TOLD:
                yield _plain(snapshot, "closing", fact, {"cause": fact.cause})
            case IntentSettled(outcome=Rejected()):
                yield from _refused(snapshot, fact)
            case StopMoved() | LadderSkipped() | LiquidationNear():
                yield from _of_position(snapshot, fact, facts)
            case TradingPaused() | TradingResumed() | CommandTaken():
                yield from _of_account(snapshot, fact, facts)
            case _:
                yield from of_standing(snapshot, fact)
                yield from of_outside(snapshot, fact)
                yield from of_guard(snapshot, fact, facts)
                yield from chain(of_day(snapshot, fact), of_rules(snapshot, fact))


def _follows_a_signal(fact: Fact) -> bool:
    """Most of a cycle's facts: a person is told of an entry once it is filled."""
    return isinstance(fact, SignalDecided) or (isinstance(fact, PlaceOrder) and fact.purpose == "enter")


def started(snapshot: Snapshot, decided: Iterable[Fact]) -> Notice:
    """What a start found, once the account has been read for the first time, and what it then decided."""
    sent = tuple(decided)
    view = snapshot.event.view if isinstance(snapshot.event, AccountRead) else None
    values = {
        "positions": str(len(snapshot.book.positions)),
        "orders": str(len(snapshot.book.orders)),
        "wallet": plain(snapshot.book.wallet or ZERO),
        "fills": str(sum(isinstance(fact, Filled) for fact in snapshot.news)),
        "doubts": str(len(snapshot.book.doubts)),
        "mode": "paper" if snapshot.settings.dry_run else "live",
        "read": "" if view is None else str(len(view.positions)),
        "held": "\n".join(_held(position) for position in snapshot.book.positions.values()),
        "placed": "\n".join(_order(fact) for fact in sent if isinstance(fact, PlaceOrder)),
        "cancelled": "\n".join(_order(order.intent) for order in _cancelled(snapshot, sent)),
    }
    return Notice(kind="started", at=snapshot.now, values=values)


def _held(position: Position) -> str:
    return f"{position.leg} quantity={plain(position.quantity)} average={plain(position.average)}"


def _order(order: PlaceOrder) -> str:
    return f"{order.leg} purpose={order.purpose}"


def _cancelled(snapshot: Snapshot, facts: Iterable[Fact]) -> Iterator[Order]:
    targets = (fact.target for fact in facts if isinstance(fact, CancelOrder))
    return (snapshot.book.orders[target] for target in targets if target in snapshot.book.orders)


def _entered(snapshot: Snapshot, fact: Filled | OrderEnded, told: set[ClientOrderId]) -> Iterator[Notice]:
    """One notice an entry, once nothing more of it will fill and all its fills are booked."""
    identifier = fact.order if isinstance(fact, Filled) else fact.id
    position = snapshot.book.positions.get(fact.leg)
    if identifier in snapshot.book.orders or identifier in told or position is None:
        return
    told.add(identifier)
    kind, order = "entered" if fact.purpose == "enter" else "added", snapshot.before.orders.get(identifier)
    values = {**_position(snapshot, position), "rule": "" if order is None else order.intent.rule}
    yield Notice(kind=kind, at=snapshot.now, leg=fact.leg, values=values)


def _position(snapshot: Snapshot, position: Position) -> dict[str, str]:
    notional = position.quantity * position.average
    leverage = snapshot.leverage(position.leg.symbol)
    values = {
        "quantity": plain(position.quantity),
        "average": plain(position.average),
        "notional": plain(notional),
        "margin": plain(notional / leverage),
        "leverage": str(leverage),
        "fees": plain(position.fees),
        "strategy": position.strategy,
        "step": str(position.step),
        "rests": "no" if position.alerts else "yes",
        "stop_pct": plain(position.terms.stop_loss_pct),
        "take_profit_pct": plain(position.terms.take_profit_pct),
    }
    market = snapshot.markets.get(position.leg.symbol)
    if market is not None:
        values["stop"] = plain(level(position, market, "stop"))
        values["take_profit"] = plain(level(position, market, "take_profit"))
    return values


def _exited(snapshot: Snapshot, fact: PositionClosed) -> Notice:
    margin = fact.quantity * fact.average / snapshot.leverage(fact.leg.symbol)
    net = fact.realized - fact.fees
    values = {
        "by": fact.ended_by,
        "quantity": plain(fact.quantity),
        "average": plain(fact.average),
        "price": plain(fact.price),
        "realized": plain(fact.realized),
        "fees": plain(fact.fees),
        "net": plain(net),
        "net_pct": plain((net / margin * HUNDRED).quantize(HUNDREDTH)) if margin else "0",
        "estimated": "yes" if fact.estimated else "no",
        "held_seconds": str(int((fact.at - fact.opened_at).total_seconds())),
    }
    return Notice(kind="exited", at=snapshot.now, leg=fact.leg, values=values)


AccountFact = TradingPaused | TradingResumed | CommandTaken


def _of_account(snapshot: Snapshot, fact: AccountFact, facts: Sequence[Fact]) -> Iterator[Notice]:
    """The day of a limit may be over while a person's pause goes on: then nothing is resumed."""
    if not isinstance(fact, TradingResumed) or snapshot.book.pause is None:
        kind, values = _account_news(fact)
        if isinstance(fact, TradingResumed) or (isinstance(fact, CommandTaken) and fact.name == "resume"):
            values["still"] = "\n".join(hindrances(snapshot))
        if isinstance(fact, TradingPaused):
            closing = any(isinstance(one, PlaceOrder) and one.cause == fact.why for one in facts)
            values["closes"] = "yes" if closing else "no"
        yield Notice(kind=kind, at=snapshot.now, values=values)


def _account_news(fact: AccountFact) -> tuple[str, dict[str, str]]:
    match fact:
        case TradingPaused():
            return "paused", {"why": fact.why, "until": "" if fact.until is None else written(fact.until)}
        case TradingResumed():
            return "resumed", {"why": fact.why}
        case CommandTaken():
            asked = f"{fact.name} {fact.symbol}".strip()
            return "answered", {"command": asked, "result": fact.result, "by": fact.by}


PositionFact = StopMoved | LadderSkipped | LiquidationNear


def _of_position(snapshot: Snapshot, fact: PositionFact, facts: Sequence[Fact]) -> Iterator[Notice]:
    """Also the first move of each kind: a trailing stop's later ones are in the log and in its exit.

    One that a rule asked for is told with its rule.
    """
    if isinstance(fact, LiquidationNear):
        yield _near_liquidation(snapshot, fact)
        return
    if isinstance(fact, LadderSkipped):
        values = {"step": str(fact.step + 1), "why": fact.why}
        yield Notice(kind="step_skipped", at=snapshot.now, leg=fact.leg, values=values)
        return
    before = snapshot.before.positions.get(fact.leg)
    ruled = any(isinstance(one, RuleActed) and one.moves(fact.number) for one in facts)
    if not ruled and (before is None or before.stop_by != fact.why):
        values = {"level": plain(fact.level), "why": fact.why}
        yield Notice(kind="stop_moved", at=snapshot.now, leg=fact.leg, values=values)


def _near_liquidation(snapshot: Snapshot, fact: LiquidationNear) -> Notice:
    market, position = snapshot.markets[fact.leg.symbol], snapshot.book.positions[fact.leg]
    values = {"liquidation": plain(fact.price), "stop": plain(level(position, market, "stop"))}
    return Notice(kind="liquidation_near", at=snapshot.now, leg=fact.leg, values=values)


def _refused(snapshot: Snapshot, fact: IntentSettled) -> Iterator[Notice]:
    """The venue's refusals of orders; those of cancels and of a symbol's leverage are in the log.

    A close is tried again and again: the person is told of the first few; of a take-profit once until one rests.
    """
    order = snapshot.before.orders.get(fact.id)
    if order is not None and isinstance(fact.outcome, Rejected) and _is_news(snapshot, order.intent):
        values = {"purpose": order.intent.purpose, "code": fact.outcome.code, "message": fact.outcome.message}
        yield _plain(snapshot, "refused", order.intent, values)


def _is_news(snapshot: Snapshot, intent: PlaceOrder) -> bool:
    if intent.purpose != "take_profit":
        return bool(intent.rule) or intent.revision < TOLD  # a rule asks once: no order of it is another's next try
    position = snapshot.book.position(intent.position)
    return position is None or position.refusals.get("take_profit", 0) <= 1


def _plain(snapshot: Snapshot, kind: str, intent: PlaceOrder, values: dict[str, str]) -> Notice:
    return Notice(kind=kind, at=snapshot.now, leg=intent.leg, values=values)
