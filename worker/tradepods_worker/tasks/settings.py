"""The account's settings, read again whenever their file changes: nothing restarts, and nothing wrong is taken on."""

from collections.abc import Callable
from typing import Protocol

import structlog

from tradepods_core.errors import TradepodsError
from tradepods_core.settings.account import AccountSpec
from tradepods_worker.ports import Clock

LOOK_EVERY = 0.25  # seconds
log = structlog.get_logger()


class Source(Protocol):
    """Where the settings are written."""

    def newer(self) -> AccountSpec | None:
        """What is written since the last look, None where nothing is; raises TradepodsError for what can't be used."""
        ...


async def follow(
    source: Source, *, wall: Clock, took: Callable[[AccountSpec], None], refused: Callable[[str], None]
) -> None:
    """Look without end."""
    while True:
        await wall.sleep(LOOK_EVERY)
        try:
            spec = source.newer()
        except TradepodsError as error:
            log.warning("settings_refused", error=str(error))
            refused(str(error))
        else:
            if spec is not None:
                took(spec)
