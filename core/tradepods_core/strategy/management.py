"""Management: what a strategy does with a position that it opened. Workers act on it; here it is form and bounds."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from tradepods_core.errors import Problem
from tradepods_core.field_rules import Cel, checked_by
from tradepods_core.shapes import Written
from tradepods_core.strategy.condition import When

Kind = Literal["add", "reduce", "close", "move_stop", "trail_stop", "break_even", "alert"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What an action's `pct` may be; `above` leaves the lower end out, `needed` means that there is no default."""

    least: Decimal
    most: Decimal
    above: bool = True
    needed: bool = True

    def fits(self, pct: Decimal) -> bool:
        """Whether it lies within."""
        return self.least < pct <= self.most or (pct == self.least and not self.above)

    def __str__(self) -> str:
        """`a number, above 0, at most 100`."""
        return f"a number, {'above' if self.above else 'at least'} {self.least}, at most {self.most}"


PCT: Mapping[Kind, Bounds] = {  # kinds that aren't here take no pct
    "add": Bounds(least=Decimal(0), most=Decimal(100)),
    "reduce": Bounds(least=Decimal(0), most=Decimal(99)),
    "move_stop": Bounds(least=Decimal(-50), most=Decimal(100), above=False),
    "trail_stop": Bounds(least=Decimal(0), most=Decimal(50)),
    "break_even": Bounds(least=Decimal(0), most=Decimal(10), above=False, needed=False),
}


def _action_cel() -> Iterator[Cel]:
    """What `action_problems` says of a `pct`, kind by kind."""
    for kind, bounds in PCT.items():
        within = f"self.pct {'>' if bounds.above else '>='} {bounds.least}.0 && self.pct <= {bounds.most}.0"
        given = f"has(self.pct) && {within}" if bounds.needed else f"!has(self.pct) || ({within})"
        yield Cel(rule=f"self.kind != '{kind}' || ({given})", message=f"pct is for {kind} {bounds}", field="pct")
    kinds = ", ".join(f"'{kind}'" for kind in PCT)
    none = f"!has(self.pct) || self.kind in [{kinds}]"
    yield Cel(rule=none, message="this kind takes no pct: take it out", field="pct")


ONE_NAME = Cel(
    rule="self.management.all(rule, self.management.exists_one(other, other.type == rule.type))",
    message="two rules have one type: notices and maxTimes go by this name",
    field="management",
)


class Action(Written):
    """What is done, and how much of it.

    `pct` is for add a percentage of the first entry's quantity; for reduce one of the present quantity; for move_stop
    the way of price from the average entry to the stop, positive in the position's favour; for trail_stop the way from
    the best price back to the stop; for break_even the way beyond the average entry, 0 unless written.
    """

    model_config = ConfigDict(json_schema_extra=checked_by(*_action_cel()))

    kind: Kind
    pct: Decimal | None = None


class ManagementRule(Written):
    """What to do with an open position, and when; it acts `maxTimes` in a position's life, once unless written.

    Rules go by priority, the higher first, then as written: the first that acts has the cycle, alerts aside.
    """

    type: Annotated[str, Field(max_length=40, pattern=r"^[a-z][a-z0-9_]*$")]
    when: When
    action: Action
    priority: Annotated[int, Field(ge=0, le=1000)] = 10
    enabled: bool = True
    max_times: Annotated[int, Field(ge=1, le=100)] = 1


def in_order(rules: Sequence[ManagementRule]) -> list[ManagementRule]:
    """The enabled rules in the order in which they are asked."""
    return sorted((rule for rule in rules if rule.enabled), key=lambda rule: -rule.priority)


def action_problems(rules: Sequence[ManagementRule]) -> Iterator[Problem]:
    """An action without its bounds, or two rules under one name."""
    first: dict[str, int] = {}
    for index, rule in enumerate(rules):
        path = f"spec.management[{index}]"
        if rule.type in first:
            fix = f"stands at spec.management[{first[rule.type]}] already: notices and maxTimes go by this name"
            yield Problem(field=f"{path}.type", value=rule.type, fix=fix)
        first.setdefault(rule.type, index)
        yield from _pct(rule.action, path=f"{path}.action.pct")


def _pct(action: Action, *, path: str) -> Iterator[Problem]:
    bounds = PCT.get(action.kind)
    if bounds is None:
        if action.pct is not None:
            yield Problem(field=path, value=str(action.pct), fix=f"{action.kind} takes none: take it out")
    elif action.pct is None:
        if bounds.needed:
            yield Problem(field=path, value="", fix=f"is required for {action.kind}: {bounds}")
    elif not bounds.fits(action.pct):
        yield Problem(field=path, value=str(action.pct), fix=f"for {action.kind} {bounds}")
