"""What HTTP routes may call."""

from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Protocol

from tradepods_core.errors import TradepodsError
from tradepods_core.market import Market
from tradepods_core.shapes import Symbol
from tradepods_core.wire.fleet import Heartbeat, HeartbeatReply
from tradepods_core.wire.portfolio import Portfolio
from tradepods_core.wire.published import CyclePage, Halt, PublishedStrategy, StrategyInForce, StrategyProblem
from tradepods_signals.ports.history import FiledCycle


class Subscription(Protocol):
    """One subscriber's part of the event stream."""

    def chunks(self, *, at_once: Callable[[bytes], bool]) -> AsyncGenerator[bytes]:
        """Encoded events until the subscriber leaves, falls behind, or the service stops.

        Those that `at_once` takes are not among them: it is asked where all before them have been taken.
        """
        ...

    def end(self) -> None:
        """The subscriber is gone."""
        ...


class NotFound(TradepodsError):
    """There is no such thing here."""


class Conflict(TradepodsError):
    """Something else has to be changed first."""


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
