"""The venue as anybody may ask it, for a book that has no account there. It is reached for once it is asked.

A dry run needs it only while the signal service is away: until then it loads nothing, and is connected to nothing.
"""

from collections.abc import Callable, Mapping, Sequence

from tradepods_core.errors import Permanent, Temporary
from tradepods_core.shapes import Symbol
from tradepods_worker.ports import Mark, Quotes


class Keyless:
    """Mark prices from what `make` makes: it raises Permanent where the way to the venue can't be read."""

    def __init__(self, make: Callable[[], Quotes]) -> None:
        self._make = make
        self._quotes: Quotes | None = None

    async def marks(self, symbols: Sequence[Symbol]) -> Mapping[Symbol, Mark]:
        """As the venue says; raises Temporary."""
        if self._quotes is None:
            try:
                self._quotes = self._make()
            except Permanent as error:  # whoever only looks at prices ends nothing
                raise Temporary(str(error)) from error
        return await self._quotes.marks(symbols)

    async def close(self) -> None:
        """Let go of the venue."""
        if self._quotes is not None:
            await self._quotes.close()
