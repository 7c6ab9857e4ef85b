"""What a venue that is nobody's server answers: it has no limits, no clock, no accounts and no markets of its own."""

from datetime import datetime, timedelta

from tradepods_core.book.intents import Intent
from tradepods_core.market import Market


class Unlimited:
    """Part of a venue."""

    async def renewed(self, market: Market) -> Market:
        """It judges by what it was told."""
        return market

    async def turn(self, intent: Intent) -> None:
        """There is always room."""
        del intent

    def limit(self, until: datetime) -> None:
        """Nothing is asked of a venue, so nothing has to stop."""
        del until

    def clock_off(self) -> timedelta:
        """There is one clock."""
        return timedelta(0)

    def account_id(self) -> str:
        """Paper is nobody's."""
        return ""

    def limited_until(self) -> datetime | None:
        """No venue refuses us."""
        return None
