"""Brings cycles to the history and to the subscribers: stored first, told second, but a slow disk holds nothing up.

A cycle waits for its own storing for a moment at most. After that it is told without an id, and its id follows once it
is stored: so an id that a subscriber has seen can be resumed from even after a crash. What could not be stored is
tried again, in order, so that the history has no hole.
"""

import asyncio
from collections import deque

import structlog

from tradepods_core.errors import Temporary
from tradepods_core.wire.cycle import Cycle
from tradepods_signals.engine.filing import filed
from tradepods_signals.engine.hub import Hub
from tradepods_signals.metrics import Metrics
from tradepods_signals.ports import Sleep
from tradepods_signals.ports.history import FiledCycle, History

BUDGET = 0.25  # seconds that a cycle waits for the disk
PAUSE = 1.0  # seconds before the next try
MOST_WAITING = 512  # cycles; what is more is lost, oldest first, and the history begins anew after them
log = structlog.get_logger()


class Press:
    """Publishes cycles; `run` writes them. `budget` is in seconds."""

    def __init__(self, *, hub: Hub, history: History, metrics: Metrics, sleep: Sleep, budget: float = BUDGET) -> None:
        self._hub, self._history, self._metrics, self._sleep = hub, history, metrics, sleep
        self._budget = budget
        self._waiting: deque[FiledCycle] = deque(maxlen=MOST_WAITING)
        self._wake = asyncio.Event()
        self._written = asyncio.Event()
        self._slow = False  # the last one did not come in time: the next does not wait for it

    async def cycle(self, cycle: Cycle) -> None:
        """Publish a cycle."""
        entry = filed(cycle, number=self._hub.next_number)
        self._waiting.append(entry)
        self._written.clear()
        self._wake.set()
        if not self._slow:
            await self._stored_in_time()
        if entry in self._waiting:
            self._metrics.told_before_stored.inc()
        self._hub.publish(entry)

    async def run(self) -> None:
        """Write without end."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            await self._write()

    async def close(self) -> None:
        """Write what waits, if that can be done at once."""
        try:
            async with asyncio.timeout(self._budget * 4):
                await self._history.add(tuple(self._waiting))
        except (Temporary, TimeoutError) as error:
            log.warning("cycles_not_stored", cycles=len(self._waiting), error=str(error))

    async def _stored_in_time(self) -> None:
        try:
            async with asyncio.timeout(self._budget):
                await self._written.wait()
        except TimeoutError:
            self._slow = True
            log.warning("history_slow", waiting=len(self._waiting))

    async def _write(self) -> None:
        """All that waits, in one go, however often that has to be tried."""
        while self._waiting:
            batch = tuple(self._waiting)
            try:
                oldest = await self._history.add(batch)
            except Temporary as error:
                self._metrics.history_failures.inc()
                log.warning("history_not_written", cycles=len(batch), error=str(error), retry_in=PAUSE)
                await self._sleep(PAUSE)
                continue
            while self._waiting and self._waiting[0].number <= batch[-1].number:
                self._waiting.popleft()
            self._slow = False
            self._hub.stored(batch[-1].number, oldest=oldest)
        self._written.set()
