"""The variables that conditions may name: what they mean, in which group they compare, how long they warm up."""

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
    STATE = "state"


@dataclass(frozen=True, slots=True, kw_only=True)
class Param:
    """A variable's parameter: its default and its bounds; `whole` where only whole numbers make sense."""

    default: float
    least: float
    most: float
    whole: bool = True


Params = Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """One variable.

    Attributes:
        name: as conditions write it.
        group: what it compares with.
        params: by name.
        warmup: candles needed, the newest included, for the given parameters.
        says: one line for people.

    """

    name: str
    group: Group
    params: Mapping[str, Param]
    warmup: Callable[[Params], int]
    says: str

    def filled(self, params: Params) -> dict[str, float]:
        """The given parameters and the defaults of the others, by name in the table's order."""
        return {name: params.get(name, param.default) for name, param in self.params.items()}


def _recursion(weight: float) -> int:
    """Candles after which a recursion that keeps 1 - weight of itself a step has forgotten its start."""
    return math.ceil(math.log(FORGOTTEN) / math.log(1 - weight))


def _ema(period: float) -> int:
    return int(period) + _recursion(2 / (period + 1))


def _wilder(period: float) -> int:
    return int(period) + 1 + (_recursion(1 / period) if period > 1 else 1)


PERIOD = Param(default=14, least=2, most=500)

VARIABLES: Mapping[str, Variable] = {
    variable.name: variable
    for variable in (
        Variable(name="price", group=Group.PRICE, params={}, warmup=lambda _: 1, says="close of the candle, quote"),
        Variable(
            name="rsi",
            group=Group.PERCENT,
            params={"period": PERIOD},
            warmup=lambda p: _wilder(p["period"]),
            says="Wilder's relative strength index, 0 to 100",
        ),
        Variable(
            name="sma",
            group=Group.PRICE,
            params={"period": Param(default=20, least=2, most=1000)},
            warmup=lambda p: int(p["period"]),
            says="simple moving average of closes, quote",
        ),
        Variable(
            name="ema",
            group=Group.PRICE,
            params={"period": Param(default=20, least=2, most=500)},
            warmup=lambda p: _ema(p["period"]),
            says="exponential moving average of closes, quote",
        ),
        Variable(
            name="atr",
            group=Group.PRICE,
            params={"period": PERIOD},
            warmup=lambda p: _wilder(p["period"]),
            says="Wilder's average true range, quote",
        ),
        Variable(
            name="price_change",
            group=Group.RATIO,
            params={"window": Param(default=1, least=1, most=2000)},
            warmup=lambda p: int(p["window"]) + 1,
            says="close against the close `window` candles before, as a fraction: 0.02 is +2 %",
        ),
        Variable(
            name="trend_state",
            group=Group.STATE,
            params={
                "fast": Param(default=20, least=2, most=500),
                "slow": Param(default=50, least=2, most=500),
                "deadband": Param(default=0.1, least=0, most=10, whole=False),
            },
            warmup=lambda p: max(_ema(p["fast"]), _ema(p["slow"])),
            says="sign of EMA(fast) - EMA(slow); 0 within `deadband` % of the price",
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Term:
    """A variable with all its parameters: what is computed, and the key under which a cycle carries it."""

    var: str
    params: tuple[tuple[str, float], ...]

    @classmethod
    def of(cls, var: str, params: Params) -> "Term":
        """The term of a checked condition or reference."""
        return cls(var, tuple(VARIABLES[var].filled(params).items()))

    def __str__(self) -> str:
        """`rsi(period=14)`."""
        inner = ", ".join(f"{name}={value:g}" for name, value in self.params)
        return f"{self.var}({inner})" if inner else self.var

    @property
    def warmup(self) -> int:
        """Candles needed before the term has a value that no longer depends on where history began."""
        return VARIABLES[self.var].warmup(dict(self.params))
