"""A venue that keeps its wallet's records."""

from collections.abc import Iterable
from datetime import datetime

from support.unlimited import Unlimited
from tradepods_core.book.income import Income
from tradepods_core.paper.account import Happening, Paid, Traded
from tradepods_worker.adapters.venues.paper_income import of_payment, of_trade


class Recording(Unlimited):
    """Part of a fake."""

    recorded: tuple[Income, ...] = ()

    def record(self, happened: Iterable[Happening]) -> None:
        """Profit, fees, payments."""
        for happening in happened:
            if isinstance(happening, Traded):
                self.recorded += tuple(of_trade(happening))
            elif isinstance(happening, Paid):
                self.recorded += (of_payment(happening),)

    async def income(self, *, since: datetime | None) -> tuple[Income, ...]:
        """All of it."""
        return tuple(row for row in self.recorded if since is None or row.at >= since)
