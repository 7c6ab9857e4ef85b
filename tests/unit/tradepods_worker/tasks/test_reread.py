"""Readings of the account: one at a time, retried, and asking for what the book wants to know."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from support.account import Account, placed
from support.build import BTC, NOON, WALL, arrived, later, signal
from tradepods_core.book.events import AccountRead, AccountView, Event
from tradepods_core.book.income import Income, Records, WalletKnown
from tradepods_core.book.values import Book
from tradepods_core.errors import Temporary
from tradepods_core.ids import is_ours
from tradepods_worker.adapters.clocks import ManualClock
from tradepods_worker.engine.activity import Activity
from tradepods_worker.ports import Wanted
from tradepods_worker.tasks.reread import Rereader, wanted

WITHIN = 5.0


class ScriptedVenue:
    """Fails so often, then answers."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.asked: list[Sequence[Wanted]] = []
        self.past: list[Sequence[str]] = []
        self.since: list[datetime | None] = []
        self.rows: tuple[Income, ...] = ()
        self.wallet, self.silent = Decimal(1000), False

    async def read(self, *, wanted: Sequence[Wanted], past: Sequence[str] = ()) -> AccountView:
        """The account."""
        self.asked.append(wanted)
        self.past.append(past)
        if self.failures:
            self.failures -= 1
            raise Temporary("the exchange does not answer")
        return AccountView(wallet=self.wallet)

    async def income(self, *, since: datetime | None) -> tuple[Income, ...]:
        """Its records."""
        self.since.append(since)
        if self.silent:
            raise Temporary("the exchange's rate limit")
        return self.rows


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(WITHIN):
        while not condition():
            await asyncio.sleep(0)


def _rereader(venue: ScriptedVenue) -> tuple[Rereader, list[Event], Activity]:
    heard: list[Event] = []
    activity = Activity()
    found = Rereader(
        venue=venue,  # type: ignore[arg-type]  # it has what a reading asks
        wall=ManualClock(WALL),
        put=heard.append,
        activity=activity,
    )
    return found, heard, activity


async def test_being_asked_twice_before_it_begins_gives_one_reading() -> None:
    """A gap and a doubt at the same moment."""
    venue = ScriptedVenue()
    rereader, heard, activity = _rereader(venue)
    rereader.ask("one")
    rereader.ask("two")
    busy = activity.busy
    running = asyncio.create_task(rereader.run(book=lambda: Account().book))
    await _until(lambda: not activity.busy)
    running.cancel()

    assert busy
    assert len(venue.asked) == 1
    assert [type(event) for event in heard] == [AccountRead]


async def test_a_venue_that_does_not_answer_is_asked_again() -> None:
    """Until it does; meanwhile the trouble is on record, and gone afterwards."""
    venue = ScriptedVenue(failures=3)
    rereader, heard, activity = _rereader(venue)
    rereader.ask("start")
    running = asyncio.create_task(rereader.run(book=lambda: Account().book))
    await _until(lambda: rereader.last_error != "")
    await _until(lambda: not activity.busy)
    running.cancel()

    assert len(venue.asked) == 4
    assert len(heard) == 1
    assert rereader.last_error == ""


def test_everything_that_may_be_at_the_venue_is_looked_up() -> None:
    """Orders in the book, and those reserved that may have been sent before the book could say so."""
    account = Account()
    entry = placed(account.handle(arrived(signal())), "enter")
    before, reserved = wanted(account.book), set(account.book.reserved)
    stop = placed(account.fill(entry, ended=False), "stop")
    after = {one.id: one.conditional for one in wanted(account.book)}

    assert {one.id for one in before} == {entry.id, *reserved}
    assert len(before) == 4
    assert all(is_ours(one.id) for one in before)
    assert (after[stop.id], after[entry.id]) == (True, False)


def test_reminders_are_heard_less_and_less_often() -> None:
    """After 1, 2, 4 … 60 seconds: what a reading did not mend, the next hardly will."""
    rereader, clock = _idle()
    heard = []
    for second in range(200):
        rereader.remind("something expected has not come")
        heard += [second] if rereader.asked else []
        rereader.forget()
        clock.advance(1)

    assert heard == [0, 1, 3, 7, 15, 31, 63, 123, 183]


def test_what_one_thing_was_reminded_of_delays_no_other() -> None:
    """A person's own position keeps us looking for days; a fill that is missing is looked for at once."""
    rereader, clock = _idle()
    for _ in range(100):
        rereader.remind("ledger and exchange disagree")
        clock.advance(5)
    rereader.forget()
    rereader.remind("something expected has not come")

    assert rereader.asked


