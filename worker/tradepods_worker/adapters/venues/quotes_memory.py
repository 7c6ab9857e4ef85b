"""Mark prices from memory: what tests ask, and what a paper book without a venue has."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from tradepods_core.errors import Temporary
from tradepods_core.shapes import Symbol
from tradepods_worker.ports import Mark


class MemoryQuotes:
    """Tells what it was told.

    Attributes:
        away: whether it does not answer. asked: the symbols of each question.

    """

    def __init__(self) -> None:
        self.away = False
        self.asked: list[tuple[Symbol, ...]] = []
        self._marks: dict[Symbol, Mark] = {}

    def move(self, prices: Mapping[Symbol, Decimal], *, at: datetime) -> None:
        """The mark prices from now on."""
        self._marks.update({symbol: Mark(price=price, at=at) for symbol, price in prices.items()})

    async def marks(self, symbols: Sequence[Symbol]) -> Mapping[Symbol, Mark]:
        """Those that it knows; raises Temporary."""
        self.asked.append(tuple(symbols))
        if self.away:
            raise Temporary("the exchange does not answer")
        return {symbol: self._marks[symbol] for symbol in symbols if symbol in self._marks}

    async def close(self) -> None:
        """Nothing to let go of."""
