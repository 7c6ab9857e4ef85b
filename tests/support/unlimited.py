"""A venue's limits where there are none: for fakes that test something else."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from tradepods_core.book.intents import Intent
from tradepods_core.market import Market
from tradepods_core.shapes import Symbol
from tradepods_worker.ports import Mark


class Unlimited:
    """Room for everything, at once."""

    async def renewed(self, market: Market) -> Market:
        """Its markets never change."""
        return market

    async def turn(self, intent: Intent) -> None:
        """There is always room."""

    async def marks(self, symbols: Sequence[Symbol]) -> Mapping[Symbol, Mark]:
        """It tells no prices."""
        del symbols
        return {}

    def limit(self, until: datetime) -> None:
        """Nobody else is behind this address."""

    def clock_off(self) -> timedelta:
        """One clock for all."""
        return timedelta(0)

    def account_id(self) -> str:
        """A venue that tells none."""
        return ""

    def limited_until(self) -> datetime | None:
        """Nothing is refused."""
        return None
