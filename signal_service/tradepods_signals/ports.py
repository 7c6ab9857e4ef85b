"""What the signal service asks of the outside."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple, Protocol

from tradepods_core.market import Market
from tradepods_core.shapes import Symbol
from tradepods_core.strategy.model import Strategy
from tradepods_core.times import Timeframe
from tradepods_core.wire.fleet import Fleet, Heartbeat, HeartbeatReply


class Candle(NamedTuple):
    """One closed candle: when it opened (ms), prices in quote, volume in base. Floats: they only feed indicators."""

    open_ms: int
    opened: float
    high: float
    low: float
    close: float
    volume: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MarksSeen:
    """Mark prices of the whole venue at one moment of market time; `step` in a replay."""

    at: datetime
    marks: Mapping[Symbol, Decimal]
    step: int | None = None


class MarketData(Protocol):
    """The reference venue's public data."""

    async def markets(self) -> Mapping[Symbol, Market]:
        """Every perpetual contract; raises Temporary, Permanent."""
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


class Subscription(Protocol):
    """One subscriber's part of the event stream."""

    def chunks(self) -> AsyncIterator[bytes]:
        """Encoded events until the subscriber leaves, falls behind, or the service stops."""
        ...


class Doors(Protocol):
    """What HTTP routes may call."""

    def subscribe(self, *, last_event: str | None) -> Subscription:
        """The event stream, after `last_event` where its history is still there."""
        ...

    def latest(self) -> tuple[str, bytes] | None:
        """The last cycle's id and JSON."""
        ...

    def strategies(self) -> Sequence[Strategy]:
        """The strategies in force."""
        ...

    def markets(self, also: Sequence[Symbol]) -> Sequence[Market] | None:
        """Markets of every strategy's symbols, and of `also`; None until the venue has told them."""
        ...

    def heartbeat(self, *, namespace: str, name: str, heartbeat: Heartbeat) -> HeartbeatReply:
        """Keep a worker's digest; what it is to know in return."""
        ...

    def fleet(self, *, after: int) -> Fleet:
        """Digests that changed after this version."""
        ...

    def ready(self) -> str:
        """Why the service isn't ready; "" when it is."""
        ...


Sleep = Callable[[float], Awaitable[None]]
