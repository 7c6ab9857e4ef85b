"""The one evaluator of conditions.

Only comparisons, `&` and `|` touch the values, so that one number a symbol (worker, signal service) and whole arrays
(backtest) pass through the same code.
"""

import functools
import operator
from collections.abc import Callable, Mapping
from typing import Any

from tradepods_core.strategy.model import Condition, When
from tradepods_core.strategy.variables import Term

Read = Callable[[Term, int], Any]  # a term's value so many candles ago: 0 the newest, 1 the one before

COMPARE: Mapping[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


def holds(when: When, read: Read) -> Any:
    """Whether an entry's conditions hold; a bool, or an array of them where `read` gives arrays."""
    found = [condition_holds(condition, read) for condition in when.conditions]
    return functools.reduce(operator.and_ if when.all is not None else operator.or_, found)


def condition_holds(condition: Condition, read: Read) -> Any:
    """Whether one condition holds. A cross needs the candle before: on that one it did not hold yet."""
    left = Term.of(condition.var, condition.params)
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
    if condition.ref is not None:
        return read(Term.of(condition.ref.var, condition.ref.params), ago)
    return condition.value


def terms(when: When) -> tuple[Term, ...]:
    """Every term that the conditions read, in their order."""
    found = [Term.of(c.var, c.params) for c in when.conditions]
    found += [Term.of(c.ref.var, c.ref.params) for c in when.conditions if c.ref is not None]
    return tuple(dict.fromkeys(found))


def explained(when: When, read: Read) -> tuple[str, ...]:
    """The conditions that hold, each with its numbers: `rsi(period=14) 27.31 < 30`."""
    return tuple(_told(condition, read) for condition in when.conditions if condition_holds(condition, read))


def _told(condition: Condition, read: Read) -> str:
    term = Term.of(condition.var, condition.params)
    left = f"{term} {read(term, 0):g} {condition.op.replace('_', ' ')}"
    if condition.values is not None:
        return f"{left} {condition.values[0]:g} and {condition.values[1]:g}"
    if condition.ref is not None:
        return f"{left} {Term.of(condition.ref.var, condition.ref.params)} {_right(condition, read, 0):g}"
    return f"{left} {condition.value:g}"
