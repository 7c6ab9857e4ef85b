"""What a management rule does once it holds: one function an action. Nothing where it can't be done at this moment."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from tradepods_core.book.facts import Fact, StopMoved
from tradepods_core.book.intents import PlaceOrder, Purpose
from tradepods_core.book.management import RuleActed, RuleSkipped
from tradepods_core.book.values import Book, Position
from tradepods_core.market import Market
from tradepods_core.money import HUNDRED, ONE, ZERO, floor_to, of, plain
from tradepods_core.rules import intents
from tradepods_core.rules.allowed import forbids
from tradepods_core.rules.ladder import inside, quiet, unfit
from tradepods_core.rules.protection import filling_still, level
from tradepods_core.rules.sizing import HEADROOM, SPARE, to_liquidation
from tradepods_core.rules.snapshot import Snapshot
from tradepods_core.rules.trailing import beyond, earned
from tradepods_core.strategy.management import PCT, Kind, ManagementRule
from tradepods_core.wire.cycle import Cycle


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A position in a cycle.

    Attributes:
        mark: None where the latest is too old.
        strategy: `{namespace}.{name}@{revision}` in force now.
        reasons: the comparisons of the rule that hold.

    """

    snapshot: Snapshot
    cycle: Cycle
    position: Position
    market: Market
    mark: Decimal | None
    strategy: str
    reasons: tuple[str, ...] = ()

    def acted(self, rule: ManagementRule, **more: Any) -> RuleActed:
        """The fact that the rule acted."""
        return RuleActed(pct=rule.action.pct, **self._about(rule), **more)

    def skipped(self, rule: ManagementRule, why: str) -> RuleSkipped:
        """The fact that what it asks for can't be done."""
        return RuleSkipped(why=why, **self._about(rule))

    def _about(self, rule: ManagementRule) -> dict[str, Any]:
        return {
            "number": self.position.number,
            "leg": self.position.leg,
            "strategy": self.strategy,
            "rule": rule.type,
            "kind": rule.action.kind,
            "cycle": self.cycle.id,
            "reasons": self.reasons,
            "at": self.snapshot.now,
        }


Act = Callable[[Case, ManagementRule], Iterator[Fact]]


def act(case: Case, rule: ManagementRule) -> Iterator[Fact]:
    """What a rule that has begun to hold leads to. Where nothing rests for the position it is only told."""
    bounds, pct = PCT.get(rule.action.kind), rule.action.pct
    if bounds is not None and not (bounds.fits(pct) if pct is not None else not bounds.needed):
        yield case.skipped(rule, f"pct has to be {bounds}")  # of a service of another release
    elif rule.action.kind == "alert" or case.position.alerts:
        yield case.acted(rule, alone=rule.action.kind != "alert")
    else:
        yield from ACTIONS[rule.action.kind](case, rule)


def _add(case: Case, rule: ManagementRule) -> Iterator[Fact]:
    """As a step of the ladder, whose place it takes: where opening is allowed, and while the cycle's signals count."""
    snapshot, position, market = case.snapshot, case.position, case.market
    if forbids(snapshot, position.leg.symbol, "add") or snapshot.now > case.cycle.valid_until:
        return
    if not market.trading or position.liquidation or case.mark is None or not quiet(snapshot.book, position):
        return
    if not inside(position, market, case.mark):
        return
    quantity = floor_to(of(_pct(rule), position.first), market.step)
    why = unfit(snapshot, position, market, quantity) or _too_much(case, case.mark, quantity)
    yield from (case.skipped(rule, why),) if why else _ordered(case, rule, "add", quantity)


