"""The private stream's days, on a clock that a test moves: kept alive, connected anew in time, never given back."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest

from support import virtual_loop
from support.build import WALL
from support.virtual_loop import VirtualClock
from tradepods_core.errors import Temporary
from tradepods_worker.adapters.venues.binanceusdm import account
from tradepods_worker.adapters.venues.binanceusdm.errors import StreamExpired
from tradepods_worker.adapters.venues.binanceusdm.orders import Call
from tradepods_worker.adapters.venues.private_stream import PrivateStream
from tradepods_worker.adapters.venues.venue_clock import VenueClock
from tradepods_worker.ports import Gap, Lost, VenueEvent

HOUR = 3_600.0


class NetworkError(Exception):
    """What ccxt raises."""


@dataclass(slots=True)
class Client:
    """One of ccxt's websocket connections."""

    connected: "asyncio.Future[bool]"
    gone: "asyncio.Future[object]"

    def on_error(self, error: Exception) -> None:
        """It breaks."""
        if not self.gone.done():
            self.gone.set_exception(error)


@dataclass(slots=True)
class Venue:
    """What ccxt and the account's endpoints do for the stream; keeps when it was asked what."""

    keys: int = 0
    asked: list[tuple[float, str]] = field(default_factory=list)
    keeping: Callable[[int], Exception | None] = lambda _: None
    clients: dict[str, Client] = field(default_factory=dict)
    handle_message: Any = None

    async def ask(self, call: Call) -> Any:
        """Answer."""
        self.asked.append((asyncio.get_running_loop().time(), call.method))
        if call is account.LISTEN:
            self.keys += 1
            return {"listenKey": f"key-{self.keys}"}
        if call is account.KEEP_LISTENING and (error := self.keeping(len(self.times(call)))) is not None:
            raise error
        return {}

    async def time(self) -> Any:
        """The venue's clock is ours."""
        return VirtualClock().now()

    def get_private_ws_url(self, _kind: str, key: str) -> str:
        """Where a key listens."""
        return f"wss://{key}"

    def watch(self, url: str, *_: object) -> "asyncio.Future[object]":
        """A connection that is there at once."""
        loop = asyncio.get_running_loop()
        client = Client(loop.create_future(), loop.create_future())
        client.connected.set_result(True)
        self.clients[url] = client
        return client.gone

    def client(self, url: str) -> Client:
        """The connection."""
        return self.clients[url]

    def times(self, call: Call) -> list[float]:
        """When it was asked so."""
        return [at for at, method in self.asked if method == call.method]


def _heard(venue: Venue, *, hours: float) -> list[tuple[float, VenueEvent]]:
    """What is heard in so many hours, and when."""

    async def work() -> list[tuple[float, VenueEvent]]:
        clock, heard = VirtualClock(), []
        errors = SimpleNamespace(NetworkError=NetworkError, BaseError=NetworkError)
        venue_clock = VenueClock(ask=venue.time, wall=clock)
        stream = PrivateStream(ccxt=venue, errors=errors, ask=venue.ask, clock=venue_clock, wall=clock)
        try:
            async with asyncio.timeout(hours * HOUR):
                async for event in stream.events():
                    heard.append(((clock.now() - WALL).total_seconds(), event))  # noqa: PERF401 - what is heard until then
        except TimeoutError:
            return heard
        raise AssertionError("it has an end")

    return virtual_loop.run(work())


def _gaps(heard: list[tuple[float, VenueEvent]]) -> list[float]:
    return [at for at, event in heard if isinstance(event, Gap)]


def test_a_connection_is_replaced_before_the_venue_ends_it_and_the_account_is_read_after_it() -> None:
    """In three days three times, each after 22 to 23 hours, each time with a gap within a second."""
    heard = _heard(Venue(), hours=72)
    gaps = _gaps(heard)

    assert [type(event) for _, event in heard] == [Gap, Lost, Gap, Lost, Gap, Lost, Gap]
    assert all(22 * HOUR <= later - earlier <= 23 * HOUR + 1 for earlier, later in pairwise(gaps))
    assert all(heard[n + 1][0] - heard[n][0] < 1 for n in (1, 3, 5)), "what is lost is back within a second"


def test_a_listen_key_is_renewed_long_before_it_expires() -> None:
    """It lives for an hour; it is never asked for again while the connection holds, and never given back."""
    venue = Venue()
    _heard(venue, hours=20)
    kept = venue.times(account.KEEP_LISTENING)

    assert venue.keys == 1
    assert max(later - earlier for earlier, later in pairwise(kept)) <= HOUR / 2
    assert {method for _, method in venue.asked} == {account.LISTEN.method, account.KEEP_LISTENING.method}


def test_a_key_that_expired_without_a_word_is_replaced_at_once() -> None:
    """The venue knows it no more: a new one, and a gap, for nobody knows since when nothing was heard."""
    venue = Venue(keeping=lambda tries: StreamExpired("gone") if tries == 3 else None)
    heard = _heard(venue, hours=1)
    expired = venue.times(account.KEEP_LISTENING)[2]

    assert [type(event) for _, event in heard] == [Gap, Lost, Gap]
    assert venue.keys == 2
    assert _gaps(heard)[1] - expired < 1


@pytest.mark.parametrize(("failing", "connections"), [(2, 1), (3, 2)])
def test_a_venue_that_does_not_answer_is_asked_again_before_the_connection_is_given_up(
    failing: int, connections: int
) -> None:
    """Three tries, twenty seconds apart."""
    venue = Venue(keeping=lambda tries: Temporary("away") if tries <= failing else None)

    assert len(_gaps(_heard(venue, hours=1))) == connections


def test_a_limit_does_not_cost_the_connection_that_stands() -> None:
    """Half an hour in which nothing may be asked: the key lives for an hour, and no new one could be had."""

    def limited(_tries: int) -> Exception | None:
        now = asyncio.get_running_loop().time()
        return Temporary("the exchange's rate limit", after=2_400 - now) if 600 < now < 2_400 else None

    venue = Venue(keeping=limited)
    heard = _heard(venue, hours=3)
    kept = [at for at in venue.times(account.KEEP_LISTENING) if not 600 < at < 2_400]

    assert [type(event) for _, event in heard] == [Gap]
    assert max(later - earlier for earlier, later in pairwise(kept)) < HOUR


def test_not_all_accounts_are_read_at_once() -> None:
    """Started together, they are connected anew at different times."""
    ends = set()
    for number in range(8):
        venue = Venue(keys=100 * number)
        ends.add(round(_gaps(_heard(venue, hours=24))[1]))

    assert len(ends) == 8
