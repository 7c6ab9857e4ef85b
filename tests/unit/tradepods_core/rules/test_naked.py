"""A position without a stop: how it may come to that after its entry, and that it never lasts."""

from decimal import Decimal

from support.account import Account, orders, placed
from support.build import BTC, arrived, later, signal
from tradepods_core.book.book import apply
from tradepods_core.book.events import AlarmRang
from tradepods_core.book.facts import SymbolDoubted
from tradepods_core.book.intents import Accepted, PlaceOrder
from tradepods_core.rules.snapshot import Decision

D = Decimal


def _ring(account: Account, seconds: float) -> Decision:
    account.wall = later(seconds)
    return account.handle(AlarmRang(at=account.wall))


def _unconfirmed() -> tuple[Account, PlaceOrder]:
    """An entry that filled, and its stop on the way."""
    account = Account()
    entry = placed(account.handle(arrived(signal())), "enter")
    return account, placed(account.fill(entry), "stop")


def test_a_stop_that_was_cancelled_by_hand_is_replaced_at_once() -> None:
    """By another with an id of its own, and from that moment the second of protection runs again."""
    account = Account()
    _, stop, _ = account.opened()
    account.wall = later(60)
    decision = account.end(stop, executed=D(0), status="CANCELED")

    assert placed(decision, "stop").revision == 1
    assert account.position().naked_since == later(60)
    assert decision.alarm == later(61)
    assert placed(_ring(account, 61), "close").cause == "no stop was confirmed within a second"


def test_a_stop_that_is_gone_while_another_rests_leaves_the_position_covered() -> None:
    """The old one of two, cancelled because the new one covers more."""
    account = Account()
    entry = placed(account.handle(arrived(signal())), "enter")
    first = placed(account.fill(entry, quantity=D(2), ended=False), "stop")
    account.settle(first)
    account.fill(entry, quantity=entry.quantity - 2, ended=False)
    account.settle(placed(account.end(entry, executed=entry.quantity), "stop"))
    account.end(first, executed=D(0), status="CANCELED")

    assert account.position().naked_since is None


def test_a_run_that_has_just_begun_gives_its_stop_a_second_too() -> None:
    """The worker was away for a minute: the stop that it sends now is not late before it is sent."""
    account, _ = _unconfirmed()
    account.since = later(60)

    assert orders(_ring(account, 60.5), "close") == []
    assert placed(_ring(account, 61), "close").cause == "no stop was confirmed within a second"


def test_a_stop_in_the_middle_of_its_fills_is_not_resized() -> None:
    """It takes the position with it: a second one beside it would turn the position round."""
    account = Account()
    _, stop, _ = account.opened()
    decision = account.fill(stop, quantity=D(1), price="97", ended=False)

    assert decision.intents == ()
    assert _ring(account, 1).intents == ()


def test_where_ledger_and_venue_disagree_nothing_is_closed_by_itself() -> None:
    """Which of them is right, a person has to say: the close of a wrong quantity may be the larger harm."""
    account, stop = _unconfirmed()
    doubt = SymbolDoubted(symbol=BTC, why="Unreconciled: the ledger holds 4.925, the venue 1", seen_at=account.wall)
    account.book = apply(account.book, [doubt])

    assert orders(account.reject(stop, "other"), "close") == []


def test_a_close_that_the_venue_gives_up_unfilled_waits_before_the_next() -> None:
    """Accepted and expired for want of an opposite side: as good as refused, with the same growing pauses."""
    account, stop = _unconfirmed()
    close = placed(account.reject(stop, "other"), "close")
    given_up = account.settle(close, Accepted(executed=D(0), ended=True))

    assert given_up.intents == ()
    assert given_up.alarm == later(1)
    assert placed(_ring(account, 1), "close").revision == 1


def test_a_close_that_filled_in_part_goes_on_with_the_rest() -> None:
    """After the pause, for what is left."""
    account, stop = _unconfirmed()
    close = placed(account.reject(stop, "other"), "close")
    account.fill(close, quantity=D(4), ended=False)
    account.end(close, executed=D(4), status="EXPIRED")

    assert placed(_ring(account, 1), "close").quantity == D("0.925")


def test_the_person_is_told_of_the_first_tries_to_close_only() -> None:
    """An exchange that refuses for an hour is not told sixty times."""
    account, stop = _unconfirmed()
    close = placed(account.reject(stop, "other"), "close")
    for number in range(6):
        account.reject(close, "other")
        close = placed(_ring(account, 100.0 * (number + 1)), "close")

    kinds = [notice.kind for notice in account.notices if notice.kind != "entered"]
    assert kinds == ["refused", "closing", *["refused", "closing"] * 2, "refused"]
