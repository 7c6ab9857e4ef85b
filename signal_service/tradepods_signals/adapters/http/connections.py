"""Bounds of a connection: how long a request's head may take and how large it may be, how long a reader may stand.

uvicorn bounds idle connections between two requests; what comes before the first, half of one, many requests at once,
and how many strangers there are is bounded here.
"""

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from tradepods_core.wire.problem import MEDIA_TYPE, ProblemDocument
from tradepods_signals.adapters.http.bounds import KIB, Bounds

CONNECTION = "tradepods.connection"  # in the state of a request's scope: the connection that it came by
MOST_WAITING = 16  # requests of one connection behind the one that is answered


class TooManyWaiting(Exception):
    """A connection sends requests faster than it takes answers; it ends the parser's work on what has come."""


class Doorstep:
    """Connections of strangers: nobody has shown a token on them."""

    def __init__(self, *, most: int) -> None:
        self._most = most
        self._strangers: dict[BoundedProtocol, None] = {}

    def __len__(self) -> int:
        """How many there are."""
        return len(self._strangers)

    def arrived(self, connection: "BoundedProtocol") -> None:
        """One more; it may be one too many."""
        self._strangers[connection] = None
        if len(self._strangers) > self._most:
            oldest = next(iter(self._strangers))
            self.gone(oldest)  # now, and not once its end has come round: each arrival ends one
            oldest.drop()

    def gone(self, connection: "BoundedProtocol") -> None:
        """It is no stranger any more, or no more at all."""
        self._strangers.pop(connection, None)


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's connection, with these bounds."""

    def __init__(self, *args: Any, doorstep: Doorstep, bounds: Bounds, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._doorstep, self._bounds = doorstep, bounds
        self._head: asyncio.TimerHandle | None = None
        self._head_size = 0
        self._standing: asyncio.TimerHandle | None = None
        self._on_lost: Callable[[], None] | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Somebody is there."""
        super().connection_made(transport)
        self._doorstep.arrived(self)
        self._expect_head()

    def data_received(self, data: bytes) -> None:
        """Some bytes; while they are of a head that is not whole they are counted."""
        if self._head is None and not self._answering():
            self._expect_head()
        super().data_received(data)
        if self._head is not None:
            self._head_size += len(data)
            if self._head_size > self._bounds.head_kib * KIB:
                detail = f"a request's head may have {self._bounds.head_kib} KiB"
                self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, detail)

    def on_message_begin(self) -> None:
        """A head begins."""
        super().on_message_begin()
        self.scope["state"][CONNECTION] = self
        self._expect_head()

    def on_headers_complete(self) -> None:
        """It is whole."""
        self._forget_head()
        super().on_headers_complete()
        if len(self.pipeline) > MOST_WAITING:
            self.pipeline.clear()
            self._refuse(HTTPStatus.TOO_MANY_REQUESTS, "wait for answers before you ask more on one connection")
            raise TooManyWaiting

    def pause_writing(self) -> None:
        """The reader takes nothing more for now."""
        super().pause_writing()
        if self._standing is None:
            self._standing = self.loop.call_later(self._bounds.standing_seconds, self.drop)

    def resume_writing(self) -> None:
        """It does again."""
        super().resume_writing()
        self._forget_standing()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        self._doorstep.gone(self)
        self._forget_head()
        self._forget_standing()
        self.pipeline.clear()
        super().connection_lost(exc)
        if self._on_lost is not None:
            self._on_lost()

    def send_400_response(self, msg: str) -> None:
        """What was sent is no HTTP."""
        self._refuse(HTTPStatus.BAD_REQUEST, msg)

    def drop(self) -> None:
        """End it at once, whatever waits."""
        self._forget_head()
        self.transport.abort()

    def believed(self) -> None:
        """Somebody has shown a token that counts."""
        self._doorstep.gone(self)

    @property
    def is_lost(self) -> bool:
        """Whether it has ended, or is about to."""
        return self.transport.is_closing()

    def on_lost(self, told: Callable[[], None] | None) -> None:
        """Call this once it ends, which may be now; None calls nobody any more."""
        self._on_lost = told
        if told is not None and self.is_lost:
            told()

    def write_at_once(self, framed: bytes) -> bool:
        """Write a part of the answer under way, framed as HTTP wants it; False where the reader takes no more now."""
        if self.flow.write_paused or self.is_lost:
            return False
        self.transport.write(framed)
        return True

    def _answering(self) -> bool:
        """Whether a request of this connection waits for its answer."""
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and not cycle.response_complete

    def _expect_head(self) -> None:
        if self._head is None:
            self._head_size = 0
            self._head = self.loop.call_later(self._bounds.head_seconds, self.drop)

    def _forget_head(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None

    def _forget_standing(self) -> None:
        if self._standing is not None:
            self._standing.cancel()
            self._standing = None

    def _refuse(self, status: HTTPStatus, detail: str) -> None:
        """A problem document, written past the application, and the end."""
        if self.transport.is_closing():
            return
        document = ProblemDocument(title=status.phrase.lower(), status=status, detail=detail)
        body = document.model_dump_json(by_alias=True)
        head = f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: {MEDIA_TYPE}\r\n"
        self.transport.write(f"{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode())
        self.transport.close()
