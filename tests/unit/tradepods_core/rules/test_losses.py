"""Limits on losses: a breach pauses the account; what is open stays protected, or is closed if that was asked for."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from support.account import Account, orders, placed
from support.build import BTC, ETH, NOON, WALL, arrived, later, settings, signal
from support.loser import Loser
from tradepods_core.book.accounting import equity
from tradepods_core.book.book import apply
from tradepods_core.book.events import CommandGiven, MarksMoved, PaymentReported
from tradepods_core.book.facts import (
    DayBegan,
    PeakSeen,
    SignalDecided,
    SymbolDoubted,
    TradingPaused,
    TradingResumed,
)

D = Decimal
MIDNIGHT = NOON + timedelta(hours=12)


def test_a_days_loss_pauses_until_midnight() -> None:
    """Measured from what the account was worth when the day was first seen."""
    loser = Loser(maxDailyLossPct=2)
    loser.move("98.1")
    assert loser.pauses() == []

    loser.move("97.9")
    (pause,) = loser.pauses()
    assert pause.until == MIDNIGHT
    assert pause.why == "the day has lost 2.1 %, the limit is 2 %"


def test_a_new_day_ends_the_pause_and_is_measured_anew() -> None:
    """From its own beginning."""
    loser = Loser(maxDailyLossPct=2)
    loser.move("97.9")
    after = loser.move("97.5", after=timedelta(hours=12))
    resumed = [fact for fact in after.facts if isinstance(fact, TradingResumed)]

    worth = equity(loser.account.book, loser.account.marks)
    assert [(fact.why, fact.equity) for fact in resumed] == [("the day is over", worth)]
    assert loser.account.book.pause is None
    assert len(loser.pauses()) == 1


def test_a_days_loss_is_measured_from_that_days_beginning() -> None:
    """What was lost the day before is not counted again."""
    loser = Loser(maxDailyLossPct=2)
    loser.move("98.5")
    loser.move("98.5", after=timedelta(hours=12))
    loser.move("97")
    assert loser.pauses() == []

    loser.move("96.5")
    (pause,) = loser.pauses()
    assert pause.until == MIDNIGHT + timedelta(days=1)


def test_a_drawdown_pauses_until_a_person_resumes() -> None:
    """From the highest worth that was ever seen."""
    loser = Loser(maxDrawdownPct=3)
    loser.move("102")
    loser.move("99.1")
    assert loser.pauses() == []

    loser.move("98.8")
    (pause,) = loser.pauses()
    assert pause.until is None
    assert "below its peak" in pause.why


def test_losses_in_a_row_pause() -> None:
    """A win in between begins the count anew."""
    account = Account(account_settings=settings(exitCooldownHours=0, protections={"maxConsecutiveLosses": 2}))
    for number, price in enumerate(("97", "103", "97", "97")):
        account.now = account.now + timedelta(minutes=5)
        account.marks_at = account.now
        close = later(300.0 * (number + 1), than=NOON)
        entry = placed(account.handle(arrived(signal(close=close), close=close)), "enter")
        stop = placed(account.fill(entry), "stop")
        account.settle(stop)
        account.fill(stop, price=price, realized=D(price) - 100)
        for order in list(account.book.orders.values()):
            account.end(order.intent, executed=D(0), status="CANCELED")

    (pause,) = [fact for fact in account.facts if isinstance(fact, TradingPaused)]
    assert pause.why == "2 losses in a row, the limit is 2"


def test_while_paused_nothing_is_opened_and_what_is_open_stays_protected() -> None:
    """Entries are refused with the reason of the pause."""
    loser = Loser(maxDailyLossPct=2)
    loser.move("97.9")
    decision = loser.account.handle(arrived(signal(ETH, close=later(300, than=NOON)), close=later(300, than=NOON)))
    refused = [fact for fact in decision.facts if isinstance(fact, SignalDecided)]

    assert [(fact.refusal, fact.message) for fact in refused] == [
        ("DailyLossLimit", "the day has lost 2.1 %, the limit is 2 %")
    ]
    assert len(loser.account.book.live(loser.account.position().number, "stop")) == 1


@pytest.mark.parametrize(("flattens", "closes"), [(False, 0), (True, 1)])
def test_a_breach_closes_what_is_open_only_where_that_was_asked_for(flattens: bool, closes: int) -> None:
    """Once, reduce-only, at market."""
    loser = Loser(maxDailyLossPct=2, flattenOnBreach=flattens)
    first, second = loser.move("97.9"), loser.move("97.8")

    assert len(orders(first, "close")) == closes
    assert orders(second, "close") == []


def test_a_breach_closes_nothing_where_ledger_and_venue_disagree() -> None:
    """Where a symbol is Unreconciled only a person closes."""
    loser = Loser(maxDailyLossPct=2, flattenOnBreach=True)
    doubt = SymbolDoubted(symbol=BTC, why="Unreconciled: a test", seen_at=loser.account.wall)
    loser.account.book = apply(loser.account.book, (doubt,))

    assert orders(loser.move("97.9"), "close") == []
    assert len(loser.pauses()) == 1


def test_the_end_of_a_day_lets_go_of_that_days_loss_only() -> None:
    """A drawdown is measured from the peak, however many days it takes."""
    loser = Loser(maxDailyLossPct=2, maxDrawdownPct=3)
    loser.move("97.9")
    loser.move("97.5", after=timedelta(hours=12))
    assert loser.account.book.pause is None

    loser.move("96.9")
    assert [pause.limit for pause in loser.pauses()] == ["DailyLossLimit", "MaxDrawdown"]


def test_a_limit_that_only_a_person_lifts_outlasts_the_day() -> None:
    """A daily-loss pause ends at the next 00:00 UTC; a drawdown pause by resume, also where it came second."""
    loser = Loser(maxDailyLossPct=2, maxDrawdownPct=3)
    loser.move("97.9")
    loser.move("96.9")
    loser.move("96.9", after=timedelta(hours=13))

    assert [(pause.limit, pause.until) for pause in loser.pauses()] == [
        ("DailyLossLimit", MIDNIGHT),
        ("MaxDrawdown", None),
    ]
    assert loser.account.book.pause == loser.pauses()[-1]


def test_a_limit_that_only_a_person_lifts_closes_what_a_days_loss_has_left_open() -> None:
    """By `flattenOnBreach`, which was off when the day's limit was reached; of two at once the lasting one counts."""
    limits = {"maxDailyLossPct": 2, "maxDrawdownPct": 3}
    loser = Loser(**limits)
    loser.move("97.9")
    loser.account.settings = settings(entryPct=100, leverage=1, protections={**limits, "flattenOnBreach": True})
    same, deeper = loser.move("97.5"), loser.move("96.9")

    assert orders(same, "close") == []
    assert placed(deeper, "close").cause == loser.pauses()[-1].why
    at_once = Loser(**limits)
    at_once.move("96.9")
    assert [pause.limit for pause in at_once.pauses()] == ["MaxDrawdown"]


