"""Requests and time: what protects is signed when it leaves, however long the venue takes to tell its time."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

from support import virtual_loop
from support.build import BTC, market
from support.scripted import ccxt_venue, order
from support.virtual_loop import VirtualClock
from tradepods_core.book.events import IntentSettled
from tradepods_core.book.intents import Accepted, Outcome
from tradepods_core.errors import Temporary
from tradepods_core.times import to_ms
from tradepods_worker.adapters.venues.binanceusdm import account
from tradepods_worker.adapters.venues.binanceusdm.errors import Refused
from tradepods_worker.adapters.venues.budget import Kind
from tradepods_worker.adapters.venues.meter import Ticket
from tradepods_worker.adapters.venues.wire import WINDOW_MS
from tradepods_worker.engine.courier import Courier

SLOW = 3.0  # seconds: longer than a signature holds
LATE = '{"code":-1021,"msg":"Timestamp for this request is outside of the recvWindow."}'
D = Decimal


@dataclass(slots=True)
class SlowVenue:
    """It tells its time slowly, and refuses what was signed too long ago."""

    clock: VirtualClock
    times: list[float] = field(default_factory=list)
    late: int = 0

    async def time(self, _params: Mapping[str, Any]) -> Mapping[str, Any]:
        """Its time, as it is when the answer arrives."""
        await asyncio.sleep(SLOW)
        return {"serverTime": to_ms(self.clock.now()) - round(SLOW * 500)}

    async def place(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """Take an order that is in time."""
        if to_ms(self.clock.now()) > params["timestamp"] + WINDOW_MS:
            self.late += 1
            raise Refused(status=400, headers={}, text=LATE)
        self.times.append(asyncio.get_running_loop().time())
        return {"algoId": 7, "algoStatus": "NEW"}


async def _stopped(clock: VirtualClock, venue: SlowVenue) -> list[IntentSettled]:
    """A stop that is sent while the clock is doubted; what became of it within a minute."""
    adapter, settled = ccxt_venue("http://localhost", wall=clock), list[IntentSettled]()
    adapter._ccxt.fapiPublicGetTime, adapter._ccxt.fapiPrivatePostAlgoOrder = venue.time, venue.place
    await adapter.prepare({BTC: market(BTC)})
    adapter._wire.clock.doubted = True
    courier = Courier(venue=adapter, wall=clock, put=settled.append)  # type: ignore[arg-type]
    stop = order(purpose="stop", kind="stop_market", trigger=D(97), committed_at=clock.now())
    async with asyncio.timeout(60):
        await courier.perform(stop)
    return settled


def test_a_stop_is_signed_after_the_clock_was_asked_for() -> None:
    """A signature from before a slow answer would be too late, and the next one too: no stop would ever rest."""

    async def work() -> tuple[SlowVenue, list[IntentSettled]]:
        venue = SlowVenue(VirtualClock())
        return venue, await _stopped(venue.clock, venue)

    venue, settled = virtual_loop.run(work())

    assert [event.outcome for event in settled] == [Accepted()]
    assert venue.late == 0
    assert venue.times == [2 * SLOW], "once for the start, once because it was doubted"


def test_what_has_its_turn_is_sent_as_it_was_signed() -> None:
    """Another request may find the clock doubtful meanwhile: asked for now, the signature would be too late."""

    async def work() -> tuple[SlowVenue, Outcome]:
        venue = SlowVenue(VirtualClock())
        adapter = ccxt_venue("http://localhost", wall=venue.clock)
        adapter._ccxt.fapiPublicGetTime, adapter._ccxt.fapiPrivatePostAlgoOrder = venue.time, venue.place
        await adapter.prepare({BTC: market(BTC)})
        stop = order(purpose="stop", kind="stop_market", trigger=D(97), committed_at=venue.clock.now())
        await adapter.turn(stop)
        adapter._wire.clock.doubted = True
        return venue, await adapter.perform(stop, signed_at=venue.clock.now())

    venue, outcome = virtual_loop.run(work())

    assert (outcome, venue.late) == (Accepted(), 0)


def test_stream_and_clock_are_asked_for_when_questions_have_to_wait() -> None:
    """Where others use most of the address's weight, fills are heard of and stops are signed rightly all the same."""

    async def work() -> list[str]:
        adapter, asked = ccxt_venue("http://localhost", wall=VirtualClock()), list[str]()

        async def answer(params: Mapping[str, Any]) -> Mapping[str, Any]:
            asked.append("listen" if not params else "account")
            return {"listenKey": "key"}

        adapter._ccxt.fapiPrivatePostListenKey = adapter._ccxt.fapiPrivateV3GetAccount = answer
        adapter._ccxt.fapiPublicGetTime = SlowVenue(VirtualClock()).time
        ticket = adapter._wire.turns.take(Kind.QUESTION, weight=1, orders=0)
        assert isinstance(ticket, Ticket)
        adapter._wire.budget.end(ticket, {"X-MBX-USED-WEIGHT-1M": "2100"}, now=VirtualClock().now())
        await adapter._wire.clock.measure()
        await adapter._stream._ask(account.LISTEN)
        with pytest.raises(Temporary, match="rate limit"):
            await adapter._wire.ask(account.ACCOUNT)
        return asked

    assert virtual_loop.run(work()) == ["listen"]
