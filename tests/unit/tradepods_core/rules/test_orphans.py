"""Orphans: protective orders whose work is done are cancelled, and only ours."""

from decimal import Decimal

from support.account import Account, placed
from support.build import arrived, later, signal
from tradepods_core.book.events import AlarmRang
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


def test_an_order_that_the_venue_no_longer_knows_is_gone_too() -> None:
    """Where its position is closed, nothing is left to learn of it."""
    account, stop, _ = _protected()
    (cancel,) = account.fill(stop, price="97", ended=False).intents
    account.end(stop, executed=stop.quantity)
    account.settle(cancel, Rejected(code="unknown_order"))

    assert account.book.orders == {}


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
