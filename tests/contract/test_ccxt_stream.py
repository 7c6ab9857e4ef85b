"""The private stream through real ccxt: broken connections, and the count of frames that were handled."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from support.scripted import WALL, ccxt_venue, order
from support.servers import Served
from tradepods_core.errors import Temporary
from tradepods_worker.adapters.clocks import WallClock
from tradepods_worker.adapters.venues.binanceusdm import account
from tradepods_worker.adapters.venues.binanceusdm.orders import Call
from tradepods_worker.adapters.venues.private_stream import KEEP_EVERY, PrivateStream
from tradepods_worker.ports import Gap, Lost, VenueEvent

WITHIN = 5.0


class Hurried(WallClock):
    """An hour passes in no time."""

    async def sleep(self, seconds: float) -> None:
        """Wait hardly at all."""
        await asyncio.sleep(min(seconds, 0.01))


class Paused(WallClock):
    """Pauses are written down, and not waited for; the rest of five minutes until the next keep-alive is."""

    def __init__(self) -> None:
        self.pauses: list[float] = []

    async def sleep(self, seconds: float) -> None:
        """Write down."""
        if seconds >= KEEP_EVERY:
            await super().sleep(seconds)
        self.pauses.append(seconds)


async def _next(events: AsyncIterator[VenueEvent]) -> VenueEvent:
    return await asyncio.wait_for(anext(events), WITHIN)


async def test_a_broken_private_stream_is_connected_anew_and_says_so(exchange: Served) -> None:
    """It is lost, then a gap before anything else, so that the account is read after it; events go on."""
    venue = ccxt_venue(exchange.url)
    try:
        await venue.prepare(exchange.exchange.market.markets)
        events = venue.events()
        first = await _next(events)
        for connection in list(exchange.exchange.streams._private.values()):
            await connection.socket.close()
        lost, second = [await _next(events) for _ in range(2)]
        following = asyncio.ensure_future(anext(events))
        await venue.perform(order(), signed_at=WALL.now())
        third = await asyncio.wait_for(following, WITHIN)
        await events.aclose()  # type: ignore[attr-defined]  # it is a generator
    finally:
        await venue.close()

    assert [type(event) for event in (first, lost, second)] == [Gap, Lost, Gap]
    assert not isinstance(third, Gap)


@pytest.mark.parametrize(
    "frame",
    [
        {"e": "listenKeyExpired", "E": 1, "listenKey": "k"},
        {"e": "ORDER_TRADE_UPDATE", "o": {"c": "tp" + "a" * 26}},
        {"e": "ALGO_UPDATE"},
        {"e": "ORDER_TRADE_UPDATE", "o": "nothing"},
    ],
)
async def test_a_stream_that_brings_nothing_more_or_garbage_is_connected_anew(
    exchange: Served, frame: dict[str, Any]
) -> None:
    """An expired listen key leaves the socket open and silent; of an unreadable frame nobody knows what it said."""
    venue = ccxt_venue(exchange.url)
    try:
        await venue.prepare(exchange.exchange.market.markets)
        events = venue.events()
        heard = [await _next(events)]
        (connection,) = exchange.exchange.streams._private.values()
        connection.send(frame)
        heard += [await _next(events) for _ in range(2)]
        await events.aclose()  # type: ignore[attr-defined]  # it is a generator
    finally:
        await venue.close()

    assert [type(event) for event in heard] == [Gap, Lost, Gap]


async def test_a_connection_that_breaks_again_and_again_is_tried_less_and_less_often(exchange: Served) -> None:
    """Each costs a reading of the account: at the first pause they would ban the address."""
    wall = Paused()
    venue = ccxt_venue(exchange.url, wall=wall)
    try:
        await venue.prepare(exchange.exchange.market.markets)
        events = venue.events()
        for _ in range(6):
            assert isinstance(await _next(events), Gap)
            for connection in list(exchange.exchange.streams._private.values()):
                connection.send({"e": "ORDER_TRADE_UPDATE"})
            assert isinstance(await _next(events), Lost)
        await events.aclose()  # type: ignore[attr-defined]  # it is a generator
    finally:
        await venue.close()

    assert wall.pauses == pytest.approx([0.2, 0.4, 0.8, 1.6, 3.2])


async def test_a_listen_key_that_is_not_renewed_gives_the_connection_up(exchange: Served) -> None:
    """After three tries: the venue will close it without a word within the hour."""
    venue = ccxt_venue(exchange.url)
    tries = 0

    async def ask(call: Call) -> Any:
        nonlocal tries
        if call is account.KEEP_LISTENING:
            tries += 1
            raise Temporary("the exchange does not answer")
        return await venue._wire.ask(call)

    errors, clock = venue._stream._errors, venue._wire.clock
    stream = PrivateStream(ccxt=venue._ccxt, errors=errors, ask=ask, clock=clock, wall=Hurried())
    try:
        await venue.prepare(exchange.exchange.market.markets)
        events = stream.events()
        heard = [await _next(events) for _ in range(3)]
        await events.aclose()  # type: ignore[attr-defined]  # it is a generator
    finally:
        await venue.close()

    assert [type(event) for event in heard] == [Gap, Lost, Gap]
    assert tries >= 3


async def test_the_stream_counts_the_frames_that_were_handled(exchange: Served) -> None:
    """A replay's step is acknowledged against this number."""
    venue = ccxt_venue(exchange.url)
    try:
        await venue.prepare(exchange.exchange.market.markets)
        events = venue.events()
        await _next(events)
        await venue.perform(order(), signed_at=WALL.now())
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
