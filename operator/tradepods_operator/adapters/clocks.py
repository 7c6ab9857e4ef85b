"""The clocks: wall time, one that nobody can put forward or back, and one that a test moves by hand."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class WallClock:
    """This machine's clock."""

    def now(self) -> datetime:
        """Aware UTC."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


class SteadyClock:
    """Begins at this machine's time and goes on evenly, whatever is done to that: for pauses and time-outs.

    Args:
        seconds: a clock that never goes back.

    """

    def __init__(self, *, start: datetime, seconds: Callable[[], float]) -> None:
        self._start, self._seconds, self._began = start, seconds, seconds()

    def now(self) -> datetime:
        """Aware UTC, but for how much the machine's time was put right since the start."""
        return self._start + timedelta(seconds=self._seconds() - self._began)


class ManualClock:
    """Moves only when told; sleeping moves it."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        """Where it stands."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Move on."""
        self._now += timedelta(seconds=seconds)

    async def sleep(self, seconds: float) -> None:
        """Move on, at once."""
        self.advance(seconds)
        await asyncio.sleep(0)
