"""Says one thing to the person's chat in the place of a worker that does not run, and ends."""

import asyncio
from datetime import datetime

from tradepods_core.errors import Permanent, Temporary
from tradepods_core.rules.snapshot import Notice
from tradepods_core.times import written
from tradepods_worker.ports import Clock, Later, Messenger, Never
from tradepods_worker.ports.ledger import BookName, Undelivered

WITHIN = 120.0  # seconds; whoever started this starts it again


def crashed(*, until: datetime, at: datetime, book: BookName) -> Undelivered:
    """The worker crashed again and again, and rests until then."""
    notice = Notice(kind="crashed", at=at, values={"until": written(until.replace(microsecond=0))})
    return Undelivered(number=0, notice=notice, attempts=0, book=book)


async def tell(messenger: Messenger, said: Undelivered, *, wall: Clock) -> None:
    """Until it is there; raises Temporary where it isn't in time, Permanent where it never will be."""
    try:
        async with asyncio.timeout(WITHIN):
            while isinstance(outcome := await messenger.send(said), Later):
                await wall.sleep(outcome.after)
    except TimeoutError:
        raise Temporary(f"the chat could not be told within {WITHIN:g} seconds") from None
    if isinstance(outcome, Never):
        raise Permanent(f"the chat can't be told: {outcome.why}")