def _too_much(case: Case, mark: Decimal, quantity: Decimal) -> str:
    """Why all of the position would be more than the venue allows, or liquidated before its stop acts; "" if not."""
    position, symbol = case.position, case.position.leg.symbol
    whole, leverage = position.quantity + quantity, case.snapshot.leverage(symbol)
    if whole * mark * (ONE + HEADROOM) > case.market.largest(leverage):
        return f"a position of {plain(whole * mark)} is over what the venue allows at {leverage}x"
    average = (position.average * position.quantity + mark * quantity) / whole
    stop = level(replace(position, average=average), case.market, "stop")
    risked = (average - stop) * position.leg.sign / average * HUNDRED
    near = risked > to_liquidation(case.snapshot, symbol, whole) * (ONE - SPARE)
    return "it might be liquidated before its stop acts" if near else ""


def _reduce(case: Case, rule: ManagementRule) -> Iterator[Fact]:
    """Only what leaves a position that can still be guarded, by an order that the venue takes."""
    position, market = case.position, case.market
    if not _may_leave(case) or case.mark is None:
        return
    quantity = floor_to(of(_pct(rule), position.quantity), market.step)
    least = max(market.min_quantity, market.min_notional / case.mark)
    if quantity < least:
        yield case.skipped(rule, f"{plain(quantity)} is under the venue's least order")
    elif position.quantity - quantity < least:
        rest = plain(position.quantity - quantity)
        yield case.skipped(rule, f"the {rest} that would be left are under the venue's least order")
    else:
        yield from _ordered(case, rule, "reduce", quantity)


def _close(case: Case, rule: ManagementRule) -> Iterator[Fact]:
    if _may_leave(case):
        yield from _ordered(case, rule, "close", case.position.quantity)


def _may_leave(case: Case) -> bool:
    """Where closing by itself is allowed, and nothing else of it is under way: what opens would be left over."""
    book, position = case.snapshot.book, case.position
    return not forbids(case.snapshot, position.leg.symbol, "close") and not _under_way(book, position)


def _under_way(book: Book, position: Position) -> bool:
    """Whether an order of it is neither resting nor over."""
    orders = (order for order in book.orders.values() if order.intent.position == position.number)
    return any(not order.intent.conditional or order.ended or order.booked for order in orders)


def _ordered(case: Case, rule: ManagementRule, purpose: Purpose, quantity: Decimal) -> Iterator[RuleActed | PlaceOrder]:
    ask = intents.Ask(rule=rule.type, cycle=case.cycle.id, purpose=purpose, quantity=quantity)
    order = intents.ruled(case.snapshot, case.position, ask=ask)
    yield case.acted(rule, quantity=quantity, order=order.id)
    yield order


def _move_stop(case: Case, rule: ManagementRule) -> Iterator[Fact]:
    """To a level from the average; where its stop is as good already, nothing is done, and the next rule is asked."""
    position, why = case.position, "break_even" if rule.action.kind == "break_even" else "move_stop"
    if not _may_move(case):
        return
    price = earned(position, case.market, beyond(position, _pct(rule)))
    if price is not None:
        yield case.acted(rule, level=price)
        yield StopMoved(number=position.number, leg=position.leg, level=price, why=why, at=case.snapshot.now)


def _trail_stop(case: Case, rule: ManagementRule) -> Iterator[Fact]:
    """From now on its stop follows the best price; where it does already, only more closely."""
    trail = case.position.trail
    if _may_move(case) and (trail is None or _pct(rule) < trail):
        yield case.acted(rule)


def _may_move(case: Case) -> bool:
    """Where guarding is allowed, and the average stands still."""
    book, position = case.snapshot.book, case.position
    return not forbids(case.snapshot, position.leg.symbol, "protect") and not filling_still(book, position)


def _pct(rule: ManagementRule) -> Decimal:
    """0 where it has none."""
    return rule.action.pct or ZERO


ACTIONS: Mapping[Kind, Act] = MappingProxyType(
    {
        "add": _add,
        "reduce": _reduce,
        "close": _close,
        "move_stop": _move_stop,
        "break_even": _move_stop,
        "trail_stop": _trail_stop,
    }
)
