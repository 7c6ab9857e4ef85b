"""A worker's heartbeats, with everything around them in a test's hand."""

import asyncio
from dataclasses import replace
from typing import Any

from support.build import WALL
from support.unlimited import Unlimited
from tradepods_worker.adapters.clocks import ManualClock
from tradepods_worker.adapters.ledger.memory import MemoryLedger
from tradepods_worker.adapters.telegram.memory import MemoryMessenger
from tradepods_worker.engine.activity import Activity
from tradepods_worker.engine.alert import Alert
from tradepods_worker.engine.desk import Desk
from tradepods_worker.engine.protection_watch import ProtectionWatch
from tradepods_worker.tasks.heartbeat import Address, Reported, Reporter, Status
from tradepods_worker.tasks.outbox import Outbox
from tradepods_worker.tasks.reread import Rereader


def reporting(
    feed: Any,
    desk: Desk,
    venue: Any = None,
    *,
    guarding: Desk | None = None,
    egress: str = "node-1",
    halts: list[str] | None = None,
    due: asyncio.Event | None = None,
) -> tuple[Reporter, Rereader]:
    """Who reports, and whose last error it tells. Without a venue nothing is limited."""
    wall = ManualClock(WALL)
    asked: Any = venue or Unlimited()
    rereader = Rereader(venue=asked, wall=wall, put=lambda _: None, activity=Activity())
    reported = Reported(desk=desk, venue=asked, rereader=rereader, watch=ProtectionWatch())
    other = None if guarding is None else replace(reported, desk=guarding)
    reporter = Reporter(
        feed=feed,
        address=Address(venue="binanceusdm/live", egress=egress),
        outbox=Outbox(ledger=MemoryLedger(), messenger=MemoryMessenger(), wall=wall, alert=Alert()),
        market=wall,
        trading=lambda: reported,
        guarding=lambda: other,
        status=lambda: Status(settings_hash="abc"),
        halted=halts.append if halts is not None else lambda _: None,
        due=due or asyncio.Event(),
    )
    return reporter, rereader
