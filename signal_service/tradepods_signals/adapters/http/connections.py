"""Bounds of a connection: how long a request's head may take and how large it may be, how long a reader may stand.

uvicorn bounds idle connections between two requests; what comes before the first, and half of one, is bounded here.
"""

import asyncio
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from tradepods_core.wire.problem import MEDIA_TYPE, ProblemDocument

HEAD_WITHIN = 10.0  # seconds
LARGEST_HEAD = 32 * 2**10  # bytes
STANDS_FOR = 30.0  # seconds in which a reader takes nothing of what waits for it
MOST_UNHEARD = 2_048  # connections without a whole head: one more, and the oldest of them goes


class Doorstep:
    """Connections that have not said yet what they want."""

    def __init__(self, *, most: int = MOST_UNHEARD) -> None:
        self._most = most
        self._unheard: dict[BoundedProtocol, None] = {}

    def arrived(self, connection: "BoundedProtocol") -> None:
        """One more; it may be one too many."""
        self._unheard[connection] = None
        if len(self._unheard) > self._most:
            next(iter(self._unheard)).drop()

    def heard(self, connection: "BoundedProtocol") -> None:
        """It has said it, or is gone."""
        self._unheard.pop(connection, None)


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's connection, with these bounds."""

    def __init__(
        self,
        *args: Any,
        doorstep: Doorstep,
        head_within: float = HEAD_WITHIN,
        stands_for: float = STANDS_FOR,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._doorstep, self._head_within, self._stands_for = doorstep, head_within, stands_for
        self._head: asyncio.TimerHandle | None = None
        self._head_size = 0
        self._standing: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Somebody is there."""
        super().connection_made(transport)
        self._expect_head()

    def data_received(self, data: bytes) -> None:
        """Some bytes; while they are of a head that is not whole they are counted."""
        if self._head is None and not self._answering():
            self._expect_head()
        super().data_received(data)
        if self._head is not None:
            self._head_size += len(data)
            if self._head_size > LARGEST_HEAD:
                detail = f"a request's head may have {LARGEST_HEAD} bytes"
                self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, detail)

    def on_message_begin(self) -> None:
        """A head begins."""
        super().on_message_begin()
        self._expect_head()

    def on_headers_complete(self) -> None:
        """It is whole."""
        self._forget_head()
        super().on_headers_complete()

    def pause_writing(self) -> None:
        """The reader takes nothing more for now."""
        super().pause_writing()
        if self._standing is None:
            self._standing = self.loop.call_later(self._stands_for, self.drop)

    def resume_writing(self) -> None:
        """It does again."""
        super().resume_writing()
        self._forget_standing()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        self._forget_head()
        self._forget_standing()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """What was sent is no HTTP."""
        self._refuse(HTTPStatus.BAD_REQUEST, msg)

    def drop(self) -> None:
        """End it at once, whatever waits."""
        self._forget_head()
        self.transport.abort()

    def _answering(self) -> bool:
        """Whether a request of this connection waits for its answer."""
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and not cycle.response_complete

    def _expect_head(self) -> None:
        if self._head is None:
            self._head_size = 0
            self._head = self.loop.call_later(self._head_within, self.drop)
            self._doorstep.arrived(self)

    def _forget_head(self) -> None:
        self._doorstep.heard(self)
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
