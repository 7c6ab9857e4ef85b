"""The variables that conditions may name, by their names; and a variable with all its parameters."""

from collections.abc import Mapping
from dataclasses import dataclass

from tradepods_core.strategy.market_variables import MARKET
from tradepods_core.strategy.position_variables import POSITION
from tradepods_core.strategy.vocabulary import Params, Variable

VARIABLES: Mapping[str, Variable] = {variable.name: variable for variable in MARKET}
POSITION_VARIABLES: Mapping[str, Variable] = {variable.name: variable for variable in POSITION}
ALL_VARIABLES: Mapping[str, Variable] = {**VARIABLES, **POSITION_VARIABLES}


@dataclass(frozen=True, slots=True)
class Term:
    """A variable with all its parameters: what is computed, and the key under which a cycle carries it.

    Attributes:
        timeframe: whose closed candles it is of; "" for those of the strategy.

    """

    var: str
    params: tuple[tuple[str, float], ...]
    timeframe: str = ""

    @classmethod
    def of(cls, var: str, params: Params, timeframe: str | None = None) -> "Term":
        """The term of a checked condition or reference."""
        return cls(var, tuple(ALL_VARIABLES[var].filled(params).items()), timeframe or "")

    def __str__(self) -> str:
        """`rsi(period=14)`, `rsi(period=14)@1h`."""
        inner = ", ".join(f"{name}={value:g}" for name, value in self.params)
        place = f"@{self.timeframe}" if self.timeframe else ""
        return f"{self.var}({inner}){place}" if inner else f"{self.var}{place}"

    @property
    def of_market(self) -> bool:
        """Whether the signal service computes it; a position's variables are the worker's."""
        return self.var in VARIABLES

    @property
    def warmup(self) -> int:
        """Candles needed before the term has a value that no longer depends on where history began."""
        return ALL_VARIABLES[self.var].warmup(dict(self.params))
