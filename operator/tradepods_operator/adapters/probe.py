"""Answers a kubelet and a Prometheus over HTTP: three addresses, and no more connections than it can hold."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

LONGEST = 4_096  # bytes of a question
WITHIN = 5.0  # seconds for a question, and for its answer to be taken
COME = 16  # connections that one turn of the loop lets in
MOST = 2 * COME  # of each kind at once: who asks as he comes is heard in the next turn, before so many came after him
OK, NOT_FOUND, UNAVAILABLE = "200 OK", "404 Not Found", "503 Service Unavailable"
PLAIN, FIGURES = "text/plain; charset=utf-8", "text/plain; version=0.0.4; charset=utf-8"


@asynccontextmanager
async def serving(
    *, host: str, port: int, health: Callable[[], str], readiness: Callable[[], str], metrics: Callable[[], bytes]
) -> AsyncIterator[int]:
    """Answer until the end of the block; gives the port. `health` and `readiness` say what is wrong, "" if nothing."""
    probe = Probe(health=health, readiness=readiness, metrics=metrics)
    async with await asyncio.start_server(probe.hear, host, port, limit=LONGEST, backlog=COME) as server:
        yield server.sockets[0].getsockname()[1]


class Places:
    """So many connections. One more ends the oldest: whoever came to stay never keeps a kubelet out."""

    def __init__(self) -> None:
        self._held: dict[asyncio.StreamWriter, None] = {}

    @contextmanager
    def held(self, writer: asyncio.StreamWriter) -> Iterator[None]:
        """A place for this connection, for the block."""
        self._held[writer] = None
        if len(self._held) > MOST:
            oldest = next(iter(self._held))
            del self._held[oldest]  # now, and not once its end has come round: each arrival ends one
            oldest.transport.abort()
        try:
            yield
        finally:
            self._held.pop(writer, None)


class Probe:
    """Answers one question a connection."""

    def __init__(
        self, *, health: Callable[[], str], readiness: Callable[[], str], metrics: Callable[[], bytes]
    ) -> None:
        self._health, self._readiness, self._metrics = health, readiness, metrics
        self._silent, self._taking = Places(), Places()

    async def hear(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Hear it out, and answer; whoever asks too long, too much or nothing gets no answer."""
        try:
            with suppress(OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                async with asyncio.timeout(WITHIN):
                    with self._silent.held(writer):
                        head = await reader.readuntil(b"\r\n\r\n")
                    with self._taking.held(writer):
                        writer.transport.set_write_buffer_limits(high=0)  # drained: nothing of it is left here
                        writer.write(self._answer(head))
                        await writer.drain()
        finally:
            writer.transport.abort()  # its answer has left, or never will

    def _answer(self, head: bytes) -> bytes:
        words = head.partition(b"\r\n")[0].decode("latin-1").split(" ")
        path = words[1].partition("?")[0] if len(words) > 1 and words[0] == "GET" else ""
        match path:
            case "/healthz":
                return _found(self._health())
            case "/readyz":
                return _found(self._readiness())
            case "/metrics":
                return _said(OK, self._metrics(), FIGURES)
        return _said(NOT_FOUND, b"ask for /healthz, /readyz or /metrics\n")


def _found(wrong: str) -> bytes:
    return _said(UNAVAILABLE if wrong else OK, f"{wrong or 'ok'}\n".encode())


def _said(status: str, body: bytes, form: str = PLAIN) -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {form}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return head.encode() + body
