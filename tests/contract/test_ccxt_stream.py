"""The private stream through real ccxt: broken connections, and the count of frames that were handled."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal

from support.build import ACCOUNT, BTC
from support.servers import API_KEY, API_SECRET, Served
from tradepods_core.book.intents import Leg, PlaceOrder
from tradepods_core.ids import client_order_id
from tradepods_core.settings.parts import Exchange
from tradepods_worker.adapters.clocks import WallClock
from tradepods_worker.adapters.venues.ccxt_venue import CcxtVenue
from tradepods_worker.ports import Gap, Lost

WITHIN = 5.0
WALL = WallClock()


def _venue(url: str) -> CcxtVenue:
    return CcxtVenue(exchange=Exchange(environment="custom", url=url), api_key=API_KEY, secret=API_SECRET, wall=WALL)


def _order() -> PlaceOrder:
    return PlaceOrder(
        id=client_order_id(account=ACCOUNT, position=1, purpose="enter", step=0, revision=0),
        cause="test",
        leg=Leg(BTC, "long"),
        purpose="enter",
        kind="market",
        quantity=Decimal(1),
        position=1,
        committed_at=WALL.now(),
    )


async def test_a_broken_private_stream_is_connected_anew_and_says_so(exchange: Served) -> None:
    """It is lost, then a gap before anything else, so that the account is read after it; events go on."""
    venue = _venue(exchange.url)
    try:
        await venue.prepare(exchange.exchange.market.markets)
        events = venue.events()
        first = await asyncio.wait_for(anext(events), WITHIN)
        for connection in list(exchange.exchange.streams._private.values()):
            await connection.socket.close()
        lost, second = [await asyncio.wait_for(anext(events), WITHIN) for _ in range(2)]
        following = asyncio.ensure_future(anext(events))
        await venue.perform(_order(), signed_at=WALL.now())
        third = await asyncio.wait_for(following, WITHIN)
        await events.aclose()  # type: ignore[attr-defined]  # it is a generator
    finally:
        await venue.close()

    assert [type(event) for event in (first, lost, second)] == [Gap, Lost, Gap]
    assert not isinstance(third, Gap)


async def test_the_stream_counts_the_frames_that_were_handled(exchange: Served) -> None:
    """A replay's step is acknowledged against this number."""
    venue = _venue(exchange.url)
    try:
        await venue.prepare(exchange.exchange.market.markets)
        events = venue.events()
        await asyncio.wait_for(anext(events), WITHIN)
        await venue.perform(_order(), signed_at=WALL.now())
        sent = exchange.exchange.streams.sent(venue.progress().stream)
        reading = asyncio.create_task(_read_on(events))
        await asyncio.wait_for(venue.reached(sent), WITHIN)
        reading.cancel()
        progress = venue.progress()
    finally:
        await venue.close()

    assert sent == 3  # a new order, the account, the fill
    assert progress.frames == sent


async def _read_on(events: AsyncIterator[object]) -> None:
    async for _ in events:
        pass
