"""Watches what keeps an account from opening from outside, and says so once: signals that stay away, halts, silence."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from tradepods_core.book.events import CycleArrived, TroublesSeen
from tradepods_core.book.steering import Trouble
from tradepods_core.rules.troubles import changed, close_only, of_book, together
from tradepods_core.shapes import Symbol
from tradepods_core.times import Timeframe
from tradepods_core.wire.published import Halt
from tradepods_worker.engine.desk import Desk
from tradepods_worker.ports import Clock, FeedEvent, Put

LOOK_EVERY = 5.0  # seconds
PERIODS = 2  # of the shortest timeframe heard of, without a cycle or without a word
UNKNOWN = timedelta(minutes=5)  # a period, before any cycle was heard; silence is not waited for any longer either
LATE = timedelta(seconds=60)  # a cycle may be published so long after its candle's close
OPENS_BELOW = timedelta(milliseconds=750)  # from there on the venue may call every request late
GONE = "the signal service has not been heard for two periods"
GONE_OF_LONG = "the signal service has not been heard for ten minutes"
DOWN_FOR = timedelta(seconds=15)  # a private stream that reconnects at once is not worth a message


class Watchman:
    """Looks without end. `heard` and `halted` are told by those who listen to the service."""

    def __init__(
        self,
        *,
        desks: Callable[[], Sequence[Desk]],
        clock_off: Callable[[], timedelta],
        put: Put,
        market: Clock,
        wall: Clock,
    ) -> None:
        self._desks, self._put, self._market, self._wall = desks, put, market, wall
        self._clock_off = clock_off
        self._heard_at = wall.now()
        self._heard = False  # until then what the ledger says of the service holds
        self._closes: dict[Timeframe, datetime] = {}
        self._connected_at = wall.now()
        self._halt: str | None = None  # until the service was heard, what the ledger says holds

    def heard(self, event: FeedEvent) -> None:
        """The service has said something."""
        self._heard_at, self._heard = self._wall.now(), True
        if isinstance(event, Halt):
            self.halted(event.why)
        if isinstance(event, CycleArrived):
            self._heard_cycle(Timeframe.parse(event.cycle.timeframe), event.cycle.close)

    def _heard_cycle(self, timeframe: Timeframe, close: datetime) -> None:
        """A timeframe that stays away while a longer one goes on is not published any more: its strategies are gone."""
        self._closes[timeframe] = close
        gone = [one for one, last in self._closes.items() if close - last > PERIODS * one.length + LATE]
        for one in gone:
            del self._closes[one]

    def halted(self, why: str) -> None:
        """The service says whether trading is halted, at once."""
        if why != self._halt:
            self._halt = why
            self.look()

    async def run(self) -> None:
        """Look without end."""
        while True:
            await self._wall.sleep(LOOK_EVERY)
            self.look()

    def silent(self) -> bool:
        """Whether the service, or its cycles, have stayed away for so long that nothing is opened."""
        return any(True for _ in self._silence())

    def look(self) -> None:
        """Say what has changed."""
        seen = dict(self._troubles())
        if any(_differs(desk, seen) for desk in self._desks()):
            self._put(TroublesSeen(troubles=seen))

    def _troubles(self) -> Iterator[tuple[Trouble, str]]:
        yield from self._halted()
        yield from self._silence()
        off = self._clock_off()
        if off >= OPENS_BELOW:
            yield "ClockDrift", f"this machine's clock is {off.total_seconds():.2f} s off the exchange's: set it right"
        yield from self._unheard()
        yield from self._at_the_exchange()

    def _halted(self) -> Iterator[tuple[Trouble, str]]:
        if self._halt is None:
            yield from self._recorded("Halted")
        elif self._halt:
            yield "Halted", self._halt

    def _silence(self) -> Iterator[tuple[Trouble, str]]:
        """Nothing at all by the wall's clock; no cycle by the market's."""
        period = min((timeframe.length for timeframe in self._closes), default=UNKNOWN)
        if self._wall.now() - self._heard_at > PERIODS * min(period, UNKNOWN):
            yield "SignalsGone", GONE if period <= UNKNOWN else GONE_OF_LONG
            return
        if not self._heard:
            yield from self._recorded("SignalsGone")
        if not self._closes:
            yield from self._recorded("StaleData")
        for timeframe, close in self._closes.items():
            if timeframe.length == period and self._market.now() - close > PERIODS * period + LATE:
                yield "StaleData", f"no cycle of {timeframe} for two periods"

    def _unheard(self) -> Iterator[tuple[Trouble, str]]:
        """Of the exchange: a private stream that was down before a restart is, until it is up."""
        if all(desk.sight.connected for desk in self._desks()):
            self._connected_at = self._wall.now()
        elif self._wall.now() - self._connected_at > DOWN_FOR:
            yield "NotConnected", "the exchange's private stream is down: fills are heard late"
        else:
            yield from self._recorded("NotConnected")

    def _at_the_exchange(self) -> Iterator[tuple[Trouble, str]]:
        """How the account that trades is set there, once it was read; and what can only be closed there."""
        trading = [desk for desk in self._desks() if desk.trades]
        if any(desk.sight.since is None for desk in trading):
            yield from self._recorded("UnsupportedMode")
        elif not all(desk.sight.venue.single_asset for desk in trading):
            yield "UnsupportedMode", "the account is in multi-assets mode: set it to single-asset"
        symbols = frozenset[Symbol]().union(*(close_only(desk.book, desk.sight.markets) for desk in self._desks()))
        if symbols:
            yield "CloseOnly", together(symbols)

    def _recorded(self, kind: Trouble) -> Iterator[tuple[Trouble, str]]:
        """As the ledger has it: of who causes it nothing was heard in this run, so it is not over."""
        recorded = [trouble for desk in self._desks() if (trouble := desk.book.troubles.get(kind)) is not None]
        yield from ((kind, trouble.why) for trouble in recorded[:1])


def _differs(desk: Desk, seen: Mapping[Trouble, str]) -> bool:
    """Whether a book knows other troubles than there are."""
    known, own = desk.book.troubles, of_book(desk.book, seen)
    return known.keys() != own.keys() or any(changed(desk.book, kind, why) for kind, why in own.items())
