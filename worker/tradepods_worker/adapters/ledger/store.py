"""Where a ledger's tables are, and how they are reached: a file of its own, or a server that many workers share."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol, TypeVar

import sqlalchemy as sa

from tradepods_worker.ports.ledger import Lease

Result = TypeVar("Result")


class Store(Protocol):
    """Runs transactions, one after the other. They raise LedgerDown where they can't be run for now.

    Attributes:
        where: what to call it in a message; holds no secret.

    """

    @property
    def where(self) -> str:
        """What to call it in a message; holds no secret."""
        ...

    async def take(
        self, prepare: Callable[[sa.Connection], None], *, holder: str, place: str | None, now: datetime
    ) -> Lease:
        """Take the account in the transaction that prepares its tables; raises LeaseHeld while another has it.

        `place` is the file whose lock the holder has: nobody else who had it is alive.
        """
        ...

    async def guard(self, look: Callable[[sa.Connection], None], *, holder: str, now: datetime) -> Lease:
        """The lease that the first transaction which writes is to take, for tables that can only be read for now.

        `look` reads them. Raises LedgerDown where they can't be read, or another might take the account meanwhile.
        """
        ...

    async def write(
        self, work: Callable[[sa.Connection], Result], *, lease: Lease | None, durable: bool = True
    ) -> Result:
        """One transaction of the one who has the lease; raises LeaseLost.

        What need not be durable may be lost in a power cut. Raises CommitInDoubt where nobody knows of its end.
        """
        ...

    async def read(self, work: Callable[[sa.Connection], Result]) -> Result:
        """One that only reads: it waits for nobody who writes."""
        ...

    async def held(self, lease: Lease, *, at: datetime) -> None:
        """Return if the lease is held at that moment, wall time; raises LeaseLost."""
        ...

    async def close(self, lease: Lease | None) -> None:
        """Give the lease back, and let go."""
        ...
