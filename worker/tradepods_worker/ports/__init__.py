"""What a worker asks of the outside."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

from tradepods_core.book.events import (
    AccountView,
    CycleArrived,
    Event,
    FillReported,
    MarksMoved,
    OrderReported,
    PaymentReported,
    StrategiesSeen,
    VenueOrder,
)
from tradepods_core.book.income import Income
from tradepods_core.book.intents import Intent, Outcome
from tradepods_core.book.outside import ForeignSeen
from tradepods_core.errors import Temporary
from tradepods_core.ids import ClientOrderId
from tradepods_core.market import Market
from tradepods_core.shapes import Symbol
from tradepods_core.wire.fleet import Heartbeat, HeartbeatReply
from tradepods_core.wire.published import Halt
from tradepods_core.wire.stream import Ping, Reset
from tradepods_worker.ports.ledger import Undelivered

Put = Callable[[Event], None]


class Clock(Protocol):
    """Wall time, or market time."""

    def now(self) -> datetime:
        """Aware UTC."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait on this clock."""
        ...


class CredentialsRefused(Temporary):
    """The venue refuses the account's keys: only a person can change that, at the venue or in the Secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """An order of ours to be looked up."""

    id: ClientOrderId
    symbol: Symbol
    conditional: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A mark price, quote, and the venue's own time of it (market time)."""

    price: Decimal
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """The private stream is up, and may have missed something: the account has to be read."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """The private stream is down: until the next Gap nothing is heard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How much of the private stream has been put into the inbox: its name, and the frames of this connection."""

    stream: str = ""
    frames: int = 0


VenueEvent = OrderReported | FillReported | PaymentReported | ForeignSeen | Gap | Lost


class Quotes(Protocol):
    """Mark prices that the venue tells anybody."""

    async def marks(self, symbols: Sequence[Symbol]) -> Mapping[Symbol, Mark]:
        """Those of these symbols that it has; raises Temporary."""
        ...

    async def close(self) -> None:
        """Let go of the venue."""
        ...


class Venue(Protocol):
    """One account at one venue. Methods raise Temporary where it doesn't answer, CredentialsRefused for wrong keys."""

    async def prepare(self, markets: Mapping[Symbol, Market]) -> None:
        """Learn the markets, before anything else is asked."""
        ...

    async def turn(self, intent: Intent) -> None:
        """Wait for room under the venue's limits, the most important first. What opens never waits: it is Throttled."""
        ...

    async def perform(self, intent: Intent, *, signed_at: datetime) -> Outcome:
        """Carry out one intent; an ambiguous answer is Unknown, never an exception."""
        ...

    async def renewed(self, market: Market) -> Market:
        """A market with the steps and least orders by which the venue judges at this moment; raises Temporary."""
        ...

    async def find(self, wanted: Wanted) -> VenueOrder | None:
        """One order by its client id, plain or conditional; None where the venue doesn't have it."""
        ...

    async def read(self, *, wanted: Sequence[Wanted], past: Sequence[Symbol] = ()) -> AccountView:
        """The whole account at one moment, with these orders and their fills, and what is not ours of these symbols."""
        ...

    async def marks(self, symbols: Sequence[Symbol]) -> Mapping[Symbol, Mark]:
        """The mark prices of these now, less those that it has none of; what trades goes before this question."""
        ...

    async def income(self, *, since: datetime | None) -> tuple[Income, ...]:
        """All that the wallet has on record from that moment on (market time), oldest first; the latest for None."""
        ...

    def limit(self, until: datetime) -> None:
        """The venue refuses our address until then, as another behind the same address has learned."""
        ...

    def clock_off(self) -> timedelta:
        """How far this machine's clock is from the venue's, as last measured; requests are corrected by it."""
        ...

    def account_id(self) -> str:
        """The venue's own name of the account, the same for all of its keys; "" where it tells none, or not yet."""
        ...

    def limited_until(self) -> datetime | None:
        """Until when the venue refuses our address; None where it doesn't."""
        ...

    def events(self) -> AsyncIterator[VenueEvent]:
        """The private stream, without end; begins with a Gap each time it is connected, ends with Lost."""
        ...

    def progress(self) -> Progress:
        """How far the stream has been handled."""
        ...

    async def reached(self, frames: int) -> None:
        """Wait until all that is known here, and so many frames, have been handed over, or the stream broke."""
        ...

    async def close(self) -> None:
        """Let go of the venue."""
        ...


FeedEvent = CycleArrived | StrategiesSeen | MarksMoved | Halt | Ping | Reset


class Feed(Protocol):
    """The signal service."""

    async def markets(self, *, also: Sequence[Symbol]) -> Mapping[Symbol, Market]:
        """Markets of every watched symbol, and of those held; raises Temporary."""
        ...

    def events(self) -> AsyncIterator[FeedEvent]:
        """Cycles, marks, the strategies in force before the cycles of theirs; without end, through every reconnect."""
        ...

    async def report(self, heartbeat: Heartbeat) -> HeartbeatReply:
        """Tell how the account stands; raises Temporary."""
        ...


class Steps(Protocol):
    """A replay in lock-step."""

    async def join(self) -> None:
        """Take part."""
        ...

    async def acknowledge(self, step: int, progress: Progress) -> int | None:
        """This step is done; a number says how many frames the venue has sent by now, and that some are unhandled."""
        ...


@dataclass(frozen=True, slots=True)
class Sent:
    """The message is there."""


@dataclass(frozen=True, slots=True)
class Later:
    """Try again, not before so many seconds. The message is not there where it was refused; else nobody knows."""

    after: float
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Never:
    """The message can't be delivered."""

    why: str


class Messenger(Protocol):
    """The person's chat."""

    async def send(self, undelivered: Undelivered) -> Sent | Later | Never:
        """Send one notice to everyone who is to hear it."""
        ...

    async def close(self) -> None:
        """Let go of the connection."""
        ...


class Reader(Protocol):
    """Reads the whole account when asked; what it saw reaches the desk as AccountRead."""

    def ask(self, why: str) -> None:
        """The account is to be read now."""
        ...

    def remind(self, why: str) -> None:
        """The account is to be read some time; asked again and again, it is read less and less often."""
        ...


class Lanes(Protocol):
    """Where intents wait their turn."""

    def dispatch(self, intents: Sequence[Intent]) -> None:
        """Carry them out: in order within a leg's lane, side by side across lanes."""
        ...
