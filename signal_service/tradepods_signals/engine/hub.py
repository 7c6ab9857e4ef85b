"""One encoding for all subscribers: what is published is written once, and each subscriber has a queue of bytes.

Cycles can be resumed by their event id while they are kept, here or in the history. Of marks, pings, strategies and
halts only the latest counts. A reader that falls behind is dropped, never waited for: it comes back with its last id.

A cycle carries its id once it is stored, so that an id that was told can be resumed from even after a crash. Where the
disk is slow the cycle leaves without one, and the id follows alone.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from tradepods_core.shapes import Message
from tradepods_core.times import Timeframe
from tradepods_core.wire.cycle import Cycle
from tradepods_core.wire.published import Halt
from tradepods_core.wire.stream import EventName, Marks, Ping, Reset, Strategies, encode, framed, identified
from tradepods_signals.engine.filing import filed
from tradepods_signals.engine.subscribers import Earlier, Stream, Subscriber
from tradepods_signals.ports.history import Backlog, FiledCycle

REMEMBERED = 512  # cycles in memory: 42 hours of a 5-minute timeframe
REMEMBERED_BYTES = 16 * 2**20  # or as many as fit
LONGEST_NUMBER = 15  # digits of an event's number: what is longer is garbage
GONE = "what came after that event is no longer remembered"


@dataclass(slots=True, eq=False)
class _Remembered:
    """A cycle's event; `named` once it begins with its id."""

    number: int
    chunk: bytes
    named: bool = False

    @property
    def size(self) -> int:
        """Of the event without its id, which may come later."""
        return len(self.chunk) if not self.named else len(self.chunk) - self.chunk.index(b"\n") - 1


