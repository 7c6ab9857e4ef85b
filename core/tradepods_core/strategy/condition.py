"""Conditions as a person writes them: a comparison, or several joined by `all` or `any`, to a depth of three."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Generic, Literal, Self, TypeVar

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from tradepods_core.field_rules import Cel, checked_by
from tradepods_core.shapes import Written
from tradepods_core.times import Timeframe

Op = Literal["<", "<=", ">", ">=", "==", "!=", "crosses_above", "crosses_below", "between"]
CROSSES = ("crosses_above", "crosses_below")
Number = Annotated[float, Field(ge=-1e12, le=1e12)]
ParamName = Annotated[str, Field(max_length=20, pattern=r"^[a-z][a-z0-9_]*$")]
Params = Annotated[dict[ParamName, Number], Field(max_length=8)]
VarName = Annotated[str, Field(max_length=40)]


def _timeframe(text: str) -> str:
    return str(Timeframe.parse(text))


TimeframeText = Annotated[str, Field(max_length=4), AfterValidator(_timeframe)]


class Ref(Written):
    """Another variable on a condition's right side."""

    var: VarName
    params: Params = {}
    timeframe: TimeframeText | None = None


COMPARES = (
    "has(self.var) && has(self.op)"
    " && (has(self.value) ? 1 : 0) + (has(self.values) ? 1 : 0) + (has(self.ref) ? 1 : 0) == 1"
)
JOINS = "has(self.all) || has(self.any)"
ALONE = " && ".join(f"!has(self.{name})" for name in ("var", "op", "value", "values", "ref", "timeframe"))
BETWEEN = Cel(
    rule="!has(self.op) || (self.op == 'between') == has(self.values)",
    message="between takes values: [low, high], and nothing else does",
)
LOW_TO_HIGH = Cel(
    rule="!has(self.values) || self.values[0] <= self.values[1]",
    message="values are [low, high]: the first is above the second",
)


class Condition(Written):
    """A variable against exactly one of a number, two numbers (between), or another variable."""

    model_config = ConfigDict(
        json_schema_extra=checked_by(
            Cel(rule=COMPARES, message="write var, op and exactly one of value, values, ref"), BETWEEN, LOW_TO_HIGH
        )
    )

    var: VarName | None = None
    params: Params = {}
    timeframe: TimeframeText | None = None
    op: Op | None = None
    value: Number | None = None
    values: Annotated[tuple[Number, Number], Field()] | None = None
    ref: Ref | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.var is None or self.op is None:
            raise ValueError("write var, op and one of value, values, ref")
        _check_right_side(self)
        return self

    @property
    def parts(self) -> "Sequence[Condition]":
        """What it joins; nothing where it compares."""
        return ()

    @property
    def joined_by(self) -> Literal["all", "any"]:
        """How the parts are joined."""
        return "all"


def _check_right_side(condition: Condition) -> None:
    given = [name for name in ("value", "values", "ref") if getattr(condition, name) is not None]
    if len(given) != 1:
        raise ValueError(f"write exactly one of value, values, ref; there are {', '.join(given) or 'none'}")
    if (condition.op == "between") != (given == ["values"]):
        raise ValueError("between takes values: [low, high], and nothing else does")
    if condition.values is not None and condition.values[0] > condition.values[1]:
        raise ValueError("values are [low, high]: the first is above the second")


Part = TypeVar("Part", bound=Condition)
Parts = Annotated[tuple[Part, ...], Field(min_length=1, max_length=20)]


class Clause(Condition, Generic[Part]):
    """A condition, or conditions of which `all` or `any` hold."""

    model_config = ConfigDict(
        json_schema_extra=checked_by(
            Cel(
                rule=f"{JOINS} || ({COMPARES})",
                message="write var, op and exactly one of value, values, ref; or all: [...], or any: [...]",
            ),
            Cel(
                rule=f"!({JOINS}) || (has(self.all) != has(self.any) && {ALONE}"
                " && (!has(self.params) || self.params.size() == 0))",
                message="all: [...] or any: [...] stands alone: take out what is beside it",
            ),
            BETWEEN,
            LOW_TO_HIGH,
        )
    )

    all: Parts[Part] | None = None
    any: Parts[Part] | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        joins = {name for name in ("all", "any") if getattr(self, name) is not None}
        if not joins:
            if self.var is None or self.op is None:
                raise ValueError("write var, op and one of value, values, ref; or all: [...], or any: [...]")
            _check_right_side(self)
        elif beside := sorted(self._said() - {min(joins)}):
            raise ValueError(f"{min(joins)}: [...] stands alone: take {', '.join(beside)} out")
        return self

    def _said(self) -> set[str]:
        """The fields that say something: told by the service, a condition has all of them."""
        return {name for name in self.model_fields_set if getattr(self, name) not in (None, {})}

    @property
    def parts(self) -> Sequence[Condition]:
        """What it joins; nothing where it compares."""
        return self.all or self.any or ()

    @property
    def joined_by(self) -> Literal["all", "any"]:
        """How the parts are joined."""
        return "any" if self.any is not None else "all"


Inner = Clause[Condition]
Outer = Clause[Inner]


class When(Written):
    """`all` conditions hold, or `any` of them."""

    model_config = ConfigDict(
        json_schema_extra=checked_by(
            Cel(rule="has(self.all) != has(self.any)", message="write exactly one of all: [...] and any: [...]")
        )
    )

    all: Parts[Outer] | None = None
    any: Parts[Outer] | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.all is None) == (self.any is None):
            raise ValueError("write exactly one of all: [...] and any: [...]")
        return self

    @property
    def parts(self) -> Sequence[Condition]:
        """The conditions, whichever way they are joined."""
        return self.all or self.any or ()

    @property
    def joined_by(self) -> Literal["all", "any"]:
        """How the parts are joined."""
        return "any" if self.any is not None else "all"


def comparisons(joined: When | Condition, *, path: str = "when") -> Iterator[tuple[str, Condition]]:
    """Every comparison at any depth, in the order written, with its path: `when.all[0].any[1]`."""
    for index, part in enumerate(joined.parts):
        place = f"{path}.{joined.joined_by}[{index}]"
        if part.parts:
            yield from comparisons(part, path=place)
        else:
            yield place, part
