"""The one evaluator of conditions.

Only comparisons, `&` and `|` touch the values, so that one number (worker) and whole arrays of symbols or candles
(signal service, backtest) pass through the same code. A value that is not known is NaN, and nothing holds of it.
"""

import functools
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

from tradepods_core.strategy.condition import CROSSES, Condition, Ref, When, comparisons
from tradepods_core.strategy.variables import Term

Read = Callable[[Term, int], Any]  # a term's value so many candles ago: 0 the newest, 1 the one before


def _differs(left: Any, right: Any) -> Any:
    """`!=` would hold of a value that is not known."""
    return (left < right) | (left > right)


COMPARE: Mapping[str | None, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": _differs,
}


def holds(when: When | Condition, read: Read) -> Any:
    """Whether conditions hold; a bool, or an array of them where `read` gives arrays."""
    found = [holds(part, read) if part.parts else condition_holds(part, read) for part in when.parts]
    return functools.reduce(operator.and_ if when.joined_by == "all" else operator.or_, found)


def condition_holds(condition: Condition, read: Read) -> Any:
    """Whether one comparison holds. A cross needs the candle before: on that one it did not hold yet."""
    left = term_of(condition)
    now = read(left, 0)
    if condition.values is not None:
        low, high = condition.values
        return (now >= low) & (now <= high)
    right = _right(condition, read, 0)
    if condition.op == "crosses_above":
        return (now > right) & (read(left, 1) <= _right(condition, read, 1))
    if condition.op == "crosses_below":
        return (now < right) & (read(left, 1) >= _right(condition, read, 1))
    return COMPARE[condition.op](now, right)


def _right(condition: Condition, read: Read, ago: int) -> Any:
    return condition.value if condition.ref is None else read(term_of(condition.ref), ago)


def term_of(side: Condition | Ref) -> Term:
    """The term on a checked comparison's left, or of its reference."""
    return Term.of(side.var or "", side.params, side.timeframe)


def terms(when: When) -> tuple[Term, ...]:
    """Every term that the conditions read, at any depth, in their order."""
    found = [term for _, condition in comparisons(when) for term in _both(condition)]
    return tuple(dict.fromkeys(found))


def crossing_terms(when: When) -> tuple[Term, ...]:
    """Those of which the value one candle ago is read too."""
    found = [term for _, condition in comparisons(when) if condition.op in CROSSES for term in _both(condition)]
    return tuple(dict.fromkeys(found))


def _both(condition: Condition) -> list[Term]:
    return [term_of(condition)] if condition.ref is None else [term_of(condition), term_of(condition.ref)]


def reading(now: Mapping[str, float], before: Mapping[str, float]) -> Read:
    """Reads terms from values by name, as a cycle carries them; what is in neither mapping is not known."""

    def read(term: Term, ago: int) -> float:
        return (before if ago else now).get(str(term), math.nan)

    return read


def weighed(when: When, read: Read) -> tuple[tuple[bool, str], ...]:
    """Every comparison: whether it holds, and its numbers: `rsi(period=14) 27.31 < 30`."""
    return tuple((bool(condition_holds(one, read)), _told(one, read)) for _, one in comparisons(when))


def explained(when: When, read: Read) -> tuple[str, ...]:
    """The comparisons that hold, each with its numbers."""
    return tuple(text for held, text in weighed(when, read) if held)


def _told(condition: Condition, read: Read) -> str:
    term = term_of(condition)
    left = f"{term} {read(term, 0):g} {str(condition.op).replace('_', ' ')}"
    if condition.values is not None:
        return f"{left} {condition.values[0]:g} and {condition.values[1]:g}"
    if condition.ref is not None:
        return f"{left} {term_of(condition.ref)} {_right(condition, read, 0):g}"
    return f"{left} {condition.value:g}"
