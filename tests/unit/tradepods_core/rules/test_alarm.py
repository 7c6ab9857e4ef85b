"""Alarms: when time alone changes the answer, and when the account has to be looked at again."""

from datetime import timedelta
from decimal import Decimal

import pytest

from support.account import Account, placed
from support.build import BTC, arrived, later, signal
from tradepods_core.book.events import AlarmRang
from tradepods_core.book.intents import Accepted, Rejected, Unknown
from tradepods_core.rules.alarm import unheard

D = Decimal


def test_an_idle_account_sets_no_alarm() -> None:
    """Nothing can change by itself."""
    assert Account().handle(arrived()).alarm is None


def test_an_accepted_entry_whose_fills_do_not_come_is_looked_at() -> None:
    """The answer said executed, the stream is silent: a dead private stream must not hide an open position."""
    account = Account()
    entry = placed(account.handle(arrived(signal())), "enter")
    answered = account.settle(entry, Accepted(executed=entry.quantity, ended=True))
    account.wall = later(1)

    assert answered.alarm == later(0.3)
    assert not answered.overdue
    assert account.handle(AlarmRang(at=account.wall)).overdue


def test_a_market_order_that_never_ends_is_looked_at() -> None:
    """Two seconds after its acceptance."""
    account = Account()
    account.settle(placed(account.handle(arrived(signal())), "enter"))
    account.wall = later(2)

    assert account.handle(AlarmRang(at=account.wall)).overdue


def test_what_is_overdue_is_asked_again_a_second_later() -> None:
    """Not at once: an answer takes its time."""
    account = Account()
    account.settle(placed(account.handle(arrived(signal())), "enter"))
    account.wall = later(7)

    assert account.handle(AlarmRang(at=account.wall)).alarm == later(7) + timedelta(seconds=1)


def test_an_entry_that_never_arrived_is_believed_but_looked_at_once_more() -> None:
    """Neither trades nor position may show it."""
    account = Account()
    entry = placed(account.handle(arrived(signal())), "enter")

    assert account.settle(entry, Rejected(code="not_placed")).strange


def test_once_all_fills_are_booked_nothing_is_overdue() -> None:
    """Ten seconds later there is nothing to look at."""
    account = Account()
    entry = placed(account.handle(arrived(signal())), "enter")
    account.settle(placed(account.fill(entry), "stop"))
    account.wall = later(10)

    assert not account.handle(AlarmRang(at=account.wall)).overdue


@pytest.mark.parametrize(("twice", "seconds"), [(False, 0.3), (True, 5)])
def test_the_end_of_an_order_is_looked_into_once_nothing_more_of_it_can_come(twice: bool, seconds: float) -> None:
    """Its fills within a moment; a second copy of it, where it was sent twice, within five seconds."""
    account = Account()
    entry = placed(account.handle(arrived(signal())), "enter")
    target = placed(account.settle(placed(account.fill(entry), "stop")), "take_profit")
    if twice:
        account.settle(target, Unknown(why="time-out"))
    account.settle(target)
    ended = account.end(target, executed=target.quantity)
    due = (later(seconds), later(seconds - 0.1))
    overdue = []
    for account.wall in reversed(due):
        overdue.append(account.handle(AlarmRang(at=account.wall)).overdue)

    assert ended.alarm == due[0]
    assert overdue == [False, True]


@pytest.mark.parametrize(
    ("side", "mark", "reached"),
    [
        ("long", "97", True),
        ("long", "97.1", False),
        ("long", "102.9", False),
        ("long", "103", True),
        ("short", "103", True),
        ("short", "97", True),
        ("short", "100", False),
    ],
)
def test_a_level_that_is_reached_while_its_order_rests_is_strange(side: str, mark: str, reached: bool) -> None:
    """The stop at 3 % against the position, the take-profit at 3 % with it: by the venue's word both still rest."""
    account = Account()
    account.opened(side=side)

    assert unheard(account.book, {BTC: D(mark)}) is reached
    assert not unheard(account.book, {})
