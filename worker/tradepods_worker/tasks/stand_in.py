"""Mark prices of what is held, asked of the exchange while the signal service tells none.

The stop that rests follows the price, limits of losses are counted, levels alert: none of it may wait for the service.
Nothing is taken for a word of the service: what it forbids while it is silent stays forbidden.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import structlog

from tradepods_core.book.events import MarksMoved
from tradepods_core.errors import Temporary
from tradepods_core.shapes import Symbol
from tradepods_worker.ports import Clock, FeedEvent, Mark, Put
from tradepods_worker.tasks.heartbeat import Reported

ASK_EVERY = 5.0  # seconds: as often as a trailing stop may be replaced
LONGEST_PAUSE = 60.0  # seconds, where the exchange asks for patience
TOLD_WITHIN = timedelta(seconds=60)  # a symbol of which the service told a mark price within these needs no other
log = structlog.get_logger()


class StandIn:
    """Asks without end, where there is need.

    Args:
        books: every open book.
        silent: whether the service, or its cycles, have stayed away for so long that the account opens nothing.
        moved: lets a paper venue act before its desk hears of marks.
        show: moves market time where that follows what is told.

    """

    def __init__(
        self,
        *,
        books: Callable[[], Sequence[Reported]],
        silent: Callable[[], bool],
        put: Put,
        moved: Callable[[Mapping[Symbol, Decimal]], Awaitable[None]],
        show: Callable[[datetime], None] | None,
        wall: Clock,
    ) -> None:
        self._books, self._silent, self._put, self._moved, self._show = books, silent, put, moved, show
        self._wall = wall
        self._told: dict[Symbol, datetime] = {}  # wall time of the service's latest mark of each
        self._trouble = ""

    def heard(self, event: FeedEvent) -> None:
        """The service has said something."""
        if isinstance(event, MarksMoved):
            self._told.update(dict.fromkeys(event.marks, self._wall.now()))

    async def run(self) -> None:
        """Ask without end."""
        pause = ASK_EVERY
        while True:
            await self._wall.sleep(pause)
            pause = await self.look()

    async def look(self) -> float:
        """Ask where there is need; seconds until the next look. Whatever goes wrong here ends nothing."""
        try:
            await self._ask()
        except Temporary as error:
            self._say(str(error))
            return min(max(error.after, ASK_EVERY), LONGEST_PAUSE)
        except Exception as error:  # noqa: BLE001 - a help that fails must not take the guard of a position with it
            self._say(type(error).__name__)
        else:
            self._say("")
        return ASK_EVERY

    def _say(self, trouble: str) -> None:
        """Once each time it changes: an outage may last for hours."""
        if trouble and trouble != self._trouble:
            log.warning("marks_not_read", error=trouble)
        self._trouble = trouble

    async def _ask(self) -> None:
        if not self._silent():
            return
        begun_at = self._wall.now()
        found: dict[Symbol, Mark] = {}
        for book in self._books():
            wanted = [symbol for symbol in self._missed(book, begun_at) if symbol not in found]
            if wanted:
                found.update(await book.venue.marks(wanted))
        await self._hand_on(found, begun_at)

    def _missed(self, book: Reported, now: datetime) -> Iterator[Symbol]:
        """The symbols of what a book holds of which the service tells no price."""
        for symbol in sorted({leg.symbol for leg in book.desk.book.positions}):
            told = self._told.get(symbol)
            if told is None or now - told > TOLD_WITHIN:
                yield symbol

    async def _hand_on(self, found: Mapping[Symbol, Mark], begun_at: datetime) -> None:
        """In the order in which a mark of the service goes: market time, paper orders, desks."""
        at = max((mark.at for mark in found.values()), default=None)
        if at is None:
            return
        newest = {symbol: mark.price for symbol, mark in found.items() if mark.at > at - TOLD_WITHIN}
        fresh = self._newer(newest, at=at, begun_at=begun_at)
        if fresh and self._show is not None:
            self._show(at)
        if fresh:
            await self._moved(fresh)
        if fresh := self._newer(fresh, at=at, begun_at=begun_at):  # a paper book may have taken its time
            self._put(MarksMoved(at=at, marks=fresh))

    def _newer(self, prices: Mapping[Symbol, Decimal], *, at: datetime, begun_at: datetime) -> Mapping[Symbol, Decimal]:
        """Less those of which something is known that is as new: by the desks, or by the service since we asked."""
        sights = [book.desk.sight for book in self._books()]
        return {
            symbol: price
            for symbol, price in prices.items()
            if (symbol not in self._told or self._told[symbol] < begun_at)
            and all(sight.marks_at.get(symbol, at) <= at for sight in sights)
        }