class Hub:
    """Publishes to all subscribers. `boot` names the history: event ids of another one are not resumed."""

    def __init__(self, *, boot: str, backlog: Backlog | None = None) -> None:
        self._boot, self._backlog = boot, backlog
        self._number = self._stored = 0
        self._oldest = 1  # the oldest cycle that can be had, from memory or from the backlog
        self._cycles: deque[_Remembered] = deque()
        self._bytes = 0
        self._newest: dict[Timeframe, tuple[FiledCycle, _Remembered]] = {}
        self._states: dict[EventName, bytes] = {}
        self._subscribers: dict[Subscriber, None] = {}
        self._closed = False

    @property
    def subscribers(self) -> int:
        """How many are reading."""
        return len(self._subscribers)

    @property
    def next_number(self) -> int:
        """The number of the cycle that is published next."""
        return self._number + 1

    def latest(self) -> FiledCycle | None:
        """The cycle published last."""
        return max(self.newest(), key=lambda cycle: cycle.number, default=None)

    def newest(self) -> Sequence[FiledCycle]:
        """The latest cycle of each timeframe."""
        return [cycle for cycle, _ in self._newest.values()]

    def restore(self, *, oldest: int, recent: Sequence[FiledCycle], newest: Sequence[FiledCycle]) -> None:
        """Go on where an earlier run stopped: `recent` are the latest cycles without a hole, all of them stored."""
        self._number = self._stored = recent[-1].number if recent else 0
        for cycle in (*newest, *recent):
            self._newest[cycle.timeframe] = cycle, _Remembered(cycle.number, framed("cycle", cycle.body))
        for cycle in recent:
            self._remember(_Remembered(cycle.number, framed("cycle", cycle.body)))
        self.stored(self._number, oldest=oldest)

    def cycle(self, cycle: Cycle) -> None:
        """Publish a cycle that is kept in memory only."""
        number = self.next_number
        self.stored(number)
        self.publish(filed(cycle, number=number))

    def publish(self, cycle: FiledCycle) -> None:
        """Publish a cycle; it can be resumed from as soon as it is stored."""
        remembered = _Remembered(cycle.number, framed("cycle", cycle.body))
        self._number = cycle.number
        self._newest[cycle.timeframe] = cycle, remembered
        self._remember(remembered)
        self._send(self._told(remembered))

    def stored(self, number: int, *, oldest: int | None = None) -> None:
        """All cycles up to this one are stored; `oldest` is the first that the backlog still has."""
        late = self._stored < self._number and self._stored < number
        self._stored = max(self._stored, number)
        if oldest is not None and self._backlog is not None:
            self._oldest = max(oldest, 1)
        if late:
            self._send(self._line(min(number, self._number)) + b"\n")

    def marks(self, marks: Marks) -> None:
        """Publish mark prices."""
        self._state("marks", marks)

    def ping(self, ping: Ping) -> None:
        """Say that all so far has been sent."""
        self._state("ping", ping)

    def strategies(self, strategies: Strategies) -> None:
        """Publish which strategies are in force."""
        self._state("strategies", strategies)

    def halt(self, halt: Halt) -> None:
        """Publish whether trading is halted."""
        self._state("halt", halt)

    def alive(self, ping: Ping) -> None:
        """Say that the connection lives; newcomers need not hear it."""
        self._send(encode("ping", ping))

    def subscribe(self, *, last_event: str | None) -> Stream:
        """A reader from now on: today's state first, or all since the event that it saw last."""
        seen = None if last_event is None else self._resumable(last_event)
        head = [encode("reset", Reset(reason=GONE))] if last_event is not None and seen is None else []
        head += [self._states[name] for name in ("halt", "strategies", "marks") if name in self._states]
        subscriber = Subscriber()
        for chunk in (*self._missed(seen), self._states.get("ping")):
            if chunk is not None:
                subscriber.put(chunk)
        if self._closed:
            subscriber.put(None)
        self._subscribers[subscriber] = None
        return Stream(subscriber, head=head, earlier=self._earlier(seen), leave=self._leave)

    def close(self) -> None:
        """End all streams, and those that are asked for from now on, so that the server can stop."""
        self._closed = True
        for subscriber in self._subscribers:
            subscriber.put(None)

    def _leave(self, subscriber: Subscriber) -> None:
        self._subscribers.pop(subscriber, None)

    def _state(self, name: EventName, data: Message) -> None:
        self._states[name] = encode(name, data)
        self._send(self._states[name])

    def _send(self, chunk: bytes) -> None:
        for subscriber in self._subscribers:
            subscriber.put(chunk)

    def _remember(self, cycle: _Remembered) -> None:
        """In memory, within bounds; what is not stored yet stays in any case."""
        self._cycles.append(cycle)
        self._bytes += cycle.size
        while len(self._cycles) > 1 and self._cycles[0].number <= self._stored and self._full():
            self._bytes -= self._cycles.popleft().size
        if self._backlog is None:
            self._oldest = self._cycles[0].number

    def _full(self) -> bool:
        return len(self._cycles) > REMEMBERED or self._bytes > REMEMBERED_BYTES

    def _line(self, number: int) -> bytes:
        """What names an event of this history."""
        return identified(f"{self._boot}-{number}")

    def _told(self, cycle: _Remembered) -> bytes:
        """The event, with its id as soon as that can be resumed from; the same bytes for all."""
        if not cycle.named and cycle.number <= self._stored:
            cycle.chunk = self._line(cycle.number) + cycle.chunk
            cycle.named = True
        return cycle.chunk

    def _missed(self, seen: int | None) -> list[bytes]:
        """The cycles in memory since that event; the newest of each timeframe where there is none to resume from.

        In the order of their publication: the last id that a reader gets is the highest.
        """
        if seen is None:
            return [self._told(one) for _, one in sorted(self._newest.values(), key=lambda pair: pair[1].number)]
        return [self._told(one) for one in self._cycles if one.number > seen]

    def _earlier(self, seen: int | None) -> Earlier | None:
        """The cycles since that event that are no longer in memory."""
        first = self._cycles[0].number if self._cycles else self.next_number
        if seen is None or self._backlog is None or seen + 1 >= first:
            return None
        return Earlier(backlog=self._backlog, after=seen, until=first - 1, named=self._line)

    def _resumable(self, last_event: str) -> int | None:
        """The number of an event of this history, all after which can be had."""
        boot, _, number = last_event.rpartition("-")
        if boot != self._boot or not number.isdecimal() or len(number) > LONGEST_NUMBER:
            return None
        seen = int(number)
        return seen if self._oldest - 1 <= seen <= self._stored else None
