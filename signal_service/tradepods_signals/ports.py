"""What the signal service asks of the outside."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal, NamedTuple, Protocol

from tradepods_core.errors import Problem, TradepodsError
from tradepods_core.market import Market
from tradepods_core.shapes import Symbol
from tradepods_core.strategy.model import Strategy
from tradepods_core.times import Timeframe
from tradepods_core.wire.fleet import Heartbeat, HeartbeatReply
from tradepods_core.wire.portfolio import Portfolio, Totals
from tradepods_core.wire.published import CyclePage, Halt, PublishedStrategy, StrategyInForce, StrategyProblem, Switched
from tradepods_core.wire.universe import KeptUniverse


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


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategiesRead:
    """What a place with strategies holds: those that are right, and what is wrong with the others."""

    strategies: tuple[Strategy, ...]
    problems: tuple[Problem, ...] = ()


class StrategySource(Protocol):
    """Where strategies are written."""

    def read(self) -> StrategiesRead | None:
        """All that it holds; None where nothing has changed since. Raises Temporary where it can't be read now."""
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


Role = Literal["worker", "reader", "admin"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks: a worker by its account's namespace and name, anybody else by a name of their own."""

    role: Role
    namespace: str
    name: str

    @property
    def who(self) -> str:
        """In a log, and beside what they did."""
        return f"{self.namespace}/{self.name}" if self.namespace else self.name


class Refused(TradepodsError):
    """A token that is not believed; the message says why, and never what stood in it."""


class Gate(Protocol):
    """Knows whose a token is."""

    def caller(self, token: str) -> Caller:
        """Who shows it; raises Refused."""
        ...


class NotFound(TradepodsError):
    """There is no such thing here."""


class Conflict(TradepodsError):
    """Something else has to be changed first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FiledCycle:
    """A published cycle as it is kept: its JSON, and the number that its event id ends in."""

    number: int
    cycle_id: str
    revision: int
    timeframe: Timeframe
    close: datetime
    body: bytes

    @property
    def tag(self) -> str:
        """Names its content: a cycle computed anew has another revision."""
        return f"{self.cycle_id}/{self.revision}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What a start finds in the history.

    Attributes:
        store: names it: event ids of another one are not resumed.
        oldest: the number of the oldest cycle that is kept; 0 where there is none.
        recent: the latest cycles without a hole between them, oldest first.
        newest: the latest cycle of each timeframe.
        universe: the symbols that were in force.

    """

    store: str
    oldest: int
    recent: Sequence[FiledCycle]
    newest: Sequence[FiledCycle]
    halt: Halt
    switched: Mapping[str, Switched]
    totals: Sequence[Totals]
    universe: KeptUniverse


class Backlog(Protocol):
    """Cycles that are no longer in memory."""

    async def after(self, number: int, *, limit: int) -> Sequence[FiledCycle]:
        """The next ones, oldest first; raises Temporary."""
        ...


class History(Backlog, Protocol):
    """What outlives the service. Every call raises Temporary where it can't be read or written now."""

    async def open(self) -> Kept:
        """All that a start needs; raises Permanent where it is no history of ours."""
        ...

    async def add(self, cycles: Sequence[FiledCycle]) -> int:
        """Keep cycles, all or none, and let go of those that are too old; returns the oldest number that is kept."""
        ...

    async def find(self, cycle_id: str) -> FiledCycle | None:
        """The cycle of this id that was published last."""
        ...

    async def halt(self, halt: Halt) -> None:
        """Trading is halted, or no longer."""
        ...

    async def switch(self, key: str, switched: Switched | None, *, who: str, why: str, at: datetime) -> None:
        """A strategy is disabled by request, or no longer."""
        ...

    async def universe(self, universe: KeptUniverse) -> None:
        """These symbols are in force from now on."""
        ...

    async def totals(self, at: datetime, totals: Sequence[Totals]) -> None:
        """How the fleet stands at this moment."""
        ...

    async def close(self) -> None:
        """Let go of it."""
        ...


class Doors(Protocol):
    """What HTTP routes may call."""

    def subscribe(self, *, last_event: str | None) -> Subscription:
        """The event stream, after `last_event` where its history is still there."""
        ...

    def latest(self) -> FiledCycle | None:
        """The last cycle."""
        ...

    async def cycle(self, cycle_id: str) -> FiledCycle:
        """One cycle; raises NotFound, Temporary."""
        ...

    async def cycles(self, *, after: str | None, limit: int) -> CyclePage:
        """Cycles in the order of their publication, after one of them; raises NotFound, Temporary."""
        ...

    def strategies(self) -> Sequence[PublishedStrategy]:
        """The strategies in force."""
        ...

    def broken(self) -> Sequence[StrategyProblem]:
        """What keeps other strategies out."""
        ...

    def markets(self, also: Sequence[Symbol]) -> Sequence[Market] | None:
        """Markets of every strategy's symbols, and of `also`; None until the venue has told them."""
        ...

    def heartbeat(self, *, namespace: str, name: str, heartbeat: Heartbeat) -> HeartbeatReply:
        """Keep a worker's digest; what it is to know in return."""
        ...

    def fleet(self, *, after: int) -> tuple[str, bytes]:
        """Digests that changed after this version, as JSON; what names them for a cache."""
        ...

    def portfolio(self) -> Portfolio:
        """All accounts together."""
        ...

    async def halt(self, *, why: str, who: str) -> Halt:
        """No account opens anything from now on; raises Temporary where that could not be stored."""
        ...

    async def resume(self, *, why: str, who: str) -> Halt:
        """Accounts may open again; raises Temporary, and nothing has changed."""
        ...

    async def switch(self, key: str, *, enabled: bool, why: str, who: str) -> StrategyInForce:
        """Let a strategy signal or not; raises NotFound, Conflict, Temporary."""
        ...

    def ready(self) -> str:
        """Why the service isn't ready; "" when it is."""
        ...


Sleep = Callable[[float], Awaitable[None]]
