"""The signal service from memory: what tests and loop-less replays listen to."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence

from tradepods_core.market import Market
from tradepods_core.shapes import Symbol
from tradepods_core.wire.fleet import Heartbeat, HeartbeatReply
from tradepods_worker.ports import Clock, FeedEvent


class MemoryFeed:
    """Says what it is given, keeps what it is told."""

    def __init__(self, *, markets: Mapping[Symbol, Market], clock: Clock) -> None:
        self._markets = markets
        self._clock = clock
        self._events: asyncio.Queue[FeedEvent] = asyncio.Queue()
        self.heartbeats: list[Heartbeat] = []

    def say(self, event: FeedEvent) -> None:
        """The next event."""
        self._events.put_nowait(event)

    async def markets(self, *, also: Sequence[Symbol]) -> Mapping[Symbol, Market]:
        """The markets."""
        del also
        return self._markets

    async def events(self) -> AsyncIterator[FeedEvent]:
        """What was said."""
        while True:
            yield await self._events.get()

    async def report(self, heartbeat: Heartbeat) -> HeartbeatReply:
        """Keep the heartbeat."""
        self.heartbeats.append(heartbeat)
        return HeartbeatReply(server_time=self._clock.now())
