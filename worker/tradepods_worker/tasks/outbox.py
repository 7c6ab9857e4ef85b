"""What the ledger says is owed to the person is sent, at least once and in order. It never delays a trade."""

import structlog

from tradepods_core.errors import Temporary
from tradepods_worker.ports import Clock, Messenger, Never, Sent
from tradepods_worker.ports.ledger import Ledger, Undelivered

LOOK_EVERY = 0.5  # seconds
AT_ONCE = 20
log = structlog.get_logger()


class Outbox:
    """Delivers notices; how many wait is for the heartbeat."""

    def __init__(self, *, ledger: Ledger, messenger: Messenger, wall: Clock) -> None:
        self._ledger, self._messenger, self._wall = ledger, messenger, wall
        self.waiting = 0
        self.sent = 0

    async def run(self) -> None:
        """Deliver without end."""
        while True:
            pause = await self.deliver()
            await self._wall.sleep(max(pause, LOOK_EVERY))

    async def deliver(self) -> float:
        """Deliver what waits; returns the seconds to wait when the messenger asked for time."""
        try:
            waiting = await self._ledger.undelivered(limit=AT_ONCE)
            self.waiting = len(waiting)
            for undelivered in waiting:
                pause = await self._deliver(undelivered)
                if pause:
                    return pause
        except Temporary as error:
            log.warning("outbox_waits", error=str(error))
        return 0.0

    async def _deliver(self, undelivered: Undelivered) -> float:
        await self._ledger.attempting(undelivered.number)
        outcome = await self._messenger.send(undelivered)
        if isinstance(outcome, Sent | Never):
            await self._ledger.delivered(undelivered.number, sent=isinstance(outcome, Sent))
            self.waiting -= 1
            self.sent += isinstance(outcome, Sent)
            return 0.0
        return outcome.after