def test_a_reminder_after_a_long_silence_is_heard_at_once() -> None:
    """It is about something new."""
    rereader, clock = _idle()
    for _ in range(100):
        rereader.remind("one thing")
        clock.advance(1)
    clock.advance(120)
    rereader.forget()
    rereader.remind("another")

    assert rereader.asked


def test_a_question_is_heard_whatever_was_reminded_of() -> None:
    """A gap does not wait."""
    rereader, _ = _idle()
    rereader.remind("something")
    rereader.forget()
    rereader.ask("connected")

    assert rereader.asked


class _Idle(Rereader):
    """Nobody reads: a test sees whether a reading was asked for."""

    @property
    def asked(self) -> bool:
        """Whether a reading is due."""
        return self._asked.is_set()

    def forget(self) -> None:
        """As if it had been made."""
        self._asked.clear()


def _idle() -> tuple[_Idle, ManualClock]:
    clock = ManualClock(WALL)
    venue: Any = ScriptedVenue()
    return _Idle(venue=venue, wall=clock, put=lambda _: None, activity=Activity()), clock


KNOWN = WalletKnown(balance=Decimal(1000), at=NOON, keys=("old",), seen_at=WALL)
BOOK = Book(wallet=Decimal(1000), known=KNOWN)
GONE = Income(key="income/TRANSFER/USDT/1/", kind="TRANSFER", asset="USDT", amount=Decimal(-200), at=NOON)


async def _read_once(rereader: Rereader, heard: list[Event], activity: Activity, book: Book) -> AccountRead:
    rereader.ask("again")
    running = asyncio.create_task(rereader.run(book=lambda: book))
    await _until(lambda: not activity.busy)
    running.cancel()
    event = heard[-1]
    assert isinstance(event, AccountRead)
    return event


async def test_the_records_are_asked_for_where_the_wallet_is_not_what_the_book_knows() -> None:
    """From the last record that is known; a wallet that agrees costs nothing."""
    venue = ScriptedVenue()
    rereader, heard, activity = _rereader(venue)
    agreeing = await _read_once(rereader, heard, activity, BOOK)
    venue.wallet, venue.rows = Decimal(800), (GONE,)
    differing = await _read_once(rereader, heard, activity, BOOK)
    unknown = await _read_once(rereader, heard, activity, replace(BOOK, known=None))

    assert agreeing.view.records is None
    assert differing.view.records == unknown.view.records == Records(rows=(GONE,))
    assert venue.since == [NOON, None]


async def test_the_records_are_asked_for_once_a_day_though_the_wallet_agrees() -> None:
    """What is known must not grow older than the exchange remembers."""
    venue = ScriptedVenue()
    rereader, heard, activity = _rereader(venue)
    clock = rereader._wall
    assert isinstance(clock, ManualClock)
    clock.advance(86_401)
    event = await _read_once(rereader, heard, activity, BOOK)

    assert event.view.records == Records(rows=())


async def test_a_reading_that_is_older_than_the_book_asks_for_no_records() -> None:
    """A fill was heard meanwhile: nobody can judge the wallet by it, and no minute begins."""
    venue = ScriptedVenue()
    venue.wallet = Decimal(800)
    rereader, heard, activity = _rereader(venue)
    newer = replace(BOOK, touched={BTC: later(60)})
    events = [await _read_once(rereader, heard, activity, newer) for _ in range(2)]

    assert ([event.view.records for event in events], rereader._unexplained_since) == ([None, None], None)


async def test_records_that_can_not_be_read_leave_the_rest_of_the_reading() -> None:
    """What is open is guarded by it; why the records are missing is on record."""
    venue = ScriptedVenue()
    venue.wallet, venue.silent = Decimal(800), True
    rereader, heard, activity = _rereader(venue)
    events = [await _read_once(rereader, heard, activity, BOOK) for _ in range(2)]

    event = events[-1]
    assert (event.view.wallet, event.view.records) == (Decimal(800), Records(rows=None))
    assert rereader.last_error == "the exchange's rate limit"


async def test_records_that_do_not_add_up_for_a_minute_never_will() -> None:
    """Counted from the first that were read; anew for each difference."""
    venue = ScriptedVenue()
    venue.wallet = Decimal(800)
    rereader, heard, activity = _rereader(venue)
    clock = rereader._wall
    assert isinstance(clock, ManualClock)
    venue.silent = True
    await _read_once(rereader, heard, activity, BOOK)
    waited = []
    for silent, seconds in ((True, 600), (False, 59), (False, 1), (False, 0)):
        venue.silent = silent
        event = await _read_once(rereader, heard, activity, BOOK)
        assert event.view.records is not None
        waited.append(event.view.records.waited)
        clock.advance(seconds)
    venue.wallet = Decimal(1000)
    await _read_once(rereader, heard, activity, BOOK)

    assert waited == [False, False, False, True]
    assert rereader._unexplained_since is None
