"""A worker's heartbeats, with everything around them in a test's hand."""

from typing import Any

from support.build import WALL
from support.unlimited import Unlimited
from tradepods_worker.adapters.clocks import ManualClock
from tradepods_worker.adapters.ledger.memory import MemoryLedger
from tradepods_worker.adapters.telegram.memory import MemoryMessenger
from tradepods_worker.engine.activity import Activity
from tradepods_worker.engine.desk import Desk
from tradepods_worker.engine.protection_watch import ProtectionWatch
from tradepods_worker.tasks.heartbeat import Address, Reporter
from tradepods_worker.tasks.outbox import Outbox
from tradepods_worker.tasks.reread import Rereader


def reporting(feed: Any, desk: Desk, venue: Any = None, *, egress: str = "node-1") -> tuple[Reporter, Rereader]:
    """Who reports, and whose last error it tells. Without a venue nothing is limited."""
    wall = ManualClock(WALL)
    asked: Any = venue or Unlimited()
    rereader = Rereader(venue=asked, wall=wall, put=lambda _: None, activity=Activity())
    reporter = Reporter(
        feed=feed,
        venue=asked,
        address=Address(venue="binanceusdm/live", egress=egress),
        desk=desk,
        outbox=Outbox(ledger=MemoryLedger(), messenger=MemoryMessenger(), wall=wall),
        rereader=rereader,
        watch=ProtectionWatch(),
        market=wall,
        settings_hash="abc",
    )
    return reporter, rereader
