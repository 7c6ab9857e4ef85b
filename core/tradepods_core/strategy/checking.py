"""What pydantic can't see: that variables exist, that parameters fit, and that only like is compared with like."""

import difflib
from collections.abc import Iterator, Mapping

from tradepods_core.errors import Invalid, Problem
from tradepods_core.reading import read_model
from tradepods_core.strategy.model import Condition, Ref, StrategySpec
from tradepods_core.strategy.variables import VARIABLES, Group, Param, Variable
from tradepods_core.times import Timeframe

RANGES: Mapping[Group, tuple[float, float]] = {Group.PERCENT: (0, 100), Group.STATE: (-1, 1)}


def read_strategy(spec: object) -> StrategySpec:
    """A TradingStrategy's spec; raises Invalid with every problem and the path of its condition."""
    strategy = read_model(StrategySpec, spec, root="spec")
    if found := [*_unbuilt(strategy), *_empty(strategy), *_conditions(strategy)]:
        raise Invalid(found)
    return strategy


def _unbuilt(spec: StrategySpec) -> Iterator[Problem]:
    """Features that are not there yet are refused, never silently ignored."""
    if spec.universe.top:
        yield _later("universe.top", spec.universe.top, "write top: 0 and name symbols in include")
    if spec.management:
        yield _later("management", "[...]", "write management: []")
    if spec.schedule:
        yield _later("schedule", spec.schedule, 'write schedule: ""')
    if spec.python is not None:
        yield _later("python", "{...}", "leave it out and write entries")
    if spec.cooldown_seconds > (longest := Timeframe.parse(spec.timeframe).seconds):
        yield _later("cooldownSeconds", spec.cooldown_seconds, f"write at most the timeframe, {longest}")


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
        kind = "all" if entry.when.all is not None else "any"
        for index, condition in enumerate(entry.when.conditions):
            yield from _condition(condition, path=f"spec.entries[{number}].when.{kind}[{index}]", own=spec.timeframe)


def _condition(condition: Condition, *, path: str, own: str) -> Iterator[Problem]:
    sides: list[tuple[Condition | Ref, str]] = [(condition, path)]
    if condition.ref is not None:
        sides.append((condition.ref, f"{path}.ref"))
    found = [problem for side, place in sides for problem in _side(side, path=place, own=own)]
    yield from found
    if not found:
        yield from _groups(condition, path=path)


def _side(side: Condition | Ref, *, path: str, own: str) -> Iterator[Problem]:
    if side.timeframe not in (None, own):
        yield Problem(field=f"{path}.timeframe", value=str(side.timeframe), fix=f"not yet available: write {own}")
    variable = VARIABLES.get(side.var)
    if variable is None:
        near = difflib.get_close_matches(side.var, VARIABLES, n=1)
        fix = f"did you mean {near[0]}?" if near else f"there are {', '.join(sorted(VARIABLES))}"
        yield Problem(field=f"{path}.var", value=side.var, fix=f"unknown variable: {fix}")
        return
    for name, value in side.params.items():
        yield from _param(variable, name, value, path=f"{path}.params.{name}")


def _param(variable: Variable, name: str, value: float, *, path: str) -> Iterator[Problem]:
    param = variable.params.get(name)
    if param is None:
        known = ", ".join(variable.params) or "none"
        yield Problem(field=path, value=f"{value:g}", fix=f"{variable.name} has no such parameter: there are {known}")
    elif not _fits(param, value):
        kind = "a whole number" if param.whole else "a number"
        yield Problem(field=path, value=f"{value:g}", fix=f"{kind}, at least {param.least:g}, at most {param.most:g}")


def _fits(param: Param, value: float) -> bool:
    return param.least <= value <= param.most and (not param.whole or value == int(value))


def _groups(condition: Condition, *, path: str) -> Iterator[Problem]:
    group = VARIABLES[condition.var].group
    if condition.ref is not None:
        other = VARIABLES[condition.ref.var].group
        if other is not group:
            fix = f"{condition.var} is a {group}, {condition.ref.var} a {other}: only like compares with like"
            yield Problem(field=f"{path}.ref.var", value=condition.ref.var, fix=fix)
        return
    low, high = RANGES.get(group, (-1e12, 1e12))
    for value in condition.values or (condition.value,):
        if value is not None and not low <= value <= high:
            fix = f"{condition.var} lies between {low:g} and {high:g}"
            yield Problem(field=f"{path}.value", value=f"{value:g}", fix=fix)
