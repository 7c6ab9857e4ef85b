"""Learns the markets anew from time to time: a stop at yesterday's tick would be refused, and its position closed."""

from collections.abc import Awaitable, Callable, Mapping

import structlog

from tradepods_core.errors import Temporary
from tradepods_core.market import Market
from tradepods_core.shapes import Symbol
from tradepods_worker.engine.desk import Desk
from tradepods_worker.ports import Clock, Venue

EVERY = 600.0  # seconds
log = structlog.get_logger()


async def refresh(
    ask: Callable[[], Awaitable[Mapping[Symbol, Market]]], *, desk: Desk, venue: Venue, wall: Clock
) -> None:
    """Refresh without end; who doesn't answer is asked again the next time."""
    while True:
        await wall.sleep(EVERY)
        try:
            markets = await ask()
            await venue.prepare(markets)
        except Temporary as error:
            log.warning("markets_not_refreshed", error=str(error))
        else:
            desk.learn(markets)
