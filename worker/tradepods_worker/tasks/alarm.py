"""Wakes the desk at the wall time for which it asked."""

import asyncio
from datetime import datetime

from tradepods_core.book.events import AlarmRang
from tradepods_worker.ports import Clock, Put


class AlarmClock:
    """One alarm at a time: setting it again forgets the earlier one."""

    def __init__(self, *, wall: Clock, put: Put, group: asyncio.TaskGroup) -> None:
        self._wall, self._put, self._group = wall, put, group
        self._at: datetime | None = None
        self._waiting: asyncio.Task[None] | None = None

    def set(self, at: datetime | None) -> None:
        """Ring at this time; None is never."""
        if at == self._at:
            return
        self._at = at
        if self._waiting is not None:
            self._waiting.cancel()
        self._waiting = None if at is None else self._group.create_task(self._ring(at), name="alarm")

    async def _ring(self, at: datetime) -> None:
        await self._wall.sleep(max((at - self._wall.now()).total_seconds(), 0))
        self._at, self._waiting = None, None
        self._put(AlarmRang(at=at))
