"""The summary of a day: what it brought, told once, with the first sign of the next."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from support.account import Account, placed
from support.build import BTC, ETH, NOON, WALL, arrived, settings, signal
from tradepods_core.book.book import apply
from tradepods_core.book.events import MarksMoved, PaymentReported
from tradepods_core.book.recorded import Checkpoint, read_checkpoint, read_fact, write_checkpoint, write_fact
from tradepods_core.book.today import DayTurned
from tradepods_core.book.values import Book
from tradepods_core.rules.snapshot import Notice

D = Decimal
MIDNIGHT = NOON + timedelta(hours=12)


class Days:
    """An account whose market time a test moves."""

    def __init__(self, **changes: Any) -> None:
        self.account = Account(account_settings=settings(exitCooldownHours=0, **changes))
        self.look(NOON)

    def look(self, at: datetime, **marks: str) -> list[Notice]:
        """The market shows a moment; the summaries that it brings."""
        account = self.account
        account.now = account.marks_at = at
        account.marks = {BTC: D(marks.get("btc", "100")), ETH: D(100)}
        told = account.handle(MarksMoved(at=at, marks=account.marks)).notices
        return [notice for notice in told if notice.kind == "summary"]

    def trade(self, *, price: str, realized: str, strategy: str = "swing") -> None:
        """A position that is opened at 100 and taken off there."""
        account = self.account
        close = account.now
        entry = placed(account.handle(arrived(signal(strategy=strategy, close=close), close=close)), "enter")
        stop = placed(account.fill(entry, fee=D("0.25")), "stop")
        account.settle(placed(account.settle(stop), "take_profit"))
        purpose = "take_profit" if D(realized) > 0 else "stop"
        account.fill(account.live(purpose), price=price, realized=D(realized), fee=D("0.25"))  # type: ignore[arg-type]
        for order in list(account.book.orders.values()):
            account.end(order.intent, executed=D(0), status="CANCELED")


def test_a_day_is_summed_up_with_the_first_sign_of_the_next() -> None:
    """Result, fees, funding, entries, exits, wins, equity from its beginning to its end."""
    days = Days()
    days.trade(price="103", realized="14.775")
    days.trade(price="97", realized="-14.775", strategy="other")
    account = days.account
    paid = PaymentReported(
        kind="FUNDING_FEE", asset="USDT", amount=D("-0.5"), balance=D("998.5"), at=account.now, seen_at=WALL
    )
    account.handle(paid)
    (told,) = days.look(MIDNIGHT)

    assert told.values == {
        "day": "2025-06-02",
        "realized": "0",
        "fees": "-1",
        "funding": "-0.5",
        "net": "-1.5",
        "entries": "2",
        "adds": "0",
        "exits": "2",
        "wins": "1",
        "began": "1000",
        "ended": "998.5",
        "open": "",
        "reasons": "",
    }


def test_an_exit_that_brings_less_than_its_fees_is_not_won() -> None:
    """By the net of the position, its entry's fee among it."""
    days = Days()
    days.trade(price="100.1", realized="0.4925")
    (told,) = days.look(MIDNIGHT)

    assert (told.values["exits"], told.values["wins"]) == ("1", "0")


def test_each_day_is_told_once_and_counted_anew() -> None:
    """Its equity begins where the last one's ended."""
    days = Days()
    days.trade(price="103", realized="14.775")
    assert len(days.look(MIDNIGHT)) == 1
    assert days.look(MIDNIGHT + timedelta(minutes=5)) == []

    days.trade(price="103", realized="14.775", strategy="other")
    (told,) = days.look(MIDNIGHT + timedelta(days=1))
    assert (told.values["day"], told.values["entries"], told.values["wins"]) == ("2025-06-03", "1", "1")
    assert (told.values["began"], told.values["ended"]) == ("1014.275", "1028.55")


def test_a_day_without_anything_is_not_told() -> None:
    """Nothing done, refused or open."""
    assert Days().look(MIDNIGHT) == []


