"""Websocket connections: a queue and a writer each, so that a client that stops reading never holds the exchange."""

import asyncio
import contextlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from aiohttp import ClientConnectionResetError, WSCloseCode, web

from tradepods_simulator.exchange.stream_faults import StreamFaults

LONGEST_QUEUE = 10_000  # frames that a client may be behind before it is dropped
DAY_SECONDS = 24 * 3_600.0  # after which the venue closes every connection
PING_SECONDS = 180.0  # between its pings; half as long for the answer
PATIENCE = 10.0  # seconds in which a client that is dropped may still read what waits for it


@dataclass(slots=True, eq=False)
class Connection:
    """One websocket; `sent` counts the frames given to it, and acknowledgements of steps are held against that.

    `combined` frames say which stream they are of.
    """

    socket: web.WebSocketResponse
    combined: bool = False
    transport: asyncio.Transport | None = None
    queue: "asyncio.Queue[str | None]" = field(default_factory=asyncio.Queue)
    sent: int = 0
    ends: bool = False
    _code: int = WSCloseCode.OK
    _why: str = ""

    def send(self, frame: Any, *, stream: str = "") -> None:
        """Queue one frame; a client that is too far behind is dropped."""
        self.send_text(encoded(frame), stream=stream)

    def send_text(self, text: str, *, stream: str) -> None:
        """Queue a frame that is encoded already."""
        self.sent += 1
        self._put(f'{{"stream":"{stream}","data":{text}}}' if self.combined else text)

    def reply(self, frame: Any) -> None:
        """Queue an answer to a command of the client; it counts as no event."""
        self._put(encoded(frame))

    def close(self, *, code: int = WSCloseCode.OK, why: str = "") -> None:
        """Close once all that is queued is written, or soon where the client doesn't read it."""
        if self.ends:
            return
        self.ends, self._code, self._why = True, code, why
        self.queue.put_nowait(None)
        if self.transport is not None:
            asyncio.get_running_loop().call_later(PATIENCE, self.transport.abort)

    def _put(self, text: str) -> None:
        if self.queue.qsize() >= LONGEST_QUEUE:
            self.close()
        if not self.ends:
            self.queue.put_nowait(text)

    async def write(self) -> None:
        """Write what is queued until the client is gone."""
        with contextlib.suppress(ClientConnectionResetError, ConnectionError):
            while (text := await self.queue.get()) is not None:
                await self.socket.send_str(text)
        await self.socket.close(code=self._code, message=self._why.encode())


def encoded(frame: Any) -> str:
    """A frame as it is sent."""
    return json.dumps(frame, separators=(",", ":"))


class Streams:
    """Who listens to what; `longest` is how many seconds a connection may last, `pings` how many lie between pings."""

    def __init__(self) -> None:
        self.longest, self.pings = DAY_SECONDS, PING_SECONDS
        self._subscribers: dict[str, dict[Connection, None]] = {}
        self._private: dict[str, Connection] = {}
        self.faults = StreamFaults()

    def subscribe(self, stream: str, connection: Connection) -> None:
        """Add a listener of a market stream."""
        self._subscribers.setdefault(stream, {})[connection] = None

    def unsubscribe(self, stream: str, connection: Connection) -> None:
        """Take a listener away."""
        listeners = self._subscribers.get(stream, {})
        listeners.pop(connection, None)
        if not listeners:
            self._subscribers.pop(stream, None)

    def subscriptions(self, connection: Connection) -> list[str]:
        """The market streams that a connection listens to."""
        return [stream for stream, listeners in self._subscribers.items() if connection in listeners]

    def wanted(self) -> Iterator[str]:
        """The market streams that anyone listens to."""
        return iter(tuple(self._subscribers))

    def listen(self, listen_key: str, connection: Connection) -> None:
        """Make this the listen key's connection; an earlier one hears no more."""
        self._private[listen_key] = connection

    def leave(self, connection: Connection) -> None:
        """Forget a connection."""
        for stream in self.subscriptions(connection):
            self.unsubscribe(stream, connection)
        for key in [key for key, listener in self._private.items() if listener is connection]:
            del self._private[key]

    def drop_all(self) -> None:
        """Close every connection."""
        everyone = {*self._private.values(), *(one for found in self._subscribers.values() for one in found)}
        for connection in everyone:
            connection.close()
            self.leave(connection)

    def broadcast(self, stream: str, frame: Any) -> None:
        """Send to every listener of a market stream; the frame is encoded once for all of them."""
        if self._subscribers.get(stream):
            self.faults.deliver([encoded(frame)], partial(self._spread, stream), stream=stream)

    def _spread(self, stream: str, text: str) -> None:
        for connection in self._subscribers.get(stream, ()):
            connection.send_text(text, stream=stream)

    def tell(self, listen_key: str, frames: Iterable[Any], *, customer: str = "") -> None:
        """Send to the one who listens to an account."""
        connection = self._private.get(listen_key)
        if connection is not None and self.faults.breaks(stream="", customer=customer):
            connection.close()
            self.leave(connection)
            connection = None
        if connection is not None:
            self.faults.deliver(frames, partial(connection.send, stream=listen_key), customer=customer)

    def sent(self, listen_key: str) -> int:
        """Frames sent on the account's present connection."""
        connection = self._private.get(listen_key)
        return 0 if connection is None else connection.sent
