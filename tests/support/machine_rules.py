"""What must hold of management rules, whatever came before: nothing is done twice, and nothing without its reason."""

from collections import defaultdict
from decimal import Decimal

from support.machine_draws import MOST_TIMES
from tradepods_core.book.events import CycleArrived
from tradepods_core.book.facts import Fact, Filled
from tradepods_core.book.intents import PlaceOrder
from tradepods_core.book.management import RuleActed
from tradepods_core.rules.snapshot import Snapshot
from tradepods_core.strategy.management import ManagementRule


class RuleChecks:
    """What each rule has done to each position."""

    def __init__(self) -> None:
        self._acts: set[tuple[int, str, str]] = set()
        self._cycles: set[tuple[int, str]] = set()
        self._orders: dict[str, tuple[int, str]] = {}
        self._filled: dict[tuple[int, str], set[str]] = defaultdict(set)

    def learn(self, fact: Fact) -> None:
        """However often an order was lost, given up and asked for again: what was done counts."""
        if isinstance(fact, Filled) and fact.order in self._orders:
            position, rule = self._orders[fact.order]
            self._filled[position, rule].add(fact.order)
            assert len(self._filled[position, rule]) <= MOST_TIMES[rule], f"{rule} acted too often: {fact}"

    def look(self, snapshot: Snapshot, fact: Fact) -> None:
        """What was decided: by a cycle, once in it, for a position whose strategy says so, as far as is known now."""
        if isinstance(fact, RuleActed):
            self._acted(snapshot, fact)
        elif isinstance(fact, PlaceOrder) and fact.rule:
            assert isinstance(snapshot.event, CycleArrived)
            assert fact.purpose != "add" or snapshot.now <= snapshot.event.cycle.valid_until
            held = snapshot.book.positions[fact.leg]
            assert fact.purpose != "reduce" or fact.quantity < held.quantity
            self._orders[fact.id] = fact.position, fact.rule

    def _acted(self, snapshot: Snapshot, fact: RuleActed) -> None:
        assert isinstance(snapshot.event, CycleArrived)
        assert fact.cycle == snapshot.event.cycle.id
        assert (fact.number, fact.rule, fact.cycle) not in self._acts, f"acted twice in a cycle: {fact}"
        self._acts.add((fact.number, fact.rule, fact.cycle))
        if fact.takes_the_cycle:
            assert (fact.number, fact.cycle) not in self._cycles, f"a second action in a cycle: {fact}"
            self._cycles.add((fact.number, fact.cycle))
        position = snapshot.book.positions[fact.leg]
        assert position.strategy.partition("@")[0] == fact.strategy.partition("@")[0]
        assert fact.alone == (position.alerts and fact.kind != "alert")
        assert fact.reasons
        self._rule(snapshot, fact.strategy, fact.rule)

    def percent(self, snapshot: Snapshot, order: PlaceOrder) -> Decimal:
        """Of the rule that has asked for it."""
        found = self._rule(snapshot, order.strategy, order.rule).action.pct
        assert found is not None
        return found

    def _rule(self, snapshot: Snapshot, strategy: str, name: str) -> ManagementRule:
        spec = snapshot.strategies[strategy.partition("@")[0]].spec
        return next(rule for rule in spec.management if rule.type == name and rule.enabled)
