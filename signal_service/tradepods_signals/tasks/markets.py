"""Learns the venue's markets anew from time to time: ticks and steps change, symbols come and go."""

from collections.abc import Awaitable, Callable, Mapping

import structlog

from tradepods_core.errors import Temporary
from tradepods_core.market import Market
from tradepods_core.shapes import Symbol
from tradepods_signals.ports import Sleep

EVERY = 3_600.0  # seconds
Markets = Mapping[Symbol, Market]
log = structlog.get_logger()


async def refresh(ask: Callable[[], Awaitable[Markets]], *, learn: Callable[[Markets], None], sleep: Sleep) -> None:
    """Refresh without end; a venue that doesn't answer is asked again the next time."""
    while True:
        await sleep(EVERY)
        try:
            learn(await ask())
        except Temporary as error:
            log.warning("markets_not_refreshed", error=str(error))
