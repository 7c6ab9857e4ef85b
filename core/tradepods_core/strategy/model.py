"""A strategy is data: when to enter, on which side, on which symbols, and what to do with the position then."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from tradepods_core.shapes import Name, SymbolText, Written
from tradepods_core.strategy.condition import TimeframeText, When
from tradepods_core.strategy.management import ManagementRule


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
    management: Annotated[tuple[ManagementRule, ...], Field(max_length=20)] = ()
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
