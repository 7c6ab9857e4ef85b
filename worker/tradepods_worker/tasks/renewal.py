"""Asks the venue itself for a market of which it has just refused an order: a stop waits to be rounded by it.

Who tells of markets otherwise learns them once an hour; the position has a second. Asked once, whatever comes of it.
"""

import asyncio
from collections.abc import Iterable

import structlog

from tradepods_core.book.events import MarketRead
from tradepods_core.errors import Temporary
from tradepods_core.market import Market
from tradepods_core.shapes import Symbol
from tradepods_worker.engine.activity import Activity
from tradepods_worker.ports import Put, Venue

log = structlog.get_logger()


class Renewal:
    """One question a market at a time; its answer reaches the desk as MarketRead."""

    def __init__(self, *, venue: Venue, put: Put, group: asyncio.TaskGroup, activity: Activity) -> None:
        self._venue, self._put, self._group, self._activity = venue, put, group, activity
        self._asked: set[Symbol] = set()

    def ask(self, markets: Iterable[Market]) -> None:
        """These are to be read now."""
        for market in markets:
            if market.symbol not in self._asked:
                self._asked.add(market.symbol)
                self._activity.begin()
                self._group.create_task(self._read(market), name=f"market {market.symbol}")

    async def _read(self, market: Market) -> None:
        try:
            self._put(MarketRead(market=await self._venue.renewed(market)))
        except Temporary as error:
            log.warning("market_not_read", symbol=market.symbol, error=str(error))
        finally:
            self._asked.discard(market.symbol)
            self._activity.end()
