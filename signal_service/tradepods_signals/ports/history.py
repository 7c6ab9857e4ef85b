"""What outlives the service."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from tradepods_core.times import Timeframe
from tradepods_core.wire.portfolio import Totals
from tradepods_core.wire.published import Halt, Switched
from tradepods_core.wire.universe import KeptUniverse


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
