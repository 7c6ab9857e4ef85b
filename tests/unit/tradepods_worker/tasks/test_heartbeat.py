"""Heartbeats: a service that is away, or a number that none can hold, stops nothing."""

import asyncio
from datetime import datetime
from decimal import Decimal

import pytest

from support.build import BTC, WALL, later
from support.reporting import reporting
from support.table import Table, entered, fill
from support.unlimited import Unlimited
from tradepods_core.errors import Temporary
from tradepods_core.wire.fleet import Heartbeat, HeartbeatReply
from tradepods_worker.adapters.clocks import WallClock

D = Decimal


class Feed:
    """A signal service that keeps what it is told, or is away."""

    def __init__(self, *, away: bool = False, banned_until: datetime | None = None) -> None:
        self.heard: list[Heartbeat] = []
        self._away, self._banned_until = away, banned_until

    async def report(self, heartbeat: Heartbeat) -> HeartbeatReply:
        """Keep it."""
        if self._away:
            raise Temporary("the signal service is away")
        self.heard.append(heartbeat)
        return HeartbeatReply(server_time=WALL, banned_until=self._banned_until)


class Banned(Unlimited):
    """A venue that keeps what it is told of its bans."""

    def __init__(self, until: datetime | None = None) -> None:
        self.until = until

    def limit(self, until: datetime) -> None:
        """Keep it."""
        self.until = until

    def limited_until(self) -> datetime | None:
        """What was told."""
        return self.until


async def test_it_tells_what_is_open_and_whether_it_is_protected() -> None:
    """Equity holds what the marks give."""
    desk, entry = await entered(Table())
    await desk.handle(fill(entry))
    desk.sight.marks = {BTC: D(101)}
    feed = Feed()
    await reporting(feed, desk)[0].report()
    (heartbeat,) = feed.heard
    (position,) = heartbeat.positions

    assert (position.symbol, position.quantity, position.protected) == (BTC, entry.quantity, False)
    assert position.unrealized == entry.quantity
    assert heartbeat.equity == D(1000) - D("0.1") + entry.quantity
    assert heartbeat.rss_mib > 1


async def test_a_service_that_is_away_stops_nothing() -> None:
    """The next heartbeat says it all anew."""
    await reporting(Feed(away=True), await Table().begun())[0].report()


async def test_what_can_not_be_told_stops_nothing() -> None:
    """A balance that is no number is not worth the worker."""
    desk = await Table().begun()
    desk.sight.marks = {BTC: D("NaN")}
    desk.sight.last_cycle = "x" * 61
    feed = Feed()
    await reporting(feed, desk)[0].report()

    assert feed.heard == []


@pytest.mark.parametrize("length", [10, 5_000])
async def test_a_long_error_is_cut(length: int) -> None:
    """One line for a person."""
    feed = Feed()
    reporter, rereader = reporting(feed, await Table().begun())
    rereader.last_error = "e" * length
    await reporter.report()

    assert feed.heard[0].last_error == "e" * min(length, 300)


async def test_a_ban_that_this_worker_met_is_told_with_the_address_that_it_is_for() -> None:
    """All behind that address share it, and nobody else."""
    feed = Feed()
    await reporting(feed, await Table().begun(), Banned(later(90)))[0].report()
    (heartbeat,) = feed.heard

    assert (heartbeat.venue, heartbeat.egress, heartbeat.banned_until) == ("binanceusdm/live", "node-1", later(90))


@pytest.mark.parametrize("told", [None, later(90)])
async def test_a_ban_that_another_worker_met_is_obeyed(told: datetime | None) -> None:
    """What the service answers reaches the venue; nothing where it knows of none."""
    venue = Banned()
    await reporting(Feed(banned_until=told), await Table().begun(), venue)[0].report()

    assert venue.until == told


async def test_what_a_person_waits_for_is_told_at_once() -> None:
    """Not at the next turn of its steady pace, which may be as long as the whole promise."""
    feed, due = Feed(), asyncio.Event()
    reporter, _ = reporting(feed, await Table().begun(), due=due)
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        running = group.create_task(reporter.run(wall=WallClock(), every=3_600))
        for told in (1, 2, 3):
            while len(feed.heard) < told:
                await asyncio.sleep(0)
            due.set()
        running.cancel()

    assert len(feed.heard) == 3


async def test_an_order_counts_until_it_is_over() -> None:
    """An entry that is under way, then its stop and its take-profit; those of both books."""
    desk = await Table().begun()
    reporter = reporting(Feed(), desk)[0]
    assert reporter.heartbeat().open_orders == 0

    desk, entry = await entered(Table())
    reporter = reporting(Feed(), desk)[0]
    assert reporter.heartbeat().open_orders == 1

    await desk.handle(fill(entry))
    assert reporter.heartbeat().open_orders == len(desk.book.orders) > 1


async def test_orders_of_the_other_book_count_too() -> None:
    """What is left in it is left for good once the worker is gone."""
    trading, _ = await entered(Table())
    guarding, _ = await entered(Table())
    reporter = reporting(Feed(), trading, guarding=guarding)[0]

    assert reporter.heartbeat().open_orders == 2
