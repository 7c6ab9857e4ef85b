"""A worker without a market: as soon as it has the account it commits and sends, again and again, until it is ended.

`python -m support.leased URL FOLDER NAME SENT`: a line of SENT is its name, and when what it sent was signed.
"""

import asyncio
import sys
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from support.build import BTC
from support.ledgers import OWNER, notice, postgres_ledger
from tradepods_core.book.intents import Accepted, CancelOrder, Intent, Leg, Outcome
from tradepods_worker.adapters.clocks import WallClock
from tradepods_worker.engine.courier import Courier
from tradepods_worker.ports.ledger import Entry, LeaseLost, LedgerDown
from tradepods_worker.tasks.lease import take

TTL = timedelta(seconds=1)
LOST = 3  # exit code


class NotedVenue:
    """Takes everything, and notes it."""

    def __init__(self, file: Path, name: str) -> None:
        self._file, self._name = file, name

    async def turn(self, intent: Intent) -> None:
        """At once."""

    async def perform(self, intent: Intent, *, signed_at: datetime) -> Outcome:
        """Note it."""
        del intent
        with self._file.open("a") as lines:
            lines.write(f"{self._name} {signed_at.isoformat()}\n")
        return Accepted()


async def serve(url: str, folder: Path, name: str, sent: Path) -> int:
    """Serve until another one does."""
    wall = WallClock()
    ledger = postgres_ledger(url, folder, wall=wall, ttl=TTL)
    lease = await take(ledger, owner=OWNER, holder=name, wall=wall)
    venue: Any = NotedVenue(sent, name)
    courier = Courier(venue=venue, wall=wall, put=lambda _: None, fence=lambda at: ledger.held(lease, at=at))
    try:
        for number in count():
            with suppress(LedgerDown):  # whoever stands still in a transaction is put out of it
                await ledger.book("live").commit(Entry(facts=(), notices=(notice(name),)), lease=lease)
            leg = Leg(BTC, "long")
            intent = CancelOrder(id=f"c{number}", cause="test", target="x", leg=leg, committed_at=wall.now())
            await courier.perform(intent)
    except LeaseLost:
        return LOST
    raise AssertionError


if __name__ == "__main__":
    sys.exit(asyncio.run(serve(sys.argv[1], Path(sys.argv[2]), sys.argv[3], Path(sys.argv[4]))))
