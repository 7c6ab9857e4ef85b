"""What a variable is: the group in which it compares, its parameters with their bounds, how long it warms up."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

FORGOTTEN = 1e-10  # weight under which the start of a recursion no longer shows in a variable


class Group(StrEnum):
    """Variables compare only within their group: a price against a price, never against an RSI."""

    PRICE = "price"
    PERCENT = "percent"
    RATIO = "ratio"
    VOLUME = "volume"
    COUNT = "count"
    STATE = "state"
    AMOUNT = "amount"


@dataclass(frozen=True, slots=True, kw_only=True)
class Param:
    """A variable's parameter: its default and its bounds; `whole` where only whole numbers make sense."""

    default: float
    least: float
    most: float
    whole: bool = True


Params = Mapping[str, float]


def _at_once(_params: Params) -> int:
    return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """One variable.

    Attributes:
        name: as conditions write it.
        group: what it compares with.
        params: by name.
        warmup: candles needed, the newest included, for the given parameters; 0 where no candle is needed.
        says: one line for people.
        ascending: two parameters of which the first must be below the second.

    """

    name: str
    group: Group
    says: str
    params: Mapping[str, Param]
    warmup: Callable[[Params], int] = _at_once
    ascending: tuple[str, str] | None = None

    def filled(self, params: Params) -> dict[str, float]:
        """The given parameters and the defaults of the others, by name in the table's order."""
        return {name: params.get(name, param.default) for name, param in self.params.items()}


def recursion(weight: float) -> int:
    """Candles after which a recursion that keeps 1 - weight of itself a step has forgotten its start."""
    return math.ceil(math.log(FORGOTTEN) / math.log(1 - weight))


def exponential(period: float) -> int:
    """The recursion of an exponential moving average: 2,303 candles of one over 200."""
    return recursion(2 / (period + 1))


def wilders(period: float) -> int:
    """The recursion of Wilder's smoothing, which keeps (period - 1) / period of itself a candle."""
    return recursion(1 / period)
