"""What pydantic can't see of a strategy: that nothing in it is not built yet, and that it can say something."""

from collections.abc import Iterator

from tradepods_core.errors import Invalid, Problem
from tradepods_core.field_rules import Rule
from tradepods_core.reading import read_model
from tradepods_core.strategy.condition_checks import ENTRY, MANAGEMENT, condition_problems
from tradepods_core.strategy.management import action_problems
from tradepods_core.strategy.model import StrategySpec, Universe

RULES: tuple[Rule[StrategySpec], ...] = (
    Rule(
        field="schedule",
        broken=lambda spec: bool(spec.schedule),
        cel="self.schedule == ''",
        shown=lambda spec: spec.schedule,
        fix='not yet available: write schedule: ""',
    ),
    Rule(
        field="python",
        broken=lambda spec: spec.python is not None,
        cel="!has(self.python)",
        shown=lambda _: "{...}",
        fix="not yet available: leave it out and write entries",
    ),
    Rule(
        field="entries",
        broken=lambda spec: not spec.entries,
        cel="self.entries.size() > 0",
        shown=lambda _: "[]",
        fix="write at least one entry",
    ),
    Rule(
        field="universe.byQuoteVolume",
        broken=lambda spec: not spec.universe.by_quote_volume,
        cel="self.universe.byQuoteVolume",
        shown=lambda _: "false",
        fix="leave it out or write true: symbols are ranked by quote volume, there is no other order",
    ),
    Rule(
        field="universe.include",
        broken=lambda spec: not spec.universe.top and not spec.universe.include,
        cel="self.universe.top > 0 || self.universe.include.size() > 0",
        shown=lambda _: "[]",
        fix="name at least one symbol, such as BTC/USDT:USDT, or write top: 50 for the most traded ones",
    ),
    Rule(
        field="universe.exclude",
        broken=lambda spec: not spec.universe.top and _leaves_none(spec.universe),
        cel="self.universe.top > 0 || self.universe.include.size() == 0"
        " || self.universe.include.exists(symbol, !(symbol in self.universe.exclude))",
        shown=lambda _: "a list",
        fix="leaves no symbol: take one out",
    ),
)


def read_strategy(spec: object) -> StrategySpec:
    """A TradingStrategy's spec; raises Invalid with every problem and the path of its condition."""
    strategy = read_model(StrategySpec, spec, root="spec")
    said = [problem for rule in RULES if (problem := rule.problem(strategy))]
    if found := [*said, *_conditions(strategy), *action_problems(strategy.management)]:
        raise Invalid(found)
    return strategy


def _leaves_none(universe: Universe) -> bool:
    return bool(universe.include) and set(universe.include) <= set(universe.exclude)


def _conditions(spec: StrategySpec) -> Iterator[Problem]:
    for number, entry in enumerate(spec.entries):
        yield from condition_problems(entry.when, path=f"spec.entries[{number}].when", own=spec.timeframe, place=ENTRY)
    for number, rule in enumerate(spec.management):
        path = f"spec.management[{number}].when"
        yield from condition_problems(rule.when, path=path, own=spec.timeframe, place=MANAGEMENT)
