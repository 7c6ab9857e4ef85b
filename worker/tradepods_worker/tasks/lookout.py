"""Reminds of readings that no event asks for: while the stream is down or silent, or ledger and venue disagree."""

from tradepods_core.rules.alarm import unheard
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
        elif desk.book.doubts:
            reader.remind("ledger and exchange disagree")
