"""The history in memory: of tests, and of a service that is not told where to keep one."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from tradepods_core.times import Timeframe
from tradepods_core.wire.portfolio import Totals
from tradepods_core.wire.published import Halt, Switched
from tradepods_core.wire.universe import KeptUniverse
from tradepods_signals.ports.history import FiledCycle, Kept


class MemoryHistory:
    """Keeps cycles of a window of market time. `open` after `open` finds what was there, as a file would."""

    def __init__(self, *, store: str, window: timedelta = timedelta(hours=48), recent: int = 512) -> None:
        self._store, self._window, self._recent = store, window, recent
        self._cycles: list[FiledCycle] = []
        self._halt = Halt()
        self._switched: dict[str, Switched] = {}
        self._totals: Sequence[Totals] = ()
        self._universe = KeptUniverse()

    async def open(self) -> Kept:
        """All that is there."""
        newest: dict[Timeframe, FiledCycle] = {cycle.timeframe: cycle for cycle in self._cycles}
        return Kept(
            store=self._store,
            oldest=self._oldest(),
            recent=tuple(self._cycles[-self._recent :]),
            newest=tuple(newest.values()),
            halt=self._halt,
            switched=dict(self._switched),
            totals=self._totals,
            universe=self._universe,
        )

    async def add(self, cycles: Sequence[FiledCycle]) -> int:
        """Keep these, forget what is too old, and what stands before a hole."""
        top = self._cycles[-1].number if self._cycles else 0
        new = [cycle for cycle in cycles if cycle.number > top]
        if new:
            kept = [] if new[0].number > top + 1 else self._cycles
            cutoff = new[-1].close - self._window
            old = max((cycle.number for cycle in (*kept, *new[:-1]) if cycle.close < cutoff), default=0)
            self._cycles = [cycle for cycle in (*kept, *new) if cycle.number > old]
        return self._oldest()

    async def find(self, cycle_id: str) -> FiledCycle | None:
        """The latest of this id."""
        return next((cycle for cycle in reversed(self._cycles) if cycle.cycle_id == cycle_id), None)

    async def after(self, number: int, *, limit: int) -> Sequence[FiledCycle]:
        """The next ones."""
        return [cycle for cycle in self._cycles if cycle.number > number][:limit]

    async def halt(self, halt: Halt) -> None:
        """Trading is halted, or no longer."""
        self._halt = halt

    async def switch(self, key: str, switched: Switched | None, *, who: str, why: str, at: datetime) -> None:
        """A strategy is disabled, or no longer."""
        del who, why, at
        self._switched.pop(key, None)
        if switched is not None:
            self._switched[key] = switched

    async def universe(self, universe: KeptUniverse) -> None:
        """These symbols are in force."""
        self._universe = universe

    async def totals(self, at: datetime, totals: Sequence[Totals]) -> None:
        """How the fleet stands."""
        del at
        self._totals = tuple(totals)

    async def close(self) -> None:
        """Nothing to let go of."""

    def _oldest(self) -> int:
        return self._cycles[0].number if self._cycles else 0
