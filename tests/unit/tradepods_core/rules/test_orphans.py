"""Orphans: protective orders whose work is done are cancelled, and only ours."""

from decimal import Decimal

import pytest

from support.account import Account, placed
from support.build import arrived, later, signal
from support.outside import shown
from tradepods_core.book.events import AccountRead, AccountView, AlarmRang
from tradepods_core.book.intents import CancelOrder, PlaceOrder, Rejected

D = Decimal


def _protected() -> tuple[Account, PlaceOrder, PlaceOrder]:
    """An open position whose stop and take-profit rest."""
    account = Account()
    _, stop, target = account.opened()
    return account, stop, target


def test_when_the_stop_has_filled_the_take_profit_is_cancelled() -> None:
    """And not the stop itself, whose end is on the way."""
    account, stop, target = _protected()
    decision = account.fill(stop, price="97", ended=False)

    assert [intent.target for intent in decision.intents if isinstance(intent, CancelOrder)] == [target.id]


def test_a_confirmed_cancel_leaves_nothing_behind() -> None:
    """The book is empty again, reservations included."""
    account, stop, _ = _protected()
    (cancel,) = account.fill(stop, price="97", ended=False).intents
    account.end(stop, executed=stop.quantity)
    account.settle(cancel)

    assert (account.book.orders, account.book.unsettled, account.book.reserved) == ({}, {}, {})


@pytest.mark.parametrize("rests", [True, False])
def test_an_order_that_the_venue_says_it_does_not_know_is_gone_once_a_reading_shows_so(rests: bool) -> None:
    """Also where its position is closed: a false answer would leave it to rest, and nobody would know of it."""
    account, stop, target = _protected()
    (cancel,) = account.fill(stop, price="97", ended=False).intents
    account.end(stop, executed=stop.quantity)
    answer = account.settle(cancel, Rejected(code="unknown_order"))
    account.wall = later(4)
    orders = (shown(target),) if rests else ()
    view = AccountView(wallet=account.book.wallet or D(0), orders=orders)
    decision = account.handle(AccountRead(view=view, begun_at=account.wall, seen_at=account.wall))

    assert answer.strange
    assert [getattr(intent, "target", "") for intent in decision.intents] == ([target.id] if rests else [])
    assert list(account.book.orders) == ([target.id] if rests else [])


def test_a_cancel_that_was_refused_is_tried_again_under_another_id() -> None:
    """After a pause; an intent's id is used once."""
    account, stop, target = _protected()
    (first,) = account.fill(stop, price="97", ended=False).intents
    account.settle(first, Rejected(code="other"))
    at_once = account.handle(AlarmRang(at=account.wall))
    account.wall = later(1)
    (second,) = account.handle(AlarmRang(at=account.wall)).intents

    assert at_once.intents == ()
    assert isinstance(second, CancelOrder)
    assert second.target == target.id
    assert second.id != first.id


def test_a_resting_order_of_an_open_position_stays() -> None:
    """Nothing is tidied that still protects."""
    account, _, _ = _protected()

    assert account.handle(AlarmRang(at=account.wall)).intents == ()


def test_a_cancel_of_a_resting_order_that_the_venue_does_not_know_has_the_account_read() -> None:
    """While its position is open: the old stop, outgrown, may have acted instead."""
    account = Account()
    entry = placed(account.handle(arrived(signal())), "enter")
    account.settle(placed(account.fill(entry, quantity=D(2), ended=False), "stop"))
    account.fill(entry, quantity=entry.quantity - 2, ended=False)
    second = placed(account.end(entry, executed=entry.quantity), "stop")
    (cancel,) = (intent for intent in account.settle(second).intents if isinstance(intent, CancelOrder))

    assert account.settle(cancel, Rejected(code="unknown_order")).strange
