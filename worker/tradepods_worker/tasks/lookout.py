"""Reminds of readings that no event asks for: while the stream is down or silent, or ledger and venue disagree."""

from tradepods_core.book.intents import Preparation
from tradepods_core.rules.alarm import unheard
from tradepods_core.rules.preparation import differences
from tradepods_worker.engine.desk import Desk
from tradepods_worker.ports import Clock, Reader

LOOK_EVERY = 5.0  # seconds


async def look_out(desk: Desk, *, reader: Reader, wall: Clock) -> None:
    """Look without end."""
    while True:
        await wall.sleep(LOOK_EVERY)
        if not desk.sight.connected:
            reader.remind("the private stream is down")
        elif unheard(desk.book, desk.sight.marks):
            reader.remind("a level is reached, and nothing was heard of its order")
        elif desk.sight.stirred:
            reader.remind("something that is not ours happened")
        elif desk.book.doubts:
            reader.remind("ledger and exchange disagree")
        elif desk.sight.unread:
            reader.remind("the liquidation price of what was entered is not known")
        elif _waits(desk):
            reader.remind("a leverage or mode waits, and what it waits for is flat")


def _waits(desk: Desk) -> bool:
    sight = desk.sight
    found = differences(settings=sight.settings, venue=sight.venue, book=desk.book, markets=sight.markets)
    under_way = any(isinstance(intent, Preparation) for intent in desk.book.unsettled.values())
    return desk.trades and not under_way and next(found, None) is not None
