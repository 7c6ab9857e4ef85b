"""Limits end to end: the simulated venue counts, and the worker's adapter obeys."""

from collections.abc import AsyncIterator

import pytest

from support.scripted import WALL, ccxt_venue, order
from support.servers import Served, serving
from tradepods_core.book.intents import Accepted, Throttled
from tradepods_core.errors import Temporary
from tradepods_simulator.exchange.limits import MOST_WEIGHT, Limits

READING = 110  # weight of a reading of the whole account, at most


@pytest.fixture
async def limited() -> AsyncIterator[tuple[Served, Limits]]:
    """An exchange that counts, and its counts; its minute does not end."""
    limits = Limits(now_ms=lambda: 0)
    async with serving(limits=limits) as served:
        yield served, limits


async def test_readings_stop_before_the_limit_and_orders_go_on(limited: tuple[Served, Limits]) -> None:
    """A quarter of the minute's weight is kept for what protects."""
    served, limits = limited
    venue, readings = ccxt_venue(served.url), 0
    try:
        await venue.prepare(served.exchange.market.markets)
        while venue._budget.closed_until(now=WALL.now(), reading=True) is None and readings < MOST_WEIGHT:
            await venue.read(wanted=())
            readings += 1
        with pytest.raises(Temporary, match="rate limit"):
            await venue.read(wanted=())
        outcome = await venue.perform(order(), signed_at=WALL.now())
    finally:
        await venue.close()

    assert readings >= MOST_WEIGHT * 0.75 // READING
    assert limits.used("127.0.0.1") < MOST_WEIGHT
    assert isinstance(outcome, Accepted)


async def test_once_refused_the_address_is_left_alone(limited: tuple[Served, Limits]) -> None:
    """Another's traffic has used it up: one request learns so, and no further one is sent before it is over."""
    served, limits = limited
    venue = ccxt_venue(served.url)
    try:
        await venue.prepare(served.exchange.market.markets)
        limits.ask("127.0.0.1", weight=MOST_WEIGHT)
        first = await venue.perform(order(), signed_at=WALL.now())
        used = limits.used("127.0.0.1")
        second = await venue.perform(order(), signed_at=WALL.now())
        with pytest.raises(Temporary):
            await venue.read(wanted=())
    finally:
        await venue.close()

    assert isinstance(first, Throttled)
    assert isinstance(second, Throttled)
    assert limits.used("127.0.0.1") == used
