"""Whose turn it is: what protects waits here for room, the most important first. With room, nobody waits.

It is awaited by the one who sends: no task, no queue of requests, and no await where there is room.
"""

import asyncio
from bisect import insort
from datetime import datetime

from tradepods_worker.adapters.venues.budget import Budget, Kind
from tradepods_worker.adapters.venues.meter import Ticket
from tradepods_worker.ports import Clock

LOOK_AGAIN = 1.0  # seconds after which the first in line looks whether there is room earlier than expected
SOONEST = 0.005  # seconds: a clock that has not quite arrived is not asked without end
Place = tuple[Kind, int]


class Turns:
    """The budget, and those who wait for it."""

    def __init__(self, *, budget: Budget, clock: Clock) -> None:
        self._budget, self._clock = budget, clock
        self._line: list[Place] = []
        self._arrived = 0
        self._moved = asyncio.Event()

    def take(self, kind: Kind, *, weight: int, orders: int) -> Ticket | datetime:
        """A ticket now, or when to ask again: for what does not wait."""
        return self._budget.take(kind, weight=weight, orders=orders, now=self._clock.now())

    async def wait(self, kind: Kind, *, weight: int, orders: int) -> Ticket:
        """A ticket, once there is room and nobody more important waits."""
        self._arrived += 1
        place = (kind, self._arrived)
        if not self._line:
            found = self.take(kind, weight=weight, orders=orders)
            if isinstance(found, Ticket):
                return found
        insort(self._line, place)
        try:
            return await self._stand(place, weight=weight, orders=orders)
        finally:
            self._line.remove(place)
            self._moved.set()
            self._moved = asyncio.Event()

    async def _stand(self, place: Place, *, weight: int, orders: int) -> Ticket:
        while True:
            if self._line[0] != place:
                await self._moved.wait()
                continue
            found = self.take(place[0], weight=weight, orders=orders)
            if isinstance(found, Ticket):
                return found
            seconds = (found - self._clock.now()).total_seconds()
            await self._clock.sleep(min(max(seconds, SOONEST), LOOK_AGAIN))
