"""A messenger in memory: for tests, and for accounts without a bot, whose notices are in the log."""

import structlog

from tradepods_worker.ports import Later, Never, Sent
from tradepods_worker.ports.ledger import Undelivered

log = structlog.get_logger()


class MemoryMessenger:
    """Keeps what it is given; answers what it is told to."""

    def __init__(self) -> None:
        self.said: list[Undelivered] = []
        self.answers: list[Sent | Later | Never] = []

    async def send(self, undelivered: Undelivered) -> Sent | Later | Never:
        """Keep a notice; the next of `answers` is what comes of it."""
        answer = self.answers.pop(0) if self.answers else Sent()
        if isinstance(answer, Sent):
            self.said.append(undelivered)
        return answer

    async def close(self) -> None:
        """Nothing to let go of."""


class LogMessenger:
    """Writes notices to the log."""

    async def send(self, undelivered: Undelivered) -> Sent | Later | Never:
        """Write one notice."""
        notice = undelivered.notice
        log.info("notice", kind=notice.kind, leg=str(notice.leg or ""), values=dict(notice.values))
        return Sent()

    async def close(self) -> None:
        """Nothing to let go of."""