def test_a_day_with_something_open_is_told_by_its_mark() -> None:
    """Though nothing was done in it."""
    days = Days()
    days.account.opened()
    days.look(MIDNIGHT)
    (told,) = days.look(MIDNIGHT + timedelta(days=1), btc="102")

    assert (told.values["entries"], told.values["open"]) == ("0", f"long {BTC} unrealized=9.85")


def test_the_most_frequent_refusals_are_named() -> None:
    """Three of them, the most frequent first."""
    days = Days()
    account = days.account
    account.connected = False
    account.handle(arrived(signal(strategy="a"), signal(strategy="b")))
    account.connected, account.settings = True, settings(symbols={"deny": [BTC]})
    account.handle(arrived(signal(strategy="c")))
    (told,) = days.look(MIDNIGHT)

    assert told.values["reasons"] == "StaleData 2, SymbolNotAllowed 1"


def test_of_days_that_passed_unseen_the_last_one_seen_is_told() -> None:
    """Once, when the worker is back."""
    days = Days()
    days.trade(price="103", realized="14.775")
    (told,) = days.look(MIDNIGHT + timedelta(days=3))

    assert told.values["day"] == "2025-06-02"
    assert days.look(MIDNIGHT + timedelta(days=3, hours=1)) == []


@pytest.mark.parametrize(("at", "day"), [(MIDNIGHT - timedelta(minutes=1), "old"), (MIDNIGHT, "new")])
def test_what_happened_before_midnight_and_is_heard_after_it_belongs_to_the_old_day(at: datetime, day: str) -> None:
    """By the venue's time of it: the event that turns the day may bring it."""
    days = Days()
    account = days.account
    account.opened()
    account.now, account.marks[BTC] = MIDNIGHT + timedelta(minutes=1), D(102)
    account.fill(account.live("take_profit"), price="103", realized=D("14.775"), at=at)
    (told,) = [notice for notice in account.notices if notice.kind == "summary"]
    assert account.book.today is not None

    counts = {"old": D(told.values["realized"]), "new": account.book.today.tally.realized_pnl}
    assert counts == {"old": D(0), "new": D(0), day: D("14.775")}
    assert told.values["wins"] == ("1" if day == "old" else "0")
    assert told.values["ended"] == ("1014.775" if day == "old" else "1009.85")  # of 4.925 from 100, at the mark of 102


def test_a_start_goes_on_counting_where_the_last_run_ended() -> None:
    """From its facts, and from a checkpoint of any moment."""
    days = Days()
    days.trade(price="103", realized="14.775")
    days.look(MIDNIGHT)
    days.trade(price="97", realized="-14.775", strategy="other")
    account = days.account
    again = [read_fact(*write_fact(fact)) for fact in account.facts]
    cut = next(number for number, fact in enumerate(account.facts) if isinstance(fact, DayTurned) and fact.ended)
    begun = Book(wallet=D(1000))
    kept = write_checkpoint(Checkpoint(book=apply(begun, again[:cut]), tally=account.tally()))

    assert account.book.today is not None
    assert apply(begun, again).today == account.book.today
    assert apply(read_checkpoint(kept).book, again[cut:]).today == account.book.today


def _without_wallet(account: Account) -> None:
    account.book = Book()


def _without_marks(account: Account) -> None:
    account.marks = {}


@pytest.mark.parametrize("missing", [_without_wallet, _without_marks])
def test_no_day_begins_before_the_account_and_the_market_were_seen(missing: Callable[[Account], None]) -> None:
    """A replay's time is not known before its first marks, nor is what the account is worth before it was read."""
    account = Account()
    missing(account)
    account.handle(MarksMoved(at=NOON, marks={}))

    assert account.book.today is None


def test_time_that_goes_back_turns_no_day() -> None:
    """A ledger that has seen a later day is not told of an older one again."""
    days = Days()
    days.trade(price="103", realized="14.775")

    assert days.look(NOON - timedelta(days=2)) == []
