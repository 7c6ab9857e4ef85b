"""Heartbeats: a service that is away, or a number that none can hold, stops nothing."""

from decimal import Decimal
from typing import Any

import pytest

from support.build import BTC, WALL
from support.table import Table, entered, fill
from tradepods_core.errors import Temporary
from tradepods_core.wire.fleet import Heartbeat
from tradepods_worker.adapters.clocks import ManualClock
from tradepods_worker.adapters.ledger.memory import MemoryLedger
from tradepods_worker.adapters.telegram.memory import MemoryMessenger
from tradepods_worker.engine.activity import Activity
from tradepods_worker.engine.desk import Desk
from tradepods_worker.engine.protection_watch import ProtectionWatch
from tradepods_worker.tasks.heartbeat import Reporter
from tradepods_worker.tasks.outbox import Outbox
from tradepods_worker.tasks.reread import Rereader

D = Decimal


class Feed:
    """A signal service that keeps what it is told, or is away."""

    def __init__(self, *, away: bool = False) -> None:
        self.heard: list[Heartbeat] = []
        self._away = away

    async def report(self, heartbeat: Heartbeat) -> None:
        """Keep it."""
        if self._away:
            raise Temporary("the signal service is away")
        self.heard.append(heartbeat)


def _reporter(feed: Any, desk: Desk) -> tuple[Reporter, Rereader]:
    wall, venue = ManualClock(WALL), MemoryLedger()
    unused: Any = venue
    rereader = Rereader(venue=unused, wall=wall, put=lambda _: None, activity=Activity())
    reporter = Reporter(
        feed=feed,
        desk=desk,
        outbox=Outbox(ledger=MemoryLedger(), messenger=MemoryMessenger(), wall=wall),
        rereader=rereader,
        watch=ProtectionWatch(),
        market=wall,
        settings_hash="abc",
    )
    return reporter, rereader


async def test_it_tells_what_is_open_and_whether_it_is_protected() -> None:
    """Equity holds what the marks give."""
    desk, entry = await entered(Table())
    await desk.handle(fill(entry))
    desk.sight.marks = {BTC: D(101)}
    feed = Feed()
    await _reporter(feed, desk)[0].report()
    (heartbeat,) = feed.heard
    (position,) = heartbeat.positions

    assert (position.symbol, position.quantity, position.protected) == (BTC, entry.quantity, False)
    assert position.unrealized == entry.quantity
    assert heartbeat.equity == D(1000) - D("0.1") + entry.quantity
    assert heartbeat.rss_mib > 1


async def test_a_service_that_is_away_stops_nothing() -> None:
    """The next heartbeat says it all anew."""
    await _reporter(Feed(away=True), await Table().begun())[0].report()


async def test_what_can_not_be_told_stops_nothing() -> None:
    """A balance that is no number is not worth the worker."""
    desk = await Table().begun()
    desk.sight.marks = {BTC: D("NaN")}
    desk.sight.last_cycle = "x" * 61
    feed = Feed()
    await _reporter(feed, desk)[0].report()

    assert feed.heard == []


@pytest.mark.parametrize("length", [10, 5_000])
async def test_a_long_error_is_cut(length: int) -> None:
    """One line for a person."""
    feed = Feed()
    reporter, rereader = _reporter(feed, await Table().begun())
    rereader.last_error = "e" * length
    await reporter.report()

    assert feed.heard[0].last_error == "e" * min(length, 300)
