"""The desk's one inbox: events in order; marks that wait in a row become one, each symbol's newest in it."""

import asyncio
from collections import deque
from dataclasses import replace

from tradepods_core.book.events import Event, MarksMoved
from tradepods_worker.engine.activity import Activity


class Inbox:
    """A queue with one reader."""

    def __init__(self, activity: Activity) -> None:
        self._activity = activity
        self._events: deque[Event] = deque()
        self._filled = asyncio.Event()

    def put(self, event: Event) -> None:
        """Add an event."""
        last = self._events[-1] if self._events else None
        if isinstance(event, MarksMoved) and isinstance(last, MarksMoved):
            self._events[-1] = replace(event, marks={**last.marks, **event.marks})
            return
        self._activity.begin()
        self._events.append(event)
        self._filled.set()

    async def get(self) -> Event:
        """The next event; its reader says `done` once it is handled."""
        while not self._events:
            self._filled.clear()
            await self._filled.wait()
        return self._events.popleft()

    def done(self) -> None:
        """The event that was got last is handled."""
        self._activity.end()
