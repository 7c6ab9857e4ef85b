"""Learns markets and volumes anew each hour of market time: ticks and steps change, symbols come and go.

On a live market nobody waits for it: what it finds counts from the next minute on. In a replay the market stands still
meanwhile, so that the same steps have the same symbols on any machine.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import structlog

from tradepods_core.errors import Temporary, TradepodsError
from tradepods_core.market import Market
from tradepods_core.shapes import Symbol
from tradepods_core.times import Timeframe
from tradepods_signals.engine.universe import UniverseBook
from tradepods_signals.ports.history import History
from tradepods_signals.ports.market import MarketData

HOUR = Timeframe(3_600)
PAST = timedelta(seconds=90)  # after the hour: no candle closes then, and at the next minute it counts
AGAIN = timedelta(minutes=1)  # market time after which a venue that did not answer is asked again
Markets = Mapping[Symbol, Market]
log = structlog.get_logger()


class Survey:
    """Asks the venue, and keeps who is in.

    Args:
        markets: what was learned at the start.
        learn: hears of markets that are learned anew.
        waits: whether the market stands still while the venue is asked.

    """

    def __init__(
        self,
        *,
        data: MarketData,
        markets: Markets,
        universe: UniverseBook,
        history: History,
        learn: Callable[[Markets], None],
        waits: bool,
    ) -> None:
        self._data, self._universe, self._history = data, universe, history
        self._learn, self._waits = learn, waits
        self._markets = markets
        self._asked: datetime | None = None
        self._ranked = False
        self._next: datetime | None = None
        self._kept = universe.kept()
        self._looks = asyncio.Event()
        self._at: datetime | None = None

    async def look(self, at: datetime) -> None:
        """Market time is this now. The first time it asks at once: a start wants to know whom to warm up."""
        if self._due(at) and (self._waits or self._asked is None):
            await self._ask(at, anew=self._asked is not None)
        self._at = at
        self._looks.set()

    async def run(self) -> None:
        """Ask whenever it is time, and keep what has changed; without end."""
        while True:
            await self._looks.wait()
            self._looks.clear()
            if self._at is not None and self._due(self._at):
                await self._ask(self._at, anew=True)
            await self._keep()

    def _due(self, at: datetime) -> bool:
        """Once an hour, and soon where a strategy asks for ranks that were never read."""
        if self._asked is None or self._next is None or at >= self._next:
            return True
        return self._universe.by_volume and not self._ranked and at >= self._asked + AGAIN

    async def _ask(self, at: datetime, *, anew: bool) -> None:
        """Markets and, where a strategy wants them, volumes; nothing changes where either can't be read."""
        self._asked, self._next = at, at + AGAIN
        ranks = self._universe.by_volume
        try:
            if anew:
                self._markets = await self._data.markets()
            volumes = await self._data.volumes() if ranks else {}
        except TradepodsError as error:  # what can't be read once must not stop what goes on
            log.warning("markets_not_refreshed", error=str(error))
            return
        self._learn(self._markets)
        self._universe.learn(self._markets, volumes, at=at)
        self._ranked = ranks
        self._next = HOUR.last_close(at) + HOUR.length + PAST

    async def _keep(self) -> None:
        """So that a restart goes on with the same symbols."""
        kept = self._universe.kept()
        if kept == self._kept:
            return
        try:
            await self._history.universe(kept)
        except Temporary as error:
            log.warning("universe_not_stored", error=str(error))
        else:
            self._kept = kept
