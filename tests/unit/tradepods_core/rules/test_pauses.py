"""A person's pause and that of a limit stand beside each other; only where a limit was reached is a loss forgiven."""

from datetime import timedelta
from decimal import Decimal

from support.account import orders, placed
from support.build import NOON, WALL, settings
from support.loser import Loser
from tradepods_core.book.accounting import equity
from tradepods_core.book.events import PaymentReported

D = Decimal


def test_a_pause_and_a_resume_forgive_no_loss() -> None:
    """Nobody had reached a limit: what was lost so far still counts, of the day, from the peak and in a row."""
    loser = Loser(maxDailyLossPct=2, maxDrawdownPct=3)
    loser.move("100")
    book = loser.account.book
    for price in ("99.2", "98.6"):
        loser.move(price)
        loser.say("pause")
        loser.say("resume")
    assert (loser.account.book.day, loser.account.book.peak) == (book.day, book.peak)

    loser.move("97.9")
    assert [pause.limit for pause in loser.pauses()] == [None, None, "DailyLossLimit"]


def test_a_persons_pause_covers_that_of_a_limit_and_does_not_take_its_place() -> None:
    """Both forbid, with their own reasons; one word of the person ends both, and forgives the loss."""
    loser = Loser(maxDailyLossPct=2)
    loser.move("97.9")
    loser.say("pause")
    book = loser.account.book
    assert (book.pause, book.breach) == (loser.pauses()[1], loser.pauses()[0])

    loser.say("resume")
    book = loser.account.book
    assert (book.pause, book.breach) == (None, None)
    assert book.day is not None
    assert book.day.equity == equity(book, loser.account.marks)


def test_a_new_day_ends_the_limits_pause_alone() -> None:
    """A person's goes on, and is not told to be over."""
    loser = Loser(maxDailyLossPct=2)
    loser.move("97.9")
    loser.say("pause")
    decision = loser.move("97.5", after=timedelta(hours=12))

    book = loser.account.book
    assert book.breach is None
    assert book.pause is not None
    assert book.pause.by_person
    assert [notice.kind for notice in decision.notices if notice.kind == "resumed"] == []


def test_a_limit_is_reached_under_a_persons_pause_too() -> None:
    """What is open is closed where that was asked for, once; the pause stays the person's until one word ends both."""
    loser = Loser(maxDrawdownPct=2, flattenOnBreach=True)
    loser.move("100")
    loser.say("pause")
    decision = loser.move("97.5")
    placed(decision, "close")
    assert [pause.limit for pause in loser.pauses()] == [None, "MaxDrawdown"]
    assert loser.account.book.pause == loser.pauses()[0]

    assert orders(loser.move("97.4"), "close") == []
    assert len(loser.pauses()) == 2


def test_a_daily_limit_that_is_set_during_the_day_counts_from_its_beginning() -> None:
    """And what a person has put in or taken out since is no loss of it."""
    loser = Loser()
    loser.move("100")
    worth = equity(loser.account.book, loser.account.marks)
    loser.move("98.5")
    left = (loser.account.book.wallet or D(0)) - 50
    loser.account.handle(
        PaymentReported(kind="TRANSFER", asset="USDT", amount=D(-50), balance=left, at=NOON, seen_at=WALL)
    )
    loser.account.settings = settings(entryPct=100, leverage=1, protections={"maxDailyLossPct": 2})
    loser.move("98.4")

    day = loser.account.book.day
    assert day is not None
    assert day.equity == worth - 50
    loser.move("97.9")
    assert [pause.limit for pause in loser.pauses()] == ["DailyLossLimit"]
