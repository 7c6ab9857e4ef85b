"""Who serves the account: taken at the start, kept while the worker runs. On SQLite the kernel does both at once."""

from datetime import timedelta

import structlog

from tradepods_core.errors import Temporary
from tradepods_worker.ports import Clock
from tradepods_worker.ports.ledger import Lease, LeaseHeld, Ledger, Owner

RENEW_EVERY = 5.0  # seconds
ASK_AGAIN = 0.5  # seconds, of a ledger that can't be asked, or an account that another worker still has
SAY_AGAIN = timedelta(minutes=1)
log = structlog.get_logger()


async def take(ledger: Ledger, *, owner: Owner, holder: str, wall: Clock) -> Lease:
    """Wait for a lease that expires, and for a database that is away; raises what else the ledger raises."""
    said, said_at = "", wall.now()
    while True:
        try:
            return await ledger.acquire(owner=owner, holder=holder, now=wall.now())
        except (LeaseHeld, Temporary) as error:
            if isinstance(error, LeaseHeld) and error.until is None:
                raise
            now, why = wall.now(), type(error).__name__
            if why != said or now - said_at >= SAY_AGAIN:
                said, said_at = why, now
                log.warning("waiting", what="ledger", error=str(error), retry_in=ASK_AGAIN)
            await wall.sleep(ASK_AGAIN)


async def keep(ledger: Ledger, lease: Lease, *, wall: Clock) -> None:
    """Renew without end; raises LeaseLost once another worker has the account."""
    while True:
        try:
            await ledger.renew(lease)
            pause = RENEW_EVERY
        except Temporary as error:
            log.debug("lease_not_renewed", error=str(error))
            pause = ASK_AGAIN
        await wall.sleep(pause)
