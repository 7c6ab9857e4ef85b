"""Learns the markets anew from time to time: a stop at yesterday's tick would be refused, and have to be sent twice.

Marks of a symbol whose market is not known say that it comes into a universe: it is asked for at once, and the account
is read, so that its leverage is known and set before the first signal.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping

import structlog

from tradepods_core.errors import Temporary
from tradepods_core.market import Market
from tradepods_core.shapes import Symbol
from tradepods_worker.engine.activity import Activity
from tradepods_worker.engine.desk import Desk
from tradepods_worker.ports import Clock, Reader, Venue

EVERY = 600.0  # seconds
log = structlog.get_logger()


class MarketWatch:
    """One book's markets. Who doesn't answer is asked again the next time."""

    def __init__(
        self,
        ask: Callable[[], Awaitable[Mapping[Symbol, Market]]],
        *,
        desk: Desk,
        venue: Venue,
        reader: Reader,
        activity: Activity,
        wall: Clock,
    ) -> None:
        self._ask, self._desk, self._venue = ask, desk, venue
        self._reader, self._activity, self._wall = reader, activity, wall
        self._asked_for: set[Symbol] = set()
        self._new = asyncio.Event()

    def hear(self, symbols: Iterable[Symbol]) -> None:
        """Marks of these were told. A replay's step isn't done before those that are new are known."""
        new = set(symbols) - self._desk.sight.markets.keys() - self._asked_for
        if new:
            self._asked_for |= new
            if not self._new.is_set():
                self._activity.begin()
                self._new.set()

    async def run(self) -> None:
        """Refresh without end."""
        while True:
            if not await self._heard_of_new():
                self._asked_for.clear()
                await self._refresh()
                continue
            asked = set(self._asked_for)
            try:
                await self._refresh()
                if asked & self._desk.sight.markets.keys():
                    self._reader.remind("a symbol is new")
            finally:
                if self._asked_for == asked:  # else one more was told meanwhile, and may not be in the answer
                    self._new.clear()
                    self._activity.end()

    async def _heard_of_new(self) -> bool:
        """Whether there is something new before it is time anyway."""
        sleeping = asyncio.ensure_future(self._wall.sleep(EVERY))
        hearing = asyncio.ensure_future(self._new.wait())
        try:
            await asyncio.wait({sleeping, hearing}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeping.cancel()
            hearing.cancel()
        return self._new.is_set()

    async def _refresh(self) -> None:
        try:
            markets = await self._ask()
            await self._venue.prepare(markets)
        except Temporary as error:
            log.warning("markets_not_refreshed", error=str(error))
        else:
            self._desk.learn(markets)
