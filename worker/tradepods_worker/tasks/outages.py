"""Watches what the ledger may never hear of, for nothing is decided before the account was read: refused keys, silence.

The person is told past the ledger, once when it begins and once when it is over.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from tradepods_core.rules.snapshot import Notice
from tradepods_core.times import written
from tradepods_worker.engine.alert import Alert
from tradepods_worker.ports import Clock
from tradepods_worker.tasks.heartbeat import Reported

LOOK_EVERY = 5.0  # seconds
WORTH_TELLING = timedelta(seconds=60)  # shorter silences and refusals pass by themselves
OVER: Mapping[str, str] = {
    "keys_refused": "keys_taken",
    "limited": "limit_over",
    "exchange_away": "exchange_back",
    "signals_away": "signals_back",
}
AWAY: Mapping[str, str] = {"exchange": "exchange_away", "signal service": "signals_away"}


class Outages:
    """Looks without end.

    Args:
        books: every open book.
        waits: what a start still waits for, and why, by its name.

    """

    def __init__(
        self,
        *,
        books: Callable[[], Sequence[Reported]],
        waits: Callable[[], Mapping[str, str]],
        alert: Alert,
        market: Clock,
        wall: Clock,
    ) -> None:
        self._books, self._waits, self._alert = books, waits, alert
        self._market, self._wall = market, wall
        self._since: dict[str, datetime] = {}
        self._told: set[str] = set()

    async def run(self) -> None:
        """Look without end."""
        while True:
            self.look()
            await self._wall.sleep(LOOK_EVERY)

    def look(self) -> None:
        """Tell what has begun, and what is over."""
        now, found = self._wall.now(), dict(self._found())
        self._since = {kind: self._since.get(kind, now) for kind in found}
        for kind, values in found.items():
            if kind not in self._told and (kind not in AWAY.values() or now - self._since[kind] >= WORTH_TELLING):
                self._told.add(kind)
                self._tell(kind, values)
        for kind in sorted(self._told - found.keys()):
            self._told.discard(kind)
            self._tell(OVER[kind], {})

    def _tell(self, kind: str, values: Mapping[str, str]) -> None:
        self._alert.tell("live", Notice(kind=kind, at=self._market.now(), values=values))

    def _found(self) -> Iterator[tuple[str, Mapping[str, str]]]:
        """What keeps us from the exchange: the first cause alone, for the others follow from it."""
        books = self._books()
        refused = next((book.rereader.refused_keys for book in books if book.rereader.refused_keys), "")
        limits = [until for book in books if (until := book.venue.limited_until()) is not None]
        if refused:
            yield "keys_refused", {"why": refused}
        elif limits:
            yield from self._limited(max(limits))
        else:
            yield from self._silent(books)

    def _limited(self, until: datetime) -> Iterator[tuple[str, Mapping[str, str]]]:
        if "limited" in self._told or until - self._wall.now() >= WORTH_TELLING:
            yield "limited", {"until": written(until.replace(microsecond=0))}

    def _silent(self, books: Sequence[Reported]) -> Iterator[tuple[str, Mapping[str, str]]]:
        """It does not begin where the ledger has told already that the private stream is down."""
        told = "exchange_away" in self._told
        for book in books:
            if book.rereader.last_error and (told or "NotConnected" not in book.desk.book.troubles):
                yield AWAY["exchange"], {"why": book.rereader.last_error}
        for what, why in self._waits().items():
            if what in AWAY:
                yield AWAY[what], {"why": why}
