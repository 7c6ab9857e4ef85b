"""That a condition's variables exist where it stands, that parameters fit, that only like is compared with like."""

import difflib
from collections.abc import Iterator, Mapping

from tradepods_core.errors import Problem
from tradepods_core.strategy.condition import CROSSES, Condition, Ref, When, comparisons
from tradepods_core.strategy.variables import ALL_VARIABLES, POSITION_VARIABLES, VARIABLES
from tradepods_core.strategy.vocabulary import Group, Param, Variable
from tradepods_core.times import Timeframe

RANGES: Mapping[Group, tuple[float, float]] = {Group.PERCENT: (0, 100), Group.STATE: (-1, 1)}
USUAL = ("3m", "5m", "15m", "30m", "1h", "4h", "12h", "1d")
Known = Mapping[str, Variable]
ENTRY: Known = VARIABLES  # what an entry may read
MANAGEMENT: Known = ALL_VARIABLES  # what a management rule may read


def condition_problems(when: When, *, path: str, own: str, place: Known) -> Iterator[Problem]:
    """Everything wrong with the comparisons of one `when`; `own` is the strategy's timeframe."""
    for where, condition in comparisons(when, path=path):
        yield from _condition(condition, path=where, own=own, place=place)


def _condition(condition: Condition, *, path: str, own: str, place: Known) -> Iterator[Problem]:
    sides: list[tuple[Condition | Ref, str]] = [(condition, path)]
    if condition.ref is not None:
        sides.append((condition.ref, f"{path}.ref"))
    found = [problem for side, where in sides for problem in _side(side, path=where, own=own, place=place)]
    yield from found
    if not found:
        yield from _cross(condition, path=path)
        yield from _groups(condition, path=path)


def _side(side: Condition | Ref, *, path: str, own: str, place: Known) -> Iterator[Problem]:
    name = side.var or ""
    variable = place.get(name)
    if variable is None:
        yield Problem(field=f"{path}.var", value=name, fix=_unknown(name, place))
        return
    if side.timeframe is not None:
        yield from _timeframe(side.timeframe, variable, path=f"{path}.timeframe", own=own)
    for param, value in side.params.items():
        yield from _param(variable, param, value, path=f"{path}.params.{param}")
    yield from _ascending(variable, side, path=f"{path}.params")


def _unknown(name: str, place: Known) -> str:
    if name in POSITION_VARIABLES:
        return "is a position's: only management may read it"
    near = difflib.get_close_matches(name, place, n=1)
    return f"unknown variable: {f'did you mean {near[0]}?' if near else 'there are ' + ', '.join(sorted(place))}"


def _timeframe(text: str, variable: Variable, *, path: str, own: str) -> Iterator[Problem]:
    """A shorter candle would close between two cycles; one that the own doesn't divide would never close with it."""
    if variable.name in POSITION_VARIABLES:
        yield Problem(field=path, value=text, fix=f"{variable.name} has no candles: take timeframe out")
    elif Timeframe.parse(text).seconds % (length := Timeframe.parse(own).seconds):
        longer = [one for one in USUAL if Timeframe.parse(one).seconds % length == 0]
        fix = f"a timeframe that {own} divides, such as {', '.join(longer) or own}"
        yield Problem(field=path, value=text, fix=fix)


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


def _ascending(variable: Variable, side: Condition | Ref, *, path: str) -> Iterator[Problem]:
    if variable.ascending is None:
        return
    low, high = variable.ascending
    filled = variable.filled(side.params)
    if not filled[low] < filled[high]:
        fix = f"must be below {high}, which is {filled[high]:g}"
        yield Problem(field=f"{path}.{low}", value=f"{filled[low]:g}", fix=fix)


def _cross(condition: Condition, *, path: str) -> Iterator[Problem]:
    names = [condition.var, None if condition.ref is None else condition.ref.var]
    for name in names:
        if condition.op in CROSSES and name in POSITION_VARIABLES:
            fix = f"{name} has no candle before this one: write < or >"
            yield Problem(field=f"{path}.op", value=str(condition.op), fix=fix)


def _groups(condition: Condition, *, path: str) -> Iterator[Problem]:
    name = condition.var or ""
    group = ALL_VARIABLES[name].group
    if condition.ref is not None:
        other = ALL_VARIABLES[condition.ref.var].group
        if other is not group:
            fix = f"{name} is a {group}, {condition.ref.var} a {other}: only like compares with like"
            yield Problem(field=f"{path}.ref.var", value=condition.ref.var, fix=fix)
        return
    low, high = RANGES.get(group, (-1e12, 1e12))
    for value in condition.values or (condition.value,):
        if value is not None and not low <= value <= high:
            yield Problem(field=f"{path}.value", value=f"{value:g}", fix=f"{name} lies between {low:g} and {high:g}")
