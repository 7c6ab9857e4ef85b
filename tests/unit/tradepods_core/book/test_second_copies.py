"""Conditional orders that were sent twice: once the first has ended its id is free, and a second copy may rest."""

from decimal import Decimal
from typing import Any

import pytest

from support.account import Account, placed
from support.build import arrived, later, signal
from support.outside import shown
from tradepods_core.book.events import AccountRead, AccountView, AlarmRang
from tradepods_core.book.intents import CancelOrder, Unknown
from tradepods_core.rules.snapshot import Decision

D = Decimal


def _read(account: Account, *, begun: float, **view: Any) -> Decision:
    values = {"wallet": account.book.wallet, **view}
    account.wall = max(account.wall, later(begun))
    return account.handle(AccountRead(view=AccountView(**values), begun_at=later(begun), seen_at=account.wall))


@pytest.mark.parametrize("unsure", [False, True])
def test_a_stop_that_was_sent_twice_stays_known_until_no_second_copy_can_come(unsure: bool) -> None:
    """With the first copy cancelled its id is free: the second would rest, and nobody would know it."""
    account = Account()
    entry = placed(account.handle(arrived(signal())), "enter")
    stop = placed(account.fill(entry), "stop")
    if unsure:
        account.settle(stop, Unknown(why="timeout"))
    target = placed(account.settle(stop), "take_profit")
    account.settle(target)
    account.wall = later(1)
    account.fill(target, price="103")
    account.end(stop, executed=D(0), status="CANCELED")

    assert (stop.id in account.book.orders) is unsure


def test_a_stop_whose_second_try_was_refused_stays_known_until_the_first_can_not_come() -> None:
    """The first answer was lost: it may rest all the while, or arrive yet, and is cancelled once it is seen."""
    account = Account()
    entry = placed(account.handle(arrived(signal())), "enter")
    stop = placed(account.fill(entry), "stop")
    account.settle(stop, Unknown(why="timeout"))
    close = placed(account.reject(stop, "other"), "close")
    account.fill(close)
    _read(account, begun=4)
    waits = stop.id in account.book.orders
    _read(account, begun=6)

    assert waits
    assert stop.id not in account.book.orders


def test_a_second_copy_that_comes_to_rest_is_found_and_cancelled() -> None:
    """By the reading that is asked for once it must have arrived."""
    account = Account()
    entry = placed(account.handle(arrived(signal())), "enter")
    stop = placed(account.fill(entry), "stop")
    account.settle(stop, Unknown(why="timeout"))
    account.settle(placed(account.settle(stop), "take_profit"))
    account.wall = later(1)
    (cancel,) = account.fill(account.live("take_profit"), price="103", ended=False).intents
    account.settle(cancel)
    account.wall = later(6.1)
    rung = account.handle(AlarmRang(at=account.wall))
    copy = shown(stop)
    decision = _read(account, begun=6.2, orders=(copy,))

    assert rung.overdue
    assert [getattr(intent, "target", "") for intent in decision.intents] == [stop.id]


def test_a_second_copy_of_an_order_that_has_filled_is_found_and_cancelled() -> None:
    """Its id was free again. Left to rest it would pass for a lost ledger's, and might reduce the next position."""
    account = Account()
    entry = placed(account.handle(arrived(signal())), "enter")
    stop = placed(account.fill(entry), "stop")
    account.settle(stop, Unknown(why="timeout"))
    account.settle(placed(account.settle(stop), "take_profit"))
    account.wall = later(1)
    account.fill(stop, price="97", ended=False)
    account.settle(next(iter(account.book.unsettled.values())))
    account.end(stop, executed=stop.quantity)
    account.wall = later(6.1)
    rung = account.handle(AlarmRang(at=account.wall))
    (cancel,) = _read(account, begun=6.2, orders=(shown(stop),)).intents
    account.settle(cancel)
    _read(account, begun=12)

    assert rung.overdue
    assert getattr(cancel, "target", "") == stop.id
    assert (account.book.orders, account.book.doubts) == ({}, {})


def test_the_fills_of_an_order_that_has_ended_do_not_bring_it_back() -> None:
    """Its end was heard first: what may come yet is a second copy, and a reading says that there is none."""
    account = Account()
    entry = placed(account.handle(arrived(signal())), "enter")
    stop = placed(account.fill(entry), "stop")
    account.settle(stop, Unknown(why="timeout"))
    account.settle(stop)
    account.wall = later(1)
    account.end(stop, executed=stop.quantity)
    account.fill(stop, price="97", ended=False)
    order = account.book.orders[stop.id]
    _read(account, begun=6.2)

    assert (order.ended, order.lost) == (True, True)
    assert stop.id not in account.book.orders


@pytest.mark.parametrize("ended", [True, False])
def test_a_cancel_of_a_stop_that_is_not_there_any_more_forgets_no_second_copy(ended: bool) -> None:
    """Whichever is heard first, its end or the venue's word that it does not know it."""
    account = Account()
    entry = placed(account.handle(arrived(signal())), "enter")
    stop = placed(account.fill(entry), "stop")
    account.settle(stop, Unknown(why="timeout"))
    account.settle(placed(account.settle(stop), "take_profit"))
    account.wall = later(1)
    account.fill(account.live("take_profit"), price="103")
    (cancel,) = [one for one in account.book.unsettled.values() if isinstance(one, CancelOrder)]
    if ended:
        account.end(stop, executed=D(0), status="CANCELED")
    account.reject(cancel, "unknown_order")
    waits = stop.id in account.book.orders
    _read(account, begun=6.2)

    assert (waits, account.book.orders) == (True, {})
