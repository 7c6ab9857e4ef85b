"""Websocket connections: a queue and a writer each, so that a client that stops reading never holds the exchange."""

import asyncio
import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientConnectionResetError, web

from tradepods_simulator.exchange.stream_faults import StreamFaults

LONGEST_QUEUE = 10_000  # frames that a client may be behind before it is dropped


@dataclass(slots=True, eq=False)
class Connection:
    """One websocket; `sent` counts the frames given to it, and acknowledgements of steps are held against that."""

    socket: web.WebSocketResponse
    queue: "asyncio.Queue[str | None]" = field(default_factory=asyncio.Queue)
    sent: int = 0

    def send(self, frame: Any) -> None:
        """Queue one frame; a client that is too far behind is dropped."""
        self.sent += 1
        behind = self.queue.qsize() >= LONGEST_QUEUE
        self.queue.put_nowait(None if behind else json.dumps(frame, separators=(",", ":")))

    def reply(self, frame: Any) -> None:
        """Queue an answer to a command of the client; it counts as no event."""
        self.queue.put_nowait(json.dumps(frame, separators=(",", ":")))

    async def write(self) -> None:
        """Write what is queued until the client is gone."""
        with contextlib.suppress(ClientConnectionResetError, ConnectionError):
            while (text := await self.queue.get()) is not None:
                await self.socket.send_str(text)
        await self.socket.close()


class Streams:
    """Who listens to what."""

    def __init__(self) -> None:
        self._subscribers: dict[str, dict[Connection, None]] = {}
        self._private: dict[str, Connection] = {}
        self.faults = StreamFaults()

    def subscribe(self, stream: str, connection: Connection) -> None:
        """Add a listener of a market stream."""
        self._subscribers.setdefault(stream, {})[connection] = None

    def listen(self, listen_key: str, connection: Connection) -> None:
        """Make this the listen key's connection; an earlier one hears no more."""
        self._private[listen_key] = connection

    def leave(self, connection: Connection) -> None:
        """Forget a connection."""
        for listeners in self._subscribers.values():
            listeners.pop(connection, None)
        for key in [key for key, listener in self._private.items() if listener is connection]:
            del self._private[key]

    def broadcast(self, stream: str, frame: Any) -> None:
        """Send to every listener of a market stream."""
        for connection in self._subscribers.get(stream, {}):
            connection.send(frame)

    def tell(self, listen_key: str, frames: Iterator[Any]) -> None:
        """Send to the one who listens to an account."""
        connection = self._private.get(listen_key)
        if connection is not None and self.faults.disconnects:
            connection.queue.put_nowait(None)
            self.leave(connection)
            connection = None
        if connection is not None:
            for frame in self.faults.passing(frames):
                connection.send(frame)

    def sent(self, listen_key: str) -> int:
        """Frames sent on the account's present connection."""
        connection = self._private.get(listen_key)
        return 0 if connection is None else connection.sent
