"""The route of the event stream, and how it is answered: from one encoding, written to each connection at once.

Only where a reader stands does a chunk wait for it, and pass through the framework. For a thousand readers who take
what they are given, waking a task and a dozen calls for each would cost more than the writing.
"""

import functools
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import aclosing, contextmanager
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request
from fastapi.responses import Response, StreamingResponse
from starlette.exceptions import HTTPException

from tradepods_signals.adapters.http.access import EVERYONE, OPEN, caller_of, only
from tradepods_signals.adapters.http.connections import CONNECTION, BoundedProtocol
from tradepods_signals.adapters.http.guard import Message, Receive, Send
from tradepods_signals.ports.callers import Caller
from tradepods_signals.ports.doors import Doors, Subscription

EVENTS = "text/event-stream"
NO_BUFFER = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
DESCRIBED: dict[int | str, dict[str, Any]] = {200: {"description": "events, without end", "content": {EVENTS: {}}}}


def make_router(doors: Doors, *, most: int) -> APIRouter:
    """The event stream; `most` is how many of it one caller may read at once."""
    router = APIRouter(prefix="/v1", route_class=only(*EVERYONE), tags=["stream"])
    readers, framing = Readers(most=most), Framing()

    @router.get("/stream", response_class=StreamingResponse, responses=DESCRIBED)
    async def stream(
        request: Request, last_event: Annotated[str | None, Header(alias="Last-Event-ID", max_length=100)] = None
    ) -> Response:
        """Server-sent events: cycle, marks, strategies, halt, ping; after `Last-Event-ID`, or `reset` comes first."""
        caller = caller_of(request)
        readers.check(caller)
        return Events(functools.partial(doors.subscribe, last_event=last_event), readers.one(caller), framing)

    return router


class Readers:
    """How many streams each caller reads."""

    def __init__(self, *, most: int) -> None:
        self._most = most
        self._now: Counter[Caller] = Counter()

    def check(self, caller: Caller) -> None:
        """Raise HTTPException where this caller may read no more of them."""
        if caller is not OPEN and self._now[caller] >= self._most:
            raise HTTPException(429, f"{caller.who} reads {self._most} streams already", {"Retry-After": "5"})

    @contextmanager
    def one(self, caller: Caller) -> Iterator[None]:
        """Meanwhile it reads one more."""
        self._now[caller] += 1
        try:
            yield
        finally:
            self._now[caller] -= 1
            if not self._now[caller]:
                del self._now[caller]


class Framing:
    """HTTP's frame around a chunk, made once for all the readers that are given the same one."""

    def __init__(self) -> None:
        self._chunk = self._framed = b""

    def of(self, chunk: bytes) -> bytes:
        """The chunk in its frame."""
        if chunk is not self._chunk:
            self._chunk, self._framed = chunk, b"%x\r\n%b\r\n" % (len(chunk), chunk)
        return self._framed


class Events(Response):
    """Events until the reader leaves, falls behind, or the service stops."""

    media_type = EVENTS

    def __init__(self, subscribe: Callable[[], Subscription], reading: Any, framing: Framing) -> None:
        self.status_code, self.background = 200, None
        self.init_headers(NO_BUFFER)
        self._subscribe, self._reading, self._framing = subscribe, reading, framing

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer. One who leaves before this was never subscribed: there is nothing to clean up after."""
        del receive
        connection: BoundedProtocol = scope["state"][CONNECTION]
        with self._reading:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            await self._tell(connection, send)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _tell(self, connection: BoundedProtocol, send: Send) -> None:
        stream, framing = self._subscribe(), self._framing
        connection.on_lost(stream.end)
        chunks = stream.chunks(at_once=lambda chunk: connection.write_at_once(framing.of(chunk)))
        async with aclosing(chunks):
            async for chunk in chunks:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
                if connection.is_lost:
                    break
        connection.on_lost(None)
