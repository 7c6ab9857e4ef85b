"""A start takes its account first. It waits for a ledger of no use as long as that lasts, and the person is told."""

import asyncio

from tradepods_core.settings.overrides import in_force
from tradepods_worker.bootstrap.parts import Parts, holder, make_messenger, owner_of
from tradepods_worker.ports.ledger import Lease
from tradepods_worker.tasks.lease import Taking
from tradepods_worker.tasks.outbox import Outbox

WORTH_TELLING = 10.0  # seconds: a shorter outage passes by itself
LOOK_EVERY = 0.5  # seconds


async def taken(parts: Parts, stop: asyncio.Event) -> Lease | None:
    """The account's lease; None where the worker is told to stop before it has it. Raises what the ledger raises."""
    owner = owner_of(parts.options, parts.settings)
    taking = Taking(parts.ledger, owner=owner, holder=holder(), wall=parts.wall)
    taken = asyncio.create_task(taking.take())
    told, telling = asyncio.create_task(stop.wait()), asyncio.create_task(_tell(parts, taking))
    try:
        await asyncio.wait({taken, told}, return_when=asyncio.FIRST_COMPLETED)
        if not taken.done():
            return None
        lease = taken.result()
        if taking.guards:
            parts.health.guards()
        return lease
    finally:
        for task in (taken, told, telling):
            task.cancel()
        await asyncio.wait({taken, told, telling})


async def _tell(parts: Parts, taking: Taking) -> None:
    """Once, from memory; what is not said before the wait is over is left to the worker's own messages."""
    lasted = 0.0
    while lasted < WORTH_TELLING:
        await parts.wall.sleep(LOOK_EVERY)
        lasted = lasted + LOOK_EVERY if taking.unusable else 0.0
    parts.alert.tell("live", taking.told(parts.market.now()))
    messenger = make_messenger(parts, terms=lambda: in_force(parts.settings, ()))
    outbox = Outbox(ledger=parts.ledger, messenger=messenger, wall=parts.wall, alert=parts.alert)
    try:
        while pause := await outbox.warn():
            await parts.wall.sleep(pause)
    finally:
        await messenger.close()
