"""One encoding for all subscribers: what is published is written once, and each subscriber has a queue of bytes.

Cycles can be resumed by their event id while they are remembered. Of marks and pings only the latest counts. A reader
that falls behind is dropped, never waited for: it comes back with its last event id.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from tradepods_core.wire.cycle import Cycle
from tradepods_core.wire.stream import Marks, Ping, Reset, encode

REMEMBERED = 512  # cycles that can be resumed: 42 hours of a 5-minute timeframe
LONGEST_NUMBER = 15  # digits of an event's number: what is longer is garbage
LONGEST_QUEUE = 1_000  # chunks that a reader may be behind


@dataclass(slots=True, eq=False)
class Subscriber:
    """One reader of the stream."""

    queue: "asyncio.Queue[bytes | None]" = field(default_factory=lambda: asyncio.Queue(LONGEST_QUEUE))
    ended: bool = False

    def put(self, chunk: bytes | None) -> None:
        """Hand it a chunk; None ends it. A reader that is too far behind gets nothing more but its end.

        What it has not read is let go of as a whole, so that its last event id is that of an event it did read.
        """
        if self.ended:
            return
        if self.queue.full():
            while not self.queue.empty():
                self.queue.get_nowait()
            chunk = None
        self.ended = chunk is None
        self.queue.put_nowait(chunk)


@dataclass(frozen=True, slots=True)
class _Remembered:
    number: int
    cycle: Cycle
    chunk: bytes


class Hub:
    """Publishes to all subscribers. `boot` names this run: event ids of another run are not resumed."""

    def __init__(self, *, boot: str) -> None:
        self._boot = boot
        self._number = 0
        self._cycles: deque[_Remembered] = deque(maxlen=REMEMBERED)
        self._newest: dict[str, _Remembered] = {}
        self._marks: bytes | None = None
        self._ping: bytes | None = None
        self._subscribers: dict[Subscriber, None] = {}
        self._closed = False

    @property
    def subscribers(self) -> int:
        """How many are reading."""
        return len(self._subscribers)

    def latest(self) -> Cycle | None:
        """The cycle published last."""
        return self._cycles[-1].cycle if self._cycles else None

    def cycle(self, cycle: Cycle) -> None:
        """Publish a cycle; it can be resumed from."""
        self._number += 1
        chunk = encode("cycle", cycle, identifier=f"{self._boot}-{self._number}")
        remembered = _Remembered(self._number, cycle, chunk)
        self._cycles.append(remembered)
        self._newest[cycle.timeframe] = remembered
        self._send(chunk)

    def marks(self, marks: Marks) -> None:
        """Publish mark prices."""
        self._marks = encode("marks", marks)
        self._send(self._marks)

    def ping(self, ping: Ping) -> None:
        """Say that all so far has been sent."""
        self._ping = encode("ping", ping)
        self._send(self._ping)

    def subscribe(self, *, last_event: str | None) -> "Stream":
        """A reader from now on: today's state first, or all since the event that it saw last."""
        subscriber = Subscriber()
        for chunk in (*self._reset(last_event), self._marks, *self._missed(last_event), self._ping):
            if chunk is not None:
                subscriber.put(chunk)
        if self._closed:
            subscriber.put(None)
        self._subscribers[subscriber] = None
        return Stream(self, subscriber)

    def leave(self, subscriber: Subscriber) -> None:
        """Forget a reader."""
        self._subscribers.pop(subscriber, None)

    def close(self) -> None:
        """End all streams, and those that are asked for from now on, so that the server can stop."""
        self._closed = True
        for subscriber in self._subscribers:
            subscriber.put(None)

    def _send(self, chunk: bytes) -> None:
        for subscriber in self._subscribers:
            subscriber.put(chunk)

    def _reset(self, last_event: str | None) -> list[bytes]:
        """What comes before everything else where the asked-for event can't be resumed from."""
        if last_event is None or self._resumable(last_event) is not None:
            return []
        return [encode("reset", Reset(reason="what came after that event is no longer remembered"))]

    def _missed(self, last_event: str | None) -> list[bytes]:
        """The cycles since that event; the newest of each timeframe where there is none to resume from."""
        seen = None if last_event is None else self._resumable(last_event)
        if seen is None:
            return [remembered.chunk for remembered in self._newest.values()]
        return [remembered.chunk for remembered in self._cycles if remembered.number > seen]

    def _resumable(self, last_event: str) -> int | None:
        """The number of an event of this run, all after which are remembered."""
        boot, _, number = last_event.rpartition("-")
        if boot != self._boot or not number.isdecimal() or len(number) > LONGEST_NUMBER:
            return None
        seen = int(number)
        oldest = self._cycles[0].number if self._cycles else 1
        return seen if oldest - 1 <= seen <= self._number else None


class Stream:
    """What one reader gets: chunks, several at once where they wait."""

    def __init__(self, hub: Hub, subscriber: Subscriber) -> None:
        self._hub = hub
        self._subscriber = subscriber

    async def chunks(self) -> AsyncIterator[bytes]:
        """Encoded events, until the service stops or the reader is dropped."""
        queue = self._subscriber.queue
        try:
            ended = False
            while not ended:
                waiting = [await queue.get()]
                while not queue.empty():
                    waiting.append(queue.get_nowait())
                ended = None in waiting
                yield b"".join(chunk for chunk in waiting if chunk is not None)
        finally:
            self._hub.leave(self._subscriber)
