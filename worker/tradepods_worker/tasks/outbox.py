"""What the ledger says is owed to the person is sent, at least once and in order. It never delays a trade.

That the ledger itself can't be written is told from memory, before everything else.
"""

import asyncio
import contextlib

import structlog

from tradepods_core.errors import Temporary
from tradepods_worker.engine.alert import Alert
from tradepods_worker.ports import Clock, Messenger, Never, Sent
from tradepods_worker.ports.ledger import Ledger, Undelivered

LOOK_EVERY = 0.5  # seconds
UNREADABLE = 2.0  # seconds before a ledger that can't be used is asked again
AT_ONCE = 20
log = structlog.get_logger()


class Outbox:
    """Delivers notices; how many wait is for the heartbeat."""

    def __init__(self, *, ledger: Ledger, messenger: Messenger, wall: Clock, alert: Alert) -> None:
        self._ledger, self._messenger, self._wall, self._alert = ledger, messenger, wall, alert
        self._trouble = False
        self._turn = asyncio.Lock()
        self.waiting = 0
        self.sent = 0

    async def run(self) -> None:
        """Deliver without end."""
        while True:
            pause = await self.deliver()
            await self._wall.sleep(max(pause, LOOK_EVERY))

    async def deliver(self) -> float:
        """Deliver what waits; returns the seconds to wait when the messenger or the ledger asked for time.

        One at a time: a worker's last words are not said twice because its loop is still at them.
        """
        async with self._turn:
            return await self._deliver_all()

    async def _deliver_all(self) -> float:
        pause = await self.warn()
        if pause:
            return pause
        try:
            pause = await self._deliver_rows()
        except Temporary as error:
            self._say(str(error))
            return max(error.after, UNREADABLE)
        self._say("")
        return pause

    async def warn(self) -> float:
        """Tell what can't wait in the ledger; returns the seconds to wait when the messenger asked for time."""
        for undelivered in self._alert.waiting():
            outcome = await self._messenger.send(undelivered)
            if not isinstance(outcome, Sent | Never):
                return outcome.after
            self._alert.told()
        return 0.0

    async def _deliver_rows(self) -> float:
        waiting = await self._ledger.undelivered(limit=AT_ONCE)
        self.waiting = len(waiting)
        for undelivered in waiting:
            pause = await self._deliver(undelivered)
            if pause:
                return pause
        return 0.0

    def _say(self, trouble: str) -> None:
        """Once per change."""
        if trouble and not self._trouble:
            log.warning("outbox_waits", error=trouble)
        self._trouble = bool(trouble)

    async def _deliver(self, undelivered: Undelivered) -> float:
        await self._ledger.attempting(undelivered.number)
        outcome = await self._messenger.send(undelivered)
        if isinstance(outcome, Sent | Never):
            await self._ledger.delivered(undelivered.number, sent=isinstance(outcome, Sent))
            self.waiting -= 1
            self.sent += isinstance(outcome, Sent)
            return 0.0
        if outcome.refused:
            with contextlib.suppress(Temporary):  # not kept, the next attempt says that it may be a repeat
                await self._ledger.refused(undelivered.number)
        return outcome.after
