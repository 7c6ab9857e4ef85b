"""Reads the whole account when asked to: at the start, after a gap, when something does not add up."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from tradepods_core.book.book import apply
from tradepods_core.book.compare import compare
from tradepods_core.book.events import AccountRead
from tradepods_core.book.income import Income, Records
from tradepods_core.book.values import Book
from tradepods_core.book.wallet import unexplained
from tradepods_core.errors import Temporary
from tradepods_core.shapes import Symbol
from tradepods_worker.engine.activity import Activity
from tradepods_worker.ports import Clock, CredentialsRefused, Put, Venue, Wanted

LONGEST_PAUSE = 10.0  # seconds between two tries of one reading
FIRST_REST, LONGEST_REST = timedelta(seconds=1), timedelta(seconds=60)  # after a reading that was reminded of
ASKED_FOR = 3.0  # seconds, of all pages of the records: a position may wait for its stop
KNOWN_FOR = timedelta(days=1)  # until they are asked for though the wallet agrees: what is known must not grow old
RECORDS_WITHIN = timedelta(minutes=1)  # from a payment until the venue's records must show it
FORGOTTEN = 2 * LONGEST_REST  # no reminder for so long, and the next is heard at once
log = structlog.get_logger()


class Rereader:
    """One reading at a time; being asked again during one gives one more."""

    def __init__(self, *, venue: Venue, wall: Clock, put: Put, activity: Activity) -> None:
        self._venue, self._wall, self._put = venue, wall, put
        self._activity = activity
        self._asked = asyncio.Event()
        self._reminded: dict[str, tuple[datetime, timedelta]] = {}  # by reason: when last, and how long it rests now
        self._unexplained_since: datetime | None = None
        self.last_error = ""
        self.refused_keys = ""
        self.answered = asyncio.Event()  # once the venue has taken the keys, or refused them

    def ask(self, why: str) -> None:
        """The account is to be read now."""
        if not self._asked.is_set():
            log.info("reading_account", why=why)
            self._activity.begin()
            self._asked.set()

    def remind(self, why: str) -> None:
        """The account is to be read some time: a reminder that comes too soon after its like is not heard."""
        now = self._wall.now()
        last, rest = self._reminded.get(why, (now - FORGOTTEN, FIRST_REST))
        if now - last < rest:
            return
        rest = FIRST_REST if now - last >= FORGOTTEN else min(rest * 2, LONGEST_REST)
        self._reminded[why] = now, rest
        self.ask(why)

    async def run(self, *, book: Callable[[], Book]) -> None:
        """Read whenever asked, without end; what is looked up is what the book has then."""
        while True:
            await self._asked.wait()
            self._asked.clear()
            self._put(await self._read(book))
            self._activity.end()

    async def _read(self, book: Callable[[], Book]) -> AccountRead:
        pause = 0.2
        while True:
            begun_at = self._wall.now()
            try:
                view = await self._venue.read(wanted=wanted(book()), past=missing_on(book()))
            except Temporary as error:
                self.last_error = str(error)
                self._judge(error)
                log.warning("account_unread", error=str(error), retry_in=pause)
                await self._wall.sleep(max(pause, error.after))
                pause = min(pause * 2, LONGEST_PAUSE)
            else:
                self.last_error = ""
                self._judge(None)
                event = AccountRead(view=view, begun_at=begun_at, seen_at=self._wall.now())
                return await self._explained(event, book())

    async def _explained(self, event: AccountRead, book: Book) -> AccountRead:
        """The reading with the venue's records, where they have to explain its wallet, or were not asked for lately."""
        differs = book.known is not None and _differs(event, book)
        if not differs:
            self._unexplained_since = None
        if not differs and book.known is not None and event.seen_at - book.known.seen_at <= KNOWN_FOR:
            return event
        records = Records(rows=await self._records(book))
        if differs and records.rows is not None:
            since = self._unexplained_since = self._unexplained_since or event.begun_at
            records = replace(records, waited=event.begun_at - since >= RECORDS_WITHIN)
        return replace(event, view=replace(event.view, records=records))

    async def _records(self, book: Book) -> tuple[Income, ...] | None:
        """None where they can't be read just now."""
        try:
            async with asyncio.timeout(ASKED_FOR):
                return await self._venue.income(since=None if book.known is None else book.known.at)
        except (Temporary, TimeoutError) as error:
            self.last_error = str(error) or "the exchange's records take too long"
            log.warning("income_unread", error=self.last_error)
            return None

    def _judge(self, error: Temporary | None) -> None:
        """What an answer says of the account's keys; another error says nothing."""
        if error is None or isinstance(error, CredentialsRefused):
            self.refused_keys = "" if error is None else str(error)
            self.answered.set()


def _differs(event: AccountRead, book: Book) -> bool:
    """Whether the wallet is not the book's, though nothing is under way and the book is not newer than the reading."""
    return unexplained(book, apply(book, compare(book, event)), event)


def missing_on(book: Book) -> tuple[Symbol, ...]:
    """The symbols on which a reading has shown less than the book holds: what explains it is asked for."""
    return tuple(symbol for symbol, doubt in book.doubts.items() if doubt.quantity)


def wanted(book: Book) -> tuple[Wanted, ...]:
    """The orders to look up: all in the book, and those reserved that may have been sent before the book said so."""
    found = {
        order.intent.id: Wanted(
            id=order.intent.id, symbol=order.intent.leg.symbol, conditional=order.intent.conditional
        )
        for order in book.orders.values()
    }
    for reserved in book.reserved.values():
        conditional = reserved.purpose != "close"
        found.setdefault(reserved.id, Wanted(id=reserved.id, symbol=reserved.leg.symbol, conditional=conditional))
    return tuple(found.values())
