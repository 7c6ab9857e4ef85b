"""One reader of the event stream: its queue, and what it is given of it."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field

import structlog

from tradepods_core.errors import Temporary
from tradepods_core.wire.stream import framed
from tradepods_signals.ports.history import Backlog

LONGEST_QUEUE = 1_000  # chunks that a reader may be behind
SMALL = 16 * 2**10  # bytes: what is larger is not copied to be sent together with others
PAGE = 20  # cycles read from the history at once
AtOnce = Callable[[bytes], bool]  # gives a chunk to a reader now; False where it can't take it now
log = structlog.get_logger()


@dataclass(slots=True, eq=False)
class Subscriber:
    """One reader of the stream. `at_once` is there while it waits, and nothing of what was put is on its way."""

    queue: "asyncio.Queue[bytes | None]" = field(default_factory=lambda: asyncio.Queue(LONGEST_QUEUE))
    ended: bool = False
    at_once: AtOnce | None = None

    def put(self, chunk: bytes | None) -> None:
        """Hand it a chunk; None ends it. A reader that is too far behind gets nothing more but its end.

        What it has not read is let go of as a whole, so that its last event id is that of an event it did read.
        """
        if self.ended or (chunk is not None and self._given(chunk)):
            return
        if self.queue.full():
            while not self.queue.empty():
                self.queue.get_nowait()
            chunk = None
        self.ended = chunk is None
        self.queue.put_nowait(chunk)

    def _given(self, chunk: bytes) -> bool:
        """Whether it has the chunk already: it was waiting for one, and nothing stands before this one."""
        return self.at_once is not None and self.queue.empty() and self.at_once(chunk)

    async def next(self, at_once: AtOnce | None) -> bytes | None:
        """The first chunk that is put while it waits and that `at_once` doesn't take, or that is there already."""
        self.at_once = at_once
        try:
            return await self.queue.get()
        finally:
            self.at_once = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """Cycles between two numbers that are only in the history; `named` gives the line of an event's id."""

    backlog: Backlog
    after: int
    until: int
    named: Callable[[int], bytes]

    async def chunks(self) -> AsyncIterator[bytes]:
        """Each as an event, oldest first; raises Temporary where one is gone or can't be read."""
        seen = self.after
        while seen < self.until:
            found = await self.backlog.after(seen, limit=min(PAGE, self.until - seen))
            if not found or found[0].number != seen + 1:
                raise Temporary("the history has let go of what is being read")
            for cycle in found:
                yield self.named(cycle.number) + framed("cycle", cycle.body)
            seen = found[-1].number


class Stream:
    """What one reader gets: first the head, then what is only in the history, then its queue."""

    def __init__(
        self,
        subscriber: Subscriber,
        *,
        head: Sequence[bytes],
        earlier: Earlier | None,
        leave: Callable[[Subscriber], None],
    ) -> None:
        self._subscriber, self._head, self._earlier, self._leave = subscriber, head, earlier, leave

    def end(self) -> None:
        """The reader is gone."""
        self._subscriber.put(None)

    async def chunks(self, *, at_once: AtOnce | None = None) -> AsyncGenerator[bytes]:
        """Encoded events, small ones together, until the service stops or the reader is dropped.

        What is published while all before it has been taken goes by `at_once`, and only what that refuses comes here.
        Where the history fails it ends too: the reader comes back with the id of the last event that it got.
        """
        queue = self._subscriber.queue
        try:
            waiting: list[bytes | None] = list(self._head)
            if self._earlier is not None:
                yield b"".join(self._head)
                async for chunk in self._earlier.chunks():
                    yield chunk
                waiting = []
            while None not in waiting:
                waiting = waiting or [await self._subscriber.next(at_once)]
                while not queue.empty():
                    waiting.append(queue.get_nowait())
                for together in _together(waiting):
                    yield together
                waiting = [None] if None in waiting else []
        except Temporary as error:
            log.warning("stream_ended", error=str(error))
        finally:
            self._leave(self._subscriber)


def _together(waiting: Sequence[bytes | None]) -> Iterator[bytes]:
    """What is small joined, what is large as it is: a thousand copies of a cycle would cost more than sending it."""
    small: list[bytes] = []
    for chunk in waiting:
        if chunk is not None and len(chunk) > SMALL:
            if small:
                yield b"".join(small)
            yield chunk
            small = []
        elif chunk is not None:
            small.append(chunk)
    if small:
        yield small[0] if len(small) == 1 else b"".join(small)
