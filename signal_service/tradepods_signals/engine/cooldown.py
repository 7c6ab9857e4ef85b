"""The least time between two signals of one strategy, symbol and side, in market time."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from tradepods_core.shapes import Symbol
from tradepods_core.strategy.model import Strategy
from tradepods_core.wire.cycle import Cycle

Key = tuple[str, Symbol, str]


class Cooldowns:
    """When each strategy last spoke of a symbol and side: what its published cycles say, and nothing else.

    So a service that starts again hears the cycles of its history, and goes on as if it had never stopped.
    """

    def __init__(self, cycles: Iterable[Cycle] = ()) -> None:
        self._spoken: dict[Key, tuple[datetime, datetime | None]] = {}  # the latest close, and the one before
        for cycle in cycles:
            self.hear(cycle)

    def hear(self, cycle: Cycle) -> None:
        """A cycle was published, or published again with a higher revision."""
        for signal in cycle.signals:
            key = (f"{signal.namespace}.{signal.strategy}", signal.symbol, signal.side)
            latest = self._spoken.get(key, (None, None))[0]
            if latest is None or latest < cycle.close:
                self._spoken[key] = (cycle.close, latest)

    def over(self, strategy: Strategy, symbol: Symbol, side: str, *, close: datetime) -> bool:
        """Whether it may speak at this close. What it said at this very close does not silence its repetition."""
        spoken = self._spoken.get((strategy.key, symbol, side))
        if spoken is None:
            return True
        earlier = spoken[0] if spoken[0] < close else spoken[1]
        return earlier is None or close - earlier >= timedelta(seconds=strategy.spec.cooldown_seconds)
