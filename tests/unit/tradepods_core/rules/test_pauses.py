"""A person's pause and that of a limit stand beside each other; only where a limit was reached is a loss forgiven."""

from datetime import timedelta
from decimal import Decimal

from support.account import Account, orders, placed
from support.build import ETH, NOON, WALL, settings
from support.loser import Loser
from tradepods_core.book.accounting import equity
from tradepods_core.book.events import MarksMoved, PaymentReported
from tradepods_core.book.facts import DayBegan

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


def test_money_that_is_taken_out_as_a_day_begins_is_no_loss_of_it() -> None:
    """The event that shows the day is the payment itself."""
    loser = Loser(maxDailyLossPct=2, flattenOnBreach=True)
    loser.move("100")
    loser.account.now += timedelta(hours=12)
    left = (loser.account.book.wallet or D(0)) - 300
    paid = PaymentReported(
        kind="TRANSFER", asset="USDT", amount=D(-300), balance=left, at=loser.account.now, seen_at=WALL
    )
    loser.account.handle(paid)

    assert loser.account.book.day is not None
    assert loser.account.book.day.equity == equity(loser.account.book, loser.account.marks)
    assert [pause.why for pause in loser.pauses()] == []


def test_a_day_that_began_without_every_mark_counts_from_what_is_known_first() -> None:
    """A position without a price was counted at its average: what earlier days have lost is not this day's."""
    loser = Loser(maxDailyLossPct=2, flattenOnBreach=True)
    loser.move("98.5")
    account = loser.account
    account.now += timedelta(hours=12)
    account.marks = {ETH: D(100)}
    account.handle(MarksMoved(at=account.now, marks=account.marks))
    assert account.book.today is not None
    assert not account.book.today.valued
    loser.move("97.5")

    assert account.book.day is not None
    assert account.book.day.equity == equity(account.book, account.marks)
    assert [pause.why for pause in loser.pauses()] == []


def test_an_account_without_money_begins_no_day_again_and_again() -> None:
    """A limit of nothing is no limit."""
    account = Account(wallet=D(0), account_settings=settings(protections={"maxDailyLossPct": 2}))
    facts = [account.handle(MarksMoved(at=account.now, marks=account.marks)).facts for _ in range(3)]

    assert [sum(isinstance(fact, DayBegan) for fact in found) for found in facts] == [1, 0, 0]
