"""Closes what is open once the account itself is being deleted and its policy says so."""

from collections.abc import Callable

import structlog

from tradepods_core.book.events import CommandGiven
from tradepods_core.times import written
from tradepods_worker.ports import Clock, Put

LOOK_EVERY = 1.0  # seconds
AGAIN = 15.0  # seconds until what is still open is closed once more
BY = "the account's deletion"
log = structlog.get_logger()


async def follow(flattens: Callable[[], bool], *, holds: Callable[[], bool], put: Put, wall: Clock) -> None:
    """Look without end. That nothing new is opened is said by the settings, which then are Paused."""
    while True:
        await wall.sleep(LOOK_EVERY)
        if flattens() and holds():
            log.info("flattening", by=BY)
            put(CommandGiven(id=f"ending/{written(wall.now())}", name="close", by=BY))
            await wall.sleep(AGAIN)