@pytest.mark.parametrize(("realized", "losses"), [("0.4", 2), ("0.5", 0), ("0.6", 0)])
def test_a_position_that_only_earned_its_fees_is_no_loss(realized: str, losses: int) -> None:
    """One that cost a part of them is one more in a row."""
    account = Account()
    _, stop, _ = account.opened(fee=D("0.25"))
    account.book = replace(account.book, losses=1)
    account.fill(stop, realized=D(realized), fee=D("0.25"))

    assert account.book.positions == {}
    assert account.book.losses == losses


@pytest.mark.parametrize("kind", ["INSURANCE_CLEAR", "ADJUSTMENT"])
def test_what_the_venue_takes_for_trading_is_a_loss(kind: str) -> None:
    """A liquidation's fee, a correction: no person has moved that money."""
    loser = Loser(maxDailyLossPct=2)
    loser.move("100")
    paid = PaymentReported(kind=kind, asset="USDT", amount=D(-30), balance=D(970), at=NOON, seen_at=WALL)
    loser.account.handle(paid)

    (pause,) = loser.pauses()
    assert pause.limit == "DailyLossLimit"


def test_money_that_a_person_moves_is_no_loss() -> None:
    """A withdrawal moves what losses are measured from; funding does not."""
    loser = Loser(maxDailyLossPct=2, maxDrawdownPct=2)
    loser.move("100")
    before = loser.account.book
    event = PaymentReported(
        kind="WITHDRAW", asset="USDT", amount=D(-500), balance=D(400), at=NOON, seen_at=loser.account.wall
    )
    loser.account.handle(event)
    loser.account.handle(replace(event, kind="FUNDING_FEE", amount=D(-1), balance=D(399)))
    after = loser.account.book
    assert before.day is not None
    assert after.day is not None
    assert before.peak is not None

    assert loser.pauses() == []
    assert after.day.equity == before.day.equity - 500
    assert after.peak == before.peak - 500


def test_a_peak_is_recorded_by_thousandths() -> None:
    """A ledger is not written for every tick of a rising market."""
    loser = Loser(maxDrawdownPct=50)
    for price in ("100.05", "100.09", "100.2", "100.25"):
        loser.move(price)
    peaks = [fact for fact in loser.account.facts if isinstance(fact, PeakSeen)]

    assert len(peaks) == 2


def test_without_limits_nothing_is_measured() -> None:
    """And nothing recorded."""
    loser = Loser()
    loser.move("90")

    assert not any(isinstance(fact, DayBegan | PeakSeen | TradingPaused) for fact in loser.account.facts)


def test_nothing_is_measured_while_a_position_has_no_mark_price() -> None:
    """At each start the account is read before any mark is heard: its worth is not known, so no peak and no day."""
    account = Account(account_settings=settings(protections={"maxDrawdownPct": 2, "flattenOnBreach": True}))
    account.opened()
    before = account.book.peak
    account.marks = {}
    account.now += timedelta(days=1)
    silent = account.handle(MarksMoved(at=account.now, marks={}))

    assert (silent.facts, account.book.peak) == ((), before)


def test_a_resume_without_marks_measures_from_the_next_that_are_known() -> None:
    """What the account is worth is not guessed."""
    loser = Loser(maxDailyLossPct=2, maxDrawdownPct=2)
    loser.move("100")
    loser.move("97.9")
    account = loser.account
    account.marks = {}
    account.handle(CommandGiven(id="telegram/2", name="resume", by="ann"))
    assert account.book.day is not None
    assert (account.book.pause, account.book.day.equity, account.book.peak) == (None, D(0), None)

    account.marks = {BTC: D(99), ETH: D(100)}
    account.handle(MarksMoved(at=account.now, marks=account.marks))
    worth = equity(account.book, account.marks)
    assert account.book.day is not None
    assert (account.book.day.equity, account.book.peak) == (worth, worth)
