"""Closes what is open once the account itself is being deleted and its policy says so."""

from collections.abc import Callable, Iterable

import structlog

from tradepods_core.book.events import CommandGiven
from tradepods_core.money import ZERO
from tradepods_core.times import written
from tradepods_worker.engine.desk import Desk
from tradepods_worker.ports import Clock, Put

LOOK_EVERY = 1.0  # seconds
AGAIN = 15.0  # seconds until what is still open is closed once more
BY = "the account's deletion"
log = structlog.get_logger()


def holds(desks: Iterable[Desk]) -> bool:
    """Whether a position is open in a book that was read: until then a close only waits, and one more behind it."""
    read = (desk for desk in desks if desk.sight.since is not None)
    return any(position.quantity > ZERO for desk in read for position in desk.book.positions.values())


async def follow(flattens: Callable[[], bool], *, desks: Callable[[], Iterable[Desk]], put: Put, wall: Clock) -> None:
    """Look without end. That nothing new is opened is said by the settings, which then are Paused."""
    while True:
        await wall.sleep(LOOK_EVERY)
        if flattens() and holds(desks()):
            log.info("flattening", by=BY)
            put(CommandGiven(id=f"ending/{written(wall.now())}", name="close", by=BY))
            await wall.sleep(AGAIN)
