"""What pydantic can't see of a strategy: that nothing in it is not built yet, and that it can say something."""

from collections.abc import Iterator

from tradepods_core.errors import Invalid, Problem
from tradepods_core.reading import read_model
from tradepods_core.strategy.condition_checks import ENTRY, MANAGEMENT, condition_problems
from tradepods_core.strategy.management import action_problems
from tradepods_core.strategy.model import StrategySpec


def read_strategy(spec: object) -> StrategySpec:
    """A TradingStrategy's spec; raises Invalid with every problem and the path of its condition."""
    strategy = read_model(StrategySpec, spec, root="spec")
    if found := [*_unbuilt(strategy), *_empty(strategy), *_conditions(strategy), *action_problems(strategy.management)]:
        raise Invalid(found)
    return strategy


def _unbuilt(spec: StrategySpec) -> Iterator[Problem]:
    """Features that are not there yet are refused, never silently ignored."""
    if spec.universe.top:
        yield _later("universe.top", spec.universe.top, "write top: 0 and name symbols in include")
    if spec.schedule:
        yield _later("schedule", spec.schedule, 'write schedule: ""')
    if spec.python is not None:
        yield _later("python", "{...}", "leave it out and write entries")


def _empty(spec: StrategySpec) -> Iterator[Problem]:
    """A strategy that could never say anything."""
    if not spec.entries:
        yield Problem(field="spec.entries", value="[]", fix="write at least one entry")
    if not spec.universe.include:
        yield Problem(field="spec.universe.include", value="[]", fix="name at least one symbol, such as BTC/USDT:USDT")
    elif set(spec.universe.include) <= set(spec.universe.exclude):
        yield Problem(field="spec.universe.exclude", value="a list", fix="leaves no symbol: take one out")


def _later(field: str, value: object, fix: str) -> Problem:
    return Problem(field=f"spec.{field}", value=str(value), fix=f"not yet available: {fix}")


def _conditions(spec: StrategySpec) -> Iterator[Problem]:
    for number, entry in enumerate(spec.entries):
        yield from condition_problems(entry.when, path=f"spec.entries[{number}].when", own=spec.timeframe, place=ENTRY)
    for number, rule in enumerate(spec.management):
        path = f"spec.management[{number}].when"
        yield from condition_problems(rule.when, path=path, own=spec.timeframe, place=MANAGEMENT)
