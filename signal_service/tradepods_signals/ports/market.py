"""The reference venue's public data, and what stands between it and us."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal, NamedTuple, Protocol

from tradepods_core.market import Market
from tradepods_core.shapes import Symbol
from tradepods_core.times import Timeframe


class Candle(NamedTuple):
    """One closed candle: when it opened (ms), prices in quote, volume in base. Floats: they only feed indicators."""

    open_ms: int
    opened: float
    high: float
    low: float
    close: float
    volume: float


Series = tuple[Symbol, Timeframe]  # whose candles follow each other


@dataclass(frozen=True, slots=True, kw_only=True)
class MarksSeen:
    """Mark prices of the whole venue at one moment of market time; `step` in a replay."""

    at: datetime
    marks: Mapping[Symbol, Decimal]
    step: int | None = None


Purpose = Literal["close", "backfill", "universe"]  # what a question is for, the urgent first


class MarketData(Protocol):
    """The reference venue's public data."""

    async def markets(self) -> Mapping[Symbol, Market]:
        """Every perpetual contract; raises Temporary, Permanent."""
        ...

    async def volumes(self) -> Mapping[Symbol, Decimal]:
        """What was traded of each symbol in the last 24 hours, quote; raises Temporary, Permanent."""
        ...

    async def candles(self, symbol: Symbol, timeframe: Timeframe, *, since: datetime, count: int) -> Sequence[Candle]:
        """Closed candles and perhaps the forming one, from `since` on, at most `count`; raises Temporary."""
        ...

    def marks(self) -> AsyncIterator[MarksSeen]:
        """Mark prices as they come, without end; reconnects by itself."""
        ...

    async def close(self) -> None:
        """Let go of the venue."""
        ...


class Ban(Protocol):
    """What is known of the venue's refusing this service's address."""

    def report(self, until: datetime) -> None:
        """The venue refuses us until then."""
        ...

    def until(self) -> datetime | None:
        """Until when it refuses us, as anybody behind the same address has learned; None where it doesn't."""
        ...


class Steps(Protocol):
    """A replay in lock-step: the market stands still until all who take part have acknowledged its step."""

    async def join(self) -> None:
        """Take part."""
        ...

    async def acknowledge(self, step: int) -> None:
        """All that this step led to has been published."""
        ...
