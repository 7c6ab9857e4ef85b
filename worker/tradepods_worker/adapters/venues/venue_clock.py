"""The venue's clock: requests are stamped with its time, and it takes them by that."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog

from tradepods_core.times import to_ms
from tradepods_worker.ports import Clock

WARNED_FROM = timedelta(milliseconds=250)
log = structlog.get_logger()


class VenueClock:
    """How far the venue's clock is from ours. `ask` answers its time, and raises Temporary."""

    def __init__(self, *, ask: Callable[[], Awaitable[datetime]], wall: Clock) -> None:
        self._ask, self._wall = ask, wall
        self._ahead = timedelta(0)
        self.doubted = True

    @property
    def off(self) -> timedelta:
        """How far the two clocks are apart."""
        return abs(self._ahead)

    def stamp(self, at: datetime) -> int:
        """A moment of ours as the venue's milliseconds."""
        return to_ms(at + self._ahead)

    async def measure(self) -> None:
        """Ask the venue; half of the way there and back counts as the way back."""
        begun = self._wall.now()
        theirs = await self._ask()
        self._ahead = theirs - begun - (self._wall.now() - begun) / 2
        self.doubted = False
        if abs(self._ahead) >= WARNED_FROM:
            log.warning("clock_differs", venue_ahead_ms=round(self._ahead.total_seconds() * 1000))
