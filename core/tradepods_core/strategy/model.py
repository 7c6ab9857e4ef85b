"""A strategy is data: when to enter, on which side, on which symbols, and what to do with the position then."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from tradepods_core.shapes import Name, SymbolText, Written
from tradepods_core.strategy.condition import TimeframeText, When
from tradepods_core.strategy.management import ManagementRule

MOST_RANKED = 500  # symbols of `top`


class EntryRule(Written):
    """When to open a position, on which side.

    Attributes:
        type: a name for it, as notices tell it.
        strength: who gets a slot first.
        when: the conditions that hold.

    """

    side: Literal["long", "short"]
    type: Annotated[str, Field(max_length=40, pattern=r"^[a-z][a-z0-9_]*$")]
    strength: Annotated[Decimal, Field(ge=0, le=1000)] = Decimal(1)
    when: When


class Universe(Written):
    """Which symbols the strategy looks at: those most traded, and `include`, without `exclude`.

    Attributes:
        top: how many of the most traded; 0 where only `include` counts.
        by_quote_volume: most traded is by quote volume of the last 24 hours; there is no other order.

    """

    top: Annotated[int, Field(ge=0, le=MOST_RANKED)] = 0
    by_quote_volume: bool = True
    include: Annotated[tuple[SymbolText, ...], Field(max_length=500)] = ()
    exclude: Annotated[tuple[SymbolText, ...], Field(max_length=500)] = ()


class StrategySpec(Written):
    """One strategy.

    Attributes:
        timeframe: length of its candles, as in 5m, 1h, 1d; it divides a day.
        universe: which symbols it looks at.
        entries: when to open; the first that holds on a side counts.
        management: what to do with an open position.
        cooldown_seconds: least time between two signals of one symbol and side.

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
