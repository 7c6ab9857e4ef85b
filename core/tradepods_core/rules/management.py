"""A strategy's management rules act on the positions that it opened: once a cycle of its timeframe, by priority.

A rule acts when it begins to hold, and again only after it has ceased to; `maxTimes` in a position's life at most. Of
the rules that change something, the first that can act has the position's cycle; an alert takes nothing from them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from math import isnan

from tradepods_core.book.events import CycleArrived
from tradepods_core.book.facts import Fact
from tradepods_core.book.management import ProfitPeaked, RuleActed, RuleCeased, RuleMark
from tradepods_core.book.values import Book, Position
from tradepods_core.money import ZERO
from tradepods_core.rules.actions import Case, act
from tradepods_core.rules.guards import STALE_AFTER
from tradepods_core.rules.position_values import fresh_mark, peak, position_values
from tradepods_core.rules.protection import protect
from tradepods_core.rules.snapshot import Snapshot
from tradepods_core.rules.trailing import move
from tradepods_core.strategy.evaluate import Read, crossing_terms, explained, holds, reading, terms
from tradepods_core.strategy.management import ManagementRule, in_order
from tradepods_core.times import Timeframe
from tradepods_core.wire.cycle import Cycle
from tradepods_core.wire.published import PublishedStrategy

FALL = "drawdown_from_peak"


def manage(snapshot: Snapshot) -> Iterator[Fact]:
    """What a cycle leads to, position by position; stops that it moves are placed at once.

    A cycle counts until the next candle has closed: its values are the newest until then.
    """
    if not isinstance(snapshot.event, CycleArrived):
        return
    cycle = snapshot.event.cycle
    if snapshot.now >= cycle.close + Timeframe.parse(cycle.timeframe).length:
        return
    acted = False
    for position in snapshot.book.positions.values():
        found = tuple(_of_position(snapshot, cycle, position))
        snapshot, acted = snapshot.after(found), acted or any(isinstance(fact, RuleActed) for fact in found)
        yield from found
    if acted:
        moved = tuple(move(snapshot))
        yield from moved
        yield from protect(snapshot.after(moved))


@dataclass(frozen=True, slots=True)
class Unmanaged:
    """Why no rule acts on a position."""

    why: str


def manager(strategies: Mapping[str, PublishedStrategy], position: Position) -> PublishedStrategy | Unmanaged:
    """The strategy that opened a position, as it is in force now."""
    key, opened, _ = position.strategy.partition("@")
    if not opened:
        return Unmanaged("no strategy of ours opened it")
    strategy = strategies.get(key)
    if strategy is None:
        return Unmanaged(f"{key} is not in force")
    if not strategy.enabled:
        return Unmanaged(f"{key} is disabled")
    return strategy if in_order(strategy.spec.management) else Unmanaged(f"{key} has no management rules")


def _of_position(snapshot: Snapshot, cycle: Cycle, position: Position) -> Iterator[Fact]:
    strategy, market = manager(snapshot.strategies, position), snapshot.markets.get(position.leg.symbol)
    if isinstance(strategy, Unmanaged) or market is None or strategy.spec.timeframe != cycle.timeframe:
        return
    if position.quantity <= ZERO or _leaving(snapshot.book, position):
        return
    within = STALE_AFTER * Timeframe.parse(cycle.timeframe).length
    yield from _peaked(snapshot, position, strategy, within=within)
    case = Case(
        snapshot=snapshot,
        cycle=cycle,
        position=position,
        market=market,
        mark=fresh_mark(snapshot, position, within=within),
        strategy=f"{strategy.key}@{strategy.revision}",
    )
    yield from _judged(case, in_order(strategy.spec.management), _read(snapshot, cycle, position, within=within))


def _judged(case: Case, rules: list[ManagementRule], read: Read) -> Iterator[Fact]:
    """Each rule, in their order."""
    position, taken = case.position, case.position.managed == case.cycle.id
    for rule in rules:
        mark = position.rules.get(rule.type, RuleMark())
        if not holds(rule.when, read):
            if mark.holds and _known(rule, read):
                yield RuleCeased(number=position.number, leg=position.leg, rule=rule.type, at=case.snapshot.now)
        elif _may_act(mark, rule, case.cycle) and not (taken and rule.action.kind != "alert"):
            found = tuple(act(replace(case, reasons=explained(rule.when, read)), rule))
            taken = taken or any(isinstance(fact, RuleActed) and fact.takes_the_cycle for fact in found)
            yield from found


def _may_act(mark: RuleMark, rule: ManagementRule, cycle: Cycle) -> bool:
    return not mark.holds and mark.cycle != cycle.id and mark.times + mark.told < rule.max_times


def _known(rule: ManagementRule, read: Read) -> bool:
    """Whether every value that it reads is known: only then is it certain that it does not hold."""
    now = (read(term, 0) for term in terms(rule.when))
    before = (read(term, 1) for term in crossing_terms(rule.when))
    return not any(isnan(value) for value in (*now, *before))


def _read(snapshot: Snapshot, cycle: Cycle, position: Position, *, within: timedelta) -> Read:
    """The market's variables as the cycle has them, and the position's own."""
    symbol = position.leg.symbol
    own = position_values(snapshot, position, within=within)
    return reading({**cycle.variables.get(symbol, {}), **own}, cycle.before.get(symbol, {}))


def _peaked(
    snapshot: Snapshot, position: Position, strategy: PublishedStrategy, *, within: timedelta
) -> Iterator[ProfitPeaked]:
    """Its best profit_rate where a rule asks for the fall from it: a restart does not forget it."""
    rules = in_order(strategy.spec.management)
    mark = fresh_mark(snapshot, position, within=within)
    if mark is None or not any(term.var == FALL for rule in rules for term in terms(rule.when)):
        return
    best = peak(snapshot, position, mark)
    if best > position.peak:
        yield ProfitPeaked(number=position.number, leg=position.leg, rate=best, at=snapshot.now)


def _leaving(book: Book, position: Position) -> bool:
    """Whether it is being closed, or one of its levels acts at this moment."""
    exits = (o for o in book.orders.values() if o.intent.position == position.number and o.intent.reduce_only)
    return any(order.booked or order.intent.purpose == "close" for order in exits)
