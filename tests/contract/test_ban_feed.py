"""A ban's way: from the worker or the service that meets it, by real heartbeats, to all behind the same address."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from support.build import BTC, FIVE, NOON, market
from support.reporting import reporting
from support.scripted import Scripted, ccxt_venue, order
from support.signal_service import WALL, Running, run_service
from support.table import Table
from tradepods_core.book.intents import Accepted, Throttled
from tradepods_core.errors import Temporary
from tradepods_signals.adapters.feed_ccxt import CcxtFeed
from tradepods_signals.engine.bans import Address, BanBook, OwnBan
from tradepods_worker.adapters.feed_http import HttpFeed
from tradepods_worker.adapters.venues.ccxt_venue import CcxtVenue
from tradepods_worker.tasks.heartbeat import Reporter

HERE = Address("binanceusdm/live", "node-1")
REFUSED = '{"code":-1003,"msg":"Way too many requests; IP banned."}'
TAKEN = '{"orderId": 7, "status": "FILLED", "executedQty": "1.5"}'


@dataclass(slots=True)
class Worker:
    """As much of a worker as a ban passes through."""

    venue: CcxtVenue
    reporter: Reporter


@pytest.fixture
def bans() -> BanBook:
    """The service's book."""
    return BanBook(now=WALL.now)


@pytest.fixture
async def service(bans: BanBook) -> AsyncIterator[Running]:
    """A running service."""
    running = await run_service(bans=bans)
    yield running
    await running.stop()


@contextlib.asynccontextmanager
async def _worker(service: Running, scripted: Scripted, name: str, *, egress: str = "node-1") -> AsyncIterator[Worker]:
    venue = ccxt_venue(scripted.url)
    feed = HttpFeed(url=service.url, exchange="binanceusdm", namespace="default", name=name, wall=WALL)
    await venue.prepare({BTC: market(BTC)})
    yield Worker(venue, reporting(feed, await Table().begun(), venue, egress=egress)[0])
    await feed.close()
    await venue.close()


def _refuses(scripted: Scripted, *, seconds: int) -> None:
    scripted.status, scripted.headers, scripted.body = 418, {"Retry-After": str(seconds)}, REFUSED


def _takes(scripted: Scripted) -> None:
    scripted.status, scripted.headers, scripted.body = 200, {}, TAKEN


async def test_a_ban_that_one_worker_met_reaches_the_others_behind_its_address_with_their_next_heartbeat(
    service: Running, scripted: Scripted
) -> None:
    """They send nothing more; one behind another address goes on."""
    async with (
        _worker(service, scripted, "alice") as alice,
        _worker(service, scripted, "bob") as bob,
        _worker(service, scripted, "carol", egress="node-2") as carol,
    ):
        _refuses(scripted, seconds=90)
        met = await alice.venue.perform(order(), signed_at=WALL.now())
        for worker in (alice, bob, carol):
            await worker.reporter.report()
        _takes(scripted)
        asked = len(scripted.asked)
        stopped = await bob.venue.perform(order(purpose="close"), signed_at=WALL.now())
        silent = len(scripted.asked)
        free = await carol.venue.perform(order(), signed_at=WALL.now())

    assert isinstance(met, Throttled)
    assert stopped == Throttled(until=met.until)
    assert silent == asked
    assert isinstance(free, Accepted)


@pytest.mark.parametrize("days", [-1, 4, 3_650])
async def test_nonsense_that_one_worker_tells_stops_no_other(service: Running, scripted: Scripted, days: int) -> None:
    """A ban that is over, or longer than any of the venue's."""
    async with _worker(service, scripted, "alice") as alice, _worker(service, scripted, "bob") as bob:
        alice.venue._wire.budget.limited_until = WALL.now() + timedelta(days=days)
        for worker in (alice, bob):
            await worker.reporter.report()
        _takes(scripted)
        outcome = await bob.venue.perform(order(), signed_at=WALL.now())

    assert isinstance(outcome, Accepted)


async def test_nonsense_that_the_service_tells_stops_no_worker(service: Running, scripted: Scripted) -> None:
    """The worker judges for itself."""
    service.bans._until[HERE] = WALL.now() + timedelta(days=3_650)
    async with _worker(service, scripted, "bob") as bob:
        await bob.reporter.report()
        _takes(scripted)

        assert isinstance(await bob.venue.perform(order(), signed_at=WALL.now()), Accepted)


@contextlib.asynccontextmanager
async def _market_data(bans: BanBook, scripted: Scripted) -> AsyncIterator[CcxtFeed]:
    async def sleep(_seconds: float) -> None:
        raise AssertionError("nothing is waited for here")

    ban = OwnBan(bans, HERE)
    feed = CcxtFeed(exchange="binanceusdm", url=scripted.url, pace=None, sleep=sleep, now=WALL.now, ban=ban)
    yield feed
    await feed.close()


async def _refused(feed: CcxtFeed) -> float:
    with pytest.raises(Temporary) as candles:
        await feed.candles(BTC, FIVE, since=NOON, count=10)
    with pytest.raises(Temporary):
        await feed.markets()
    return candles.value.after


async def test_the_service_requests_nothing_while_a_worker_behind_its_address_is_banned(
    service: Running, bans: BanBook, scripted: Scripted
) -> None:
    """Its candles come from the same address."""
    async with _worker(service, scripted, "alice") as alice, _market_data(bans, scripted) as feed:
        _refuses(scripted, seconds=90)
        await alice.venue.perform(order(), signed_at=WALL.now())
        await alice.reporter.report()
        asked = len(scripted.asked)
        after = await _refused(feed)

    assert len(scripted.asked) == asked
    assert 85 < after <= 90


@pytest.mark.parametrize(("status", "header", "seconds"), [(429, "37", 37), (418, "300", 300), (418, "", 120)])
async def test_a_limit_that_the_service_meets_is_obeyed_and_told_to_the_workers(
    service: Running, scripted: Scripted, status: int, header: str, seconds: int
) -> None:
    """One request learns so, none follows, and the next heartbeat brings it to a worker behind that address."""
    scripted.status, scripted.body = status, REFUSED
    scripted.headers = {"Retry-After": header} if header else {}
    async with _worker(service, scripted, "bob") as bob, _market_data(service.bans, scripted) as feed:
        await _refused(feed)
        asked = len(scripted.asked)
        after = await _refused(feed)
        await bob.reporter.report()
        stopped = bob.venue.limited_until()

    assert asked == len(scripted.asked) == 1
    assert seconds - 5 < after <= seconds
    assert isinstance(stopped, datetime)
    assert stopped == service.bans.until(HERE)


@pytest.mark.parametrize(("seconds", "believed"), [(3_600, 3_600), (-3_600, 120), (20 * 86_400, 3 * 86_400)])
async def test_a_ban_that_is_told_in_words_is_obeyed_as_long_as_it_lasts(
    bans: BanBook, scripted: Scripted, seconds: int, believed: int
) -> None:
    """Without a header its end stands in the text; a request before that would make it longer."""
    begun = WALL.now()
    until = int(begun.timestamp() * 1000) + seconds * 1_000
    scripted.status, scripted.body = 418, f'{{"code":-1003,"msg":"Way too many requests; IP banned until {until}."}}'
    async with _market_data(bans, scripted) as feed:
        after = await _refused(feed)
    stopped = bans.until(HERE)

    assert after == 0.0
    assert stopped is not None
    assert believed - 5 < (stopped - begun).total_seconds() < believed + 5
