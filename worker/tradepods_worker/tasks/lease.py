"""Who serves the account: taken at the start, kept while the worker runs. On SQLite the kernel does both at once."""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from tradepods_core.errors import Temporary
from tradepods_core.rules.snapshot import Notice
from tradepods_worker.ports import Clock
from tradepods_worker.ports.ledger import Lease, LeaseHeld, Ledger, LedgerDown, Owner

RENEW_EVERY = 5.0  # seconds
ASK_AGAIN = 0.5  # seconds, of a ledger that can't be asked, or an account that another worker still has
SAY_AGAIN = timedelta(minutes=1)
log = structlog.get_logger()


class Taking:
    """Takes the account, however long that takes.

    Attributes:
        unusable: why the ledger can't be used, "" where it is not that which is waited for.
        guards: whether the account was taken by a ledger that can be read and not written.

    """

    def __init__(self, ledger: Ledger, *, owner: Owner, holder: str, wall: Clock) -> None:
        self._ledger, self._owner, self._holder, self._wall = ledger, owner, holder, wall
        self._said, self._said_at = "", wall.now()
        self.unusable = ""
        self.guards = False

    async def take(self) -> Lease:
        """Wait for a lease that expires, and for a ledger of no use; raises what else the ledger raises."""
        while True:
            try:
                return await self._try()
            except (LeaseHeld, Temporary) as error:
                if isinstance(error, LeaseHeld) and error.until is None:
                    raise
                self._say(error)
                await self._wall.sleep(ASK_AGAIN)

    def told(self, at: datetime) -> Notice:
        """What the person is told of a wait that lasts; `at` is market time."""
        return Notice(kind="ledger_unusable", at=at, values={"why": self.unusable})

    async def _try(self) -> Lease:
        """Of a ledger that can be read alone, what is open can be guarded."""
        owner, holder, now = self._owner, self._holder, self._wall.now()
        try:
            return await self._ledger.acquire(owner=owner, holder=holder, now=now)
        except LedgerDown as error:
            try:
                lease = await self._ledger.guard(owner=owner, holder=holder, now=now)
            except LedgerDown:
                raise error from None
            self.guards = True
            log.warning("guarding", why="the ledger can be read and not written", error=str(error))
            return lease

    def _say(self, error: LeaseHeld | Temporary) -> None:
        self.unusable = str(error) if isinstance(error, Temporary) else ""
        now, why = self._wall.now(), type(error).__name__
        if why != self._said or now - self._said_at >= SAY_AGAIN:
            self._said, self._said_at = why, now
            log.warning("waiting", what="ledger", error=str(error), retry_in=ASK_AGAIN)


async def take(ledger: Ledger, *, owner: Owner, holder: str, wall: Clock) -> Lease:
    """Take the account, however long that takes; raises what `Taking.take` raises."""
    return await Taking(ledger, owner=owner, holder=holder, wall=wall).take()


async def keep(ledger: Ledger, lease: Lease, *, wall: Clock, held: Callable[[], None]) -> None:
    """Renew without end, and tell `held` each time; raises LeaseLost once another worker has the account."""
    while True:
        try:
            await ledger.renew(lease)
            held()
            pause = RENEW_EVERY
        except Temporary as error:
            log.debug("lease_not_renewed", error=str(error))
            pause = ASK_AGAIN
        await wall.sleep(pause)
