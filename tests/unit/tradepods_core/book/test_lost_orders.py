"""Orders that were looked up and not found: what a fill, or a reading, makes of them afterwards."""

from decimal import Decimal
from typing import Any

import pytest

from support.account import Account, placed
from support.build import BTC, arrived, later, signal
from tradepods_core.book.events import (
    AccountRead,
    AccountView,
    AlarmRang,
    CommandGiven,
    VenueOrder,
    VenuePosition,
)
from tradepods_core.book.intents import PlaceOrder, Unknown
from tradepods_core.rules.snapshot import Decision

D = Decimal


def _lost() -> tuple[Account, PlaceOrder, Decision]:
    """An entry whose answer never came, and of which two look-ups found nothing."""
    account = Account()
    entry = placed(account.handle(arrived(signal())), "enter")
    account.wall = later(5)
    return account, entry, account.reject(entry, "not_placed")


def _read(account: Account, *, begun: float, **view: Any) -> Decision:
    values = {"wallet": account.book.wallet, **view}
    begun_at = later(begun)
    account.wall = max(account.wall, begun_at)
    return account.handle(AccountRead(view=AccountView(**values), begun_at=begun_at, seen_at=account.wall))


def _shown(order: PlaceOrder, *, ended: bool = False) -> VenueOrder:
    """As the venue shows it: at work or resting, or filled."""
    return VenueOrder(
        id=order.id,
        symbol=order.leg.symbol,
        buys=order.buys,
        kind=order.kind,
        quantity=order.quantity,
        trigger=order.trigger,
        ended=ended,
        executed=order.quantity if ended else D(0),
        status="FILLED" if ended else "NEW",
    )


def test_an_order_that_is_not_found_asks_for_a_reading_and_is_kept_until_then() -> None:
    """The venue may be slow to show what it has."""
    account, entry, decision = _lost()

    assert decision.strange
    assert entry.id in account.book.orders


def test_a_fill_of_it_that_comes_after_all_is_booked_and_protected() -> None:
    """The position is real, whatever the look-ups said."""
    account, entry, _ = _lost()
    decision = account.fill(entry, ended=False)

    assert account.position().quantity == entry.quantity
    assert placed(decision, "stop").quantity == entry.quantity


def test_a_reading_that_does_not_show_it_either_ends_it() -> None:
    """And frees its slot and its ids."""
    account, entry, _ = _lost()
    _read(account, begun=6)

    assert entry.id not in account.book.orders
    assert account.book.reserved == {}


def test_a_reading_that_began_before_it_was_given_up_says_nothing_about_it() -> None:
    """It is as old as the look-ups."""
    account, entry, _ = _lost()
    _read(account, begun=4)

    assert entry.id in account.book.orders


def test_a_second_signal_of_its_symbol_waits_while_it_may_still_fill() -> None:
    """Two positions of one size would be twice the risk."""
    account, _, _ = _lost()
    account.handle(arrived(signal(strategy="other")))

    assert account.refusals() == ["AlreadyInPosition"]


def test_a_reading_older_than_the_last_fill_neither_doubts_nor_moves_the_wallet() -> None:
    """It began before the fill and shows the account without it."""
    account = Account()
    entry = placed(account.handle(arrived(signal())), "enter")
    account.wall = later(2)
    account.settle(placed(account.fill(entry, fee=D(1)), "stop"))
    before = account.book.wallet
    _read(account, begun=1, wallet=D(1000))

    assert account.book.doubts == {}
    assert account.book.wallet == before == D(999)


def test_a_reading_newer_than_the_last_fill_does_both() -> None:
    """The venue is right about what it holds."""
    account = Account()
    account.opened()
    _read(account, begun=3, wallet=D(900), positions=(VenuePosition(symbol=BTC, quantity=D(6)),))

    assert account.book.wallet == D(900)
    assert BTC in account.book.doubts


def test_a_lost_entry_that_fills_in_parts_is_booked_whole() -> None:
    """The first fill shows that it lives: more of it may follow."""
    account, entry, _ = _lost()
    account.fill(entry, quantity=D(2), ended=False)
    decision = account.fill(entry, quantity=entry.quantity - 2, ended=False)

    assert account.position().quantity == entry.quantity
    assert not decision.strange
    assert not account.book.orders[entry.id].ended


def test_a_lost_order_that_a_reading_shows_at_work_lives_again() -> None:
    """Its fills and its end are still to come."""
    account, entry, _ = _lost()
    shown = _shown(entry)
    _read(account, begun=6, orders=(shown,))
    order = account.book.orders[entry.id]

    assert (order.accepted, order.lost, order.ended) == (True, False, False)


def test_a_reading_that_began_before_an_order_arrived_does_not_end_it_after_its_first_fill() -> None:
    """It truthfully does not show it; the other fills are on their way."""
    account = Account()
    entry = placed(account.handle(arrived(signal())), "enter")
    account.wall = later(0.2)
    account.fill(entry, quantity=D(2), ended=False)
    _read(account, begun=0.1, positions=(VenuePosition(symbol=BTC, quantity=entry.quantity),))
    account.fill(entry, quantity=entry.quantity - 2, ended=False)

    assert account.position().quantity == entry.quantity


@pytest.mark.parametrize(("seconds", "known"), [(2, True), (3, False)])
def test_an_accepted_order_may_show_late_in_a_reading(seconds: float, known: bool) -> None:
    """Within three seconds a reading that does not show it says nothing."""
    account = Account()
    _, stop, _ = account.opened()
    _read(account, begun=seconds, positions=(VenuePosition(symbol=BTC, quantity=stop.quantity),))

    assert (stop.id in account.book.orders) is known


def test_an_executed_stop_whose_trades_are_not_listed_yet_is_neither_replaced_nor_doubted() -> None:
    """The venue says that it has filled: its fills come a moment later."""
    account = Account()
    _, stop, _ = account.opened()
    done = _shown(stop, ended=True)
    decision = _read(account, begun=10, orders=(done,))

    assert decision.intents == ()
    assert account.book.doubts == {}


def test_a_take_profit_whose_first_copy_rests_after_its_second_was_refused_needs_no_other() -> None:
    """What the reading shows is the one that it is to have."""
    account = Account()
    entry = placed(account.handle(arrived(signal())), "enter")
    stop = placed(account.fill(entry), "stop")
    target = placed(account.settle(stop), "take_profit")
    account.settle(target, Unknown(why="timeout"))
    account.reject(target, "too_many_orders")
    held = VenuePosition(symbol=BTC, quantity=entry.quantity)
    decision = _read(account, begun=0.5, positions=(held,), orders=(_shown(stop), _shown(target)))

    assert decision.intents == ()
    assert account.live("take_profit") == target
    assert decision.alarm is None


def test_a_close_that_a_person_asked_for_and_that_never_arrived_is_placed_again() -> None:
    """Its worker died between commit and request: it was promised, and it can't open."""
    account = Account()
    entry, stop, target = account.opened()
    close = placed(account.handle(CommandGiven(id="telegram/1", name="close", by="alice")), "close")
    account.wall = later(8)
    account.reject(close, "not_placed")
    held = VenuePosition(symbol=BTC, quantity=entry.quantity)
    account.wall = later(9)
    shown = _read(account, begun=9, positions=(held,), orders=(_shown(stop), _shown(target)))
    assert shown.alarm is not None
    account.wall = shown.alarm

    again = placed(account.handle(AlarmRang(at=account.wall)), "close")
    assert (again.quantity, again.revision) == (entry.quantity, 1)
