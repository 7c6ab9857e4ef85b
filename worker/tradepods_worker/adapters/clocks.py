"""The clocks: wall time, market time as the feed tells it, and one that a test moves by hand."""

import asyncio
from datetime import UTC, datetime, timedelta

from tradepods_worker.ports import Clock


class WallClock:
    """This machine's clock."""

    def now(self) -> datetime:
        """Aware UTC."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


class FollowedClock:
    """Market time as the feed shows it. Between two events it stands still where it `stands`, else goes on as the wall.

    A replay in lock-step stands: the same data give the same decisions, however long they take.
    """

    def __init__(self, *, wall: Clock, stands: bool) -> None:
        self._wall, self._stands = wall, stands
        self._shown: datetime | None = None
        self._shown_at = wall.now()

    def show(self, at: datetime) -> None:
        """The feed shows this moment; an older one than before is no news."""
        if self._shown is None or at > self._shown:
            self._shown, self._shown_at = at, self._wall.now()

    def now(self) -> datetime:
        """The newest moment shown, and what passed since; the wall's before the first."""
        if self._shown is None:
            return self._wall.now()
        return self._shown if self._stands else self._shown + (self._wall.now() - self._shown_at)

    async def sleep(self, seconds: float) -> None:
        """Wait on the wall."""
        await self._wall.sleep(seconds)


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
