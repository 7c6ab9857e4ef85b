"""What the account's books are worth, once a minute of market time and only where it has changed: the series of equity.

It is worth nothing to a trade, and never in the way of one.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

import structlog

from tradepods_core.book.accounting import equity
from tradepods_core.errors import Temporary
from tradepods_worker.engine.desk import Desk
from tradepods_worker.ports import Clock
from tradepods_worker.ports.ledger import BookName, Equity, Ledger

LOOK_EVERY = 0.25  # seconds of wall time: in a replay, some minutes of the market
log = structlog.get_logger()


class EquitySeries:
    """Samples every open book."""

    def __init__(self, *, desks: Callable[[], Sequence[Desk]], ledger: Ledger, market: Clock, wall: Clock) -> None:
        self._desks, self._ledger, self._market, self._wall = desks, ledger, market, wall
        self._last: dict[BookName, Equity] = {}

    async def run(self) -> None:
        """Sample without end."""
        while True:
            await self.look()
            await self._wall.sleep(LOOK_EVERY)

    async def look(self) -> None:
        """Keep what has changed since the last minute; what can't be kept is left out."""
        minute = self._market.now().replace(second=0, microsecond=0)
        for desk in self._desks():
            sample, last = _sample(desk, minute), self._last.get(desk.name)
            if sample is None or (last is not None and (last.at >= minute or replace(last, at=minute) == sample)):
                continue
            self._last[desk.name] = sample
            try:
                await self._ledger.record_equity(desk.name, sample)
            except Temporary as error:
                log.debug("equity_not_kept", book=desk.name, error=str(error))


def _sample(desk: Desk, at: datetime) -> Equity | None:
    """Nothing is known of an account before its first reading, nor of market time before the first marks."""
    book = desk.book
    if book.wallet is None or not desk.sight.marks:
        return None
    return Equity(at=at, wallet=book.wallet, equity=equity(book, desk.sight.marks), open=len(book.positions))
