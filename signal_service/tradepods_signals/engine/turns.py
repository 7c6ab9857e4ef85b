"""Whose turn it is to ask the venue: the urgent first, then who came first. With room, nobody waits."""

import asyncio
from bisect import insort
from datetime import datetime, timedelta

import structlog

from tradepods_core.errors import Temporary
from tradepods_core.times import Now
from tradepods_signals.engine.budget import SHARE, Budget
from tradepods_signals.ports import Sleep
from tradepods_signals.ports.market import Purpose

LOOK_AGAIN = 1.0  # seconds after which the first in line looks whether there is room earlier than expected
SOONEST = 0.005  # seconds: a clock that has not quite arrived is not asked without end
PATIENCE = timedelta(seconds=1)  # a cycle does not wait longer for a candle: without it the symbol is late
QUIET = timedelta(minutes=1)  # without waiting, and the next time is said again
ORDER = tuple(SHARE)
log = structlog.get_logger()


class Turns:
    """The budget, and those who wait for it."""

    def __init__(self, *, budget: Budget, now: Now, sleep: Sleep) -> None:
        self._budget, self._now, self._sleep = budget, now, sleep
        self._line: list[tuple[int, int]] = []
        self._arrived = 0
        self._moved = asyncio.Event()
        self._waited_at: datetime | None = None

    async def wait(self, purpose: Purpose, *, weight: int) -> None:
        """Return once a question may leave; raises Temporary where a cycle would have to wait too long for it."""
        self._arrived += 1
        place = (ORDER.index(purpose), self._arrived)
        if not self._line and self._room(purpose, weight) is None:
            return
        insort(self._line, place)
        try:
            await self._stand(place, purpose, weight)
        finally:
            self._line.remove(place)
            self._moved.set()
            self._moved = asyncio.Event()

    def told(self, *, used: int | None, limit: int | None) -> None:
        """What an answer says of the weight that is used, and of the venue's limit."""
        if limit is not None:
            self._budget.learn(limit)
        if used is not None:
            self._budget.hear(used, now=self._now())

    def judge(self, *, answered: bool) -> None:
        """A question was answered, or was not."""
        self._budget.judge(answered=answered, now=self._now())

    def _room(self, purpose: Purpose, weight: int) -> datetime | None:
        """None where it leaves now; else when to ask again, which is said once."""
        now = self._now()
        at = self._budget.take(purpose, weight=weight, now=now)
        if at is None:
            return None
        if self._waited_at is None or now - self._waited_at > QUIET:
            used, limit = self._budget.used(now), self._budget.limit
            log.warning("requests_wait", purpose=purpose, used=used, limit=limit, pace=round(self._budget.pace, 3))
        self._waited_at = now
        return at

    async def _stand(self, place: tuple[int, int], purpose: Purpose, weight: int) -> None:
        while True:
            if self._line[0] != place:
                await self._moved.wait()
                continue
            at = self._room(purpose, weight)
            if at is None:
                return
            wait = at - self._now()
            if purpose == "close" and wait > PATIENCE:
                raise Temporary("the budget of requests to the exchange is used up", after=wait.total_seconds())
            await self._sleep(min(max(wait.total_seconds(), SOONEST), LOOK_AGAIN))
