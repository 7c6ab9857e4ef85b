"""A strategy is data: when to enter, on which side, and on which symbols."""

from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from tradepods_core.shapes import Name, SymbolText, Written
from tradepods_core.times import Timeframe

Op = Literal["<", "<=", ">", ">=", "==", "!=", "crosses_above", "crosses_below", "between"]
Number = Annotated[float, Field(ge=-1e12, le=1e12)]
ParamName = Annotated[str, Field(max_length=20, pattern=r"^[a-z][a-z0-9_]*$")]
Params = Annotated[dict[ParamName, Number], Field(max_length=8)]


def _timeframe(text: str) -> str:
    return str(Timeframe.parse(text))


TimeframeText = Annotated[str, Field(max_length=4), AfterValidator(_timeframe)]


class Ref(Written):
    """Another variable on a condition's right side."""

    var: Annotated[str, Field(max_length=40)]
    params: Params = {}
    timeframe: TimeframeText | None = None


class Condition(Written):
    """A variable against exactly one of a number, two numbers (between), or another variable."""

    var: Annotated[str, Field(max_length=40)]
    params: Params = {}
    timeframe: TimeframeText | None = None
    op: Op
    value: Number | None = None
    values: Annotated[tuple[Number, Number], Field()] | None = None
    ref: Ref | None = None

    @model_validator(mode="after")
    def _one_right_side(self) -> Self:
        given = [name for name in ("value", "values", "ref") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"write exactly one of value, values, ref; there are {', '.join(given) or 'none'}")
        if (self.op == "between") != (given == ["values"]):
            raise ValueError("between takes values: [low, high], and nothing else does")
        if self.values is not None and self.values[0] > self.values[1]:
            raise ValueError("values are [low, high]: the first is above the second")
        return self


class When(Written):
    """`all` conditions hold, or `any` of them."""

    all: Annotated[tuple[Condition, ...], Field(min_length=1, max_length=20)] | None = None
    any: Annotated[tuple[Condition, ...], Field(min_length=1, max_length=20)] | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.all is None) == (self.any is None):
            raise ValueError("write exactly one of all: [...] and any: [...]")
        return self

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """The conditions, whichever way they are joined."""
        return self.all or self.any or ()


class EntryRule(Written):
    """When to open a position, on which side."""

    side: Literal["long", "short"]
    type: Annotated[str, Field(max_length=40, pattern=r"^[a-z][a-z0-9_]*$")]
    strength: Annotated[Decimal, Field(ge=0, le=1000)] = Decimal(1)
    when: When


class Universe(Written):
    """Which symbols the strategy looks at."""

    top: Annotated[int, Field(ge=0, le=500)] = 50
    by_quote_volume: bool = True
    include: Annotated[tuple[SymbolText, ...], Field(max_length=500)] = ()
    exclude: Annotated[tuple[SymbolText, ...], Field(max_length=500)] = ()


class StrategySpec(Written):
    """One strategy.

    `cooldownSeconds` is the least time between two signals of one symbol and side.
    """

    enabled: bool = True
    timeframe: TimeframeText
    universe: Universe = Universe()
    entries: Annotated[tuple[EntryRule, ...], Field(max_length=20)] = ()
    management: Annotated[tuple[dict[str, object], ...], Field(max_length=20)] = ()
    cooldown_seconds: Annotated[int, Field(ge=0, le=604_800)] = 60
    schedule: Annotated[str, Field(max_length=100)] = ""
    python: dict[str, object] | None = None


class Strategy(Written):
    """A strategy with its name, as its namespace knows it."""

    namespace: Name
    name: Name
    spec: StrategySpec

    @property
    def key(self) -> str:
        """`{namespace}.{name}`, as signal ids write it."""
        return f"{self.namespace}.{self.name}"
