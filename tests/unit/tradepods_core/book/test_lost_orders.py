"""Orders that were looked up and not found: what a fill, or a reading, makes of them afterwards."""

from decimal import Decimal
from typing import Any

from support.account import Account, placed
from support.build import BTC, arrived, later, signal
from tradepods_core.book.events import AccountRead, AccountView, VenuePosition
from tradepods_core.book.intents import PlaceOrder
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
    _read(account, begun=3, wallet=D(900), positions=(VenuePosition(symbol=BTC, quantity=D(1)),))

    assert account.book.wallet == D(900)
    assert BTC in account.book.doubts
