"""The private stream through ccxt's websocket: raw frames in, events out, connected anew whenever it breaks.

Each connection begins with a Gap, so that the account is read after it and nothing falls between. A venue that says
that a connection brings nothing more, sends what can't be read, or does not renew its listen key, is connected anew;
so is every connection before the venue ends it after a day. The listen key is never given back: the account has one,
and another program may listen by it.
"""

import asyncio
import contextlib
import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

import structlog

from tradepods_core.errors import Temporary, TradepodsError
from tradepods_core.shapes import Symbol
from tradepods_worker.adapters.venues.binanceusdm import account, stream
from tradepods_worker.adapters.venues.binanceusdm.errors import StreamExpired, readable
from tradepods_worker.adapters.venues.binanceusdm.orders import Call
from tradepods_worker.adapters.venues.venue_clock import VenueClock
from tradepods_worker.ports import Clock, Gap, Lost, Progress, VenueEvent

KEEP_EVERY = 5 * 60.0  # seconds: a listen key lives for an hour, and clocks drift
KEEP_AGAIN = 20.0  # seconds after a try that failed, or that a limit did not allow
LIFE = 23 * 3_600.0  # seconds: the venue ends a connection after 24 hours
SPREAD = 3_600  # seconds by which some go earlier, so that not all accounts are read at once
FAILURES = 3  # tries in a row, after which the connection is given up
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 30.0  # seconds before the next try: each costs a reading of the account
LASTED = timedelta(seconds=30)  # a connection that held so long was a good one
CHANNEL = "private"
BROKEN = object()
log = structlog.get_logger()


class PrivateStream:
    """One account's stream. `names` are the venue's names of the symbols that we know."""

    def __init__(
        self, *, ccxt: Any, errors: Any, ask: Callable[[Call], Awaitable[Any]], clock: VenueClock, wall: Clock
    ) -> None:
        self.names: Mapping[str, Symbol] = {}
        self._ccxt = ccxt
        self._ccxt.handle_message = self._hear
        self._errors = errors
        self._ask = ask
        self._clock, self._wall = clock, wall
        self._frames: asyncio.Queue[object] = asyncio.Queue()
        self._key = ""
        self._handled = 0
        self._moved = asyncio.Event()

    def progress(self) -> Progress:
        """The stream's name, and how many of its frames have been handled."""
        return Progress(stream=self._key, frames=self._handled)

    async def reached(self, frames: int) -> None:
        """Wait until so many frames are handled, or the stream was connected anew."""
        begun = self._key, self._frames
        while self._handled < frames and begun == (self._key, self._frames):
            self._moved.clear()
            await self._moved.wait()

    async def events(self) -> AsyncIterator[VenueEvent]:
        """Events, without end."""
        pause = FIRST_PAUSE
        while True:
            begun = self._wall.now()
            try:
                async with contextlib.aclosing(self._connection()) as connection:
                    async for event in connection:
                        yield event
            except (Temporary, self._errors.BaseError) as error:
                log.warning("private_stream_broken", error=type(error).__name__)
            yield Lost()
            pause = FIRST_PAUSE if self._wall.now() - begun >= LASTED else min(pause * 2, LONGEST_PAUSE)
            await self._wall.sleep(pause)

    async def _connection(self) -> AsyncGenerator[VenueEvent, None]:
        """One connection, from its listen key to its end."""
        url, gone = await self._connect()
        keeping = asyncio.create_task(self._keep(url))
        try:
            yield Gap(why="connected")
            while (frame := await self._frames.get()) is not BROKEN:
                with readable():
                    events = tuple(stream.events(frame, names=self.names, seen_at=self._wall.now()))
                for event in events:
                    yield event
                self._count()
                if stream.is_last(frame):
                    self._give_up(url, "the listen key has expired")
        finally:
            keeping.cancel()
            gone.cancel()

    async def _connect(self) -> "tuple[str, asyncio.Future[Any]]":
        """Open the websocket: its address, and a future that fails when the connection does."""
        answer = await self._ask(account.LISTEN)
        with readable():
            self._key = str(answer["listenKey"])
        self._frames, self._handled = asyncio.Queue(), 0
        self._moved.set()
        url = self._ccxt.get_private_ws_url("linear", self._key)
        gone: asyncio.Future[Any] = self._ccxt.watch(url, CHANNEL, None, CHANNEL)
        frames = self._frames
        gone.add_done_callback(lambda future: _report(future, frames))
        connected = self._ccxt.client(url).connected
        await asyncio.wait({gone, connected}, return_when=asyncio.FIRST_COMPLETED)
        if not connected.done():
            gone.result()
        return url, gone

    def _hear(self, _client: Any, message: object) -> None:
        self._frames.put_nowait(message)

    def _count(self) -> None:
        self._handled += 1
        self._moved.set()

    async def _keep(self, url: str) -> None:
        """Renew the listen key, measure the clock; give the connection up where it can't last, and before a day.

        While a limit keeps us from asking it is not given up: it brings what it brings, and no new one could be had.
        """
        failures, pause, ends = 0, KEEP_EVERY, self._wall.now() + _life(self._key)
        while failures < FAILURES and (left := (ends - self._wall.now()).total_seconds()) > 0:
            await self._wall.sleep(min(pause, left))
            try:
                await self._ask(account.KEEP_LISTENING)
                await self._clock.measure()
                failures, pause = 0, KEEP_EVERY
            except StreamExpired:
                break  # it expired without a word: what happened since was not heard
            except TradepodsError as error:
                limited = isinstance(error, Temporary) and error.after > 0
                failures, pause = failures + (not limited), KEEP_AGAIN
                log.warning("listen_key_not_renewed", error=str(error))
        self._give_up(url, "the listen key is not renewed, or the connection is a day old")

    def _give_up(self, url: str, why: str) -> None:
        """Break our own connection, as if the venue had."""
        client = self._ccxt.clients.get(url)
        if client is not None:
            client.on_error(self._errors.NetworkError(why))


def _life(key: str) -> timedelta:
    """How long a connection is kept; an account's always the same."""
    return timedelta(seconds=LIFE - zlib.crc32(key.encode()) % SPREAD)


def _report(future: "asyncio.Future[Any]", frames: "asyncio.Queue[object]") -> None:
    """The end of the connection is the last thing in its queue."""
    if not future.cancelled():
        future.exception()
        frames.put_nowait(BROKEN)
