"""A position without a stop: how it may come to that after its entry, and that it never lasts."""

from datetime import timedelta
from decimal import Decimal

import pytest

from support.account import Account, orders, placed
from support.build import BTC, WALL, arrived, later, signal
from tradepods_core.book.book import apply
from tradepods_core.book.events import AlarmRang
from tradepods_core.book.facts import SymbolDoubted, SymbolTrusted
from tradepods_core.book.intents import Accepted, PlaceOrder, Unknown
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


def test_a_take_profit_waits_for_the_newest_stop() -> None:
    """One of a part of the position rests already: should the venue have room for one order only, it is the stop's."""
    account = Account()
    entry = placed(account.handle(arrived(signal())), "enter")
    account.settle(placed(account.fill(entry, quantity=D(2), ended=False), "stop"))
    account.fill(entry, quantity=entry.quantity - 2, ended=False)
    larger = placed(account.end(entry, executed=entry.quantity), "stop")
    waiting = _ring(account, 0.3)

    assert waiting.intents == ()
    assert placed(account.settle(larger), "take_profit").quantity == entry.quantity


def test_where_ledger_and_venue_disagree_nothing_is_closed_by_itself() -> None:
    """Which of them is right, a person has to say: the close of a wrong quantity may be the larger harm."""
    account, stop = _unconfirmed()
    doubt = SymbolDoubted(symbol=BTC, why="Unreconciled: the ledger holds 4.925, the venue 1", seen_at=account.wall)
    account.book = apply(account.book, [doubt])

    assert orders(account.reject(stop, "other"), "close") == []


def test_a_take_profit_whose_level_is_passed_waits_until_ledger_and_venue_agree() -> None:
    """Unreconciled: protection yes, closing by a person only; then it is taken at market."""
    account, stop = _unconfirmed()
    target = placed(account.settle(stop), "take_profit")
    doubt = SymbolDoubted(symbol=BTC, why="Unreconciled: the ledger holds 4.925, the venue 1", seen_at=account.wall)
    account.book = apply(account.book, [doubt])
    assert account.reject(target, "would_trigger").intents == ()

    account.book = apply(account.book, [SymbolTrusted(symbol=BTC, seen_at=account.wall)])
    assert placed(account.handle(AlarmRang(at=account.wall)), "take_profit").kind == "market"


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


def test_an_order_that_is_not_ours_does_not_stand_in_the_way_of_the_close() -> None:
    """Ledger and venue agree about how much is held: it can be closed."""
    account, stop = _unconfirmed()
    why = "ForeignPosition: order web_1 is not ours"
    doubt = SymbolDoubted(symbol=BTC, why=why, seen_at=account.wall, quantity=False)
    account.book = apply(account.book, [doubt])

    assert placed(account.reject(stop, "other"), "close").quantity == stop.quantity


@pytest.mark.parametrize("purpose", ["close", "take_profit"])
def test_a_market_exit_that_was_answered_before_its_fill_was_heard_is_not_sent_again(purpose: str) -> None:
    """The answer says that it executed: its fill is on the way, and takes the position with it."""
    account, stop = _unconfirmed()
    if purpose == "close":
        exiting = placed(account.reject(stop, "other"), "close")
    else:
        target = placed(account.settle(stop), "take_profit")
        exiting = placed(account.reject(target, "would_trigger"), "take_profit")
    answered = account.settle(exiting, Accepted(executed=exiting.quantity, ended=True))

    assert answered.intents == ()
    assert _ring(account, 0.2).intents == ()
    account.fill(exiting, ended=False)
    assert account.book.positions == {}


def test_a_close_that_never_arrived_is_followed_by_the_next_at_once() -> None:
    """Nobody refused it; it only reduces, so a late copy does no harm."""
    account, stop = _unconfirmed()
    decision, revisions = account.reject(stop, "other"), []
    for _ in range(5):
        close = placed(decision, "close")
        revisions.append(close.revision)
        decision = account.reject(close, "not_placed")

    assert revisions == [0, 1, 2, 3, 4]


def test_pauses_grow_with_the_refusals_in_a_row_and_stay_short() -> None:
    """1, 2, 4, 8, 10, 10 seconds: a position without a stop is not left alone for a minute."""
    account, stop = _unconfirmed()
    decision = account.reject(stop, "other")
    pauses = []
    for _ in range(6):
        decision = account.reject(placed(decision, "close"), "other")
        assert decision.alarm is not None
        pauses.append((decision.alarm - account.wall).total_seconds())
        account.wall = decision.alarm
        decision = account.handle(AlarmRang(at=account.wall))

    assert pauses == [1, 2, 4, 8, 10, 10]


def test_closes_that_are_never_answered_follow_each_other_ever_more_slowly() -> None:
    """Each is looked up for itself: an outage must not pile them up."""
    account, stop = _unconfirmed()
    decision = account.reject(stop, "other")
    sent = []
    while account.wall < later(60):
        for close in orders(decision, "close"):
            sent.append((account.wall - WALL).total_seconds())
            account.settle(close, Unknown(why="no answer"))
        account.wall += timedelta(seconds=0.5)
        decision = account.handle(AlarmRang(at=account.wall))

    assert sent == [0, 1, 3, 7, 15, 25, 35, 45, 55]


def test_a_fill_that_was_heard_late_gives_its_stop_a_second_all_the_same() -> None:
    """A slow reading, a slow disk: the stop that has just left is not late."""
    account = Account()
    entry = placed(account.handle(arrived(signal())), "enter")
    account.wall = later(1.3)
    stop = placed(account.fill(entry, seen_at=WALL, ended=False), "stop")

    assert orders(_ring(account, 1.4), "close") == []
    assert placed(_ring(account, 2.3), "close").cause == "no stop was confirmed within a second"
    assert stop.committed_at == later(1.3)


def test_an_exit_that_is_heard_before_the_rest_of_its_entry_keeps_the_position_until_both_add_up() -> None:
    """The answer said how much was executed; the close took what was heard of, and the stop the rest."""
    account = Account()
    entry = placed(account.handle(arrived(signal())), "enter")
    account.settle(entry, Accepted(executed=entry.quantity, ended=True))
    stop = placed(account.fill(entry, quantity=D(2), ended=False), "stop")
    close = placed(_ring(account, 1), "close")
    account.fill(close)
    between = account.position().quantity
    account.settle(stop)
    account.fill(stop, price="97")
    below = account.position().quantity
    account.fill(entry, quantity=entry.quantity - 2, ended=False)

    assert (between, below) == (D(0), D(-2))
    assert account.position().quantity == entry.quantity - 4
    assert account.position().average == D(100)
    assert account.live("stop").quantity == entry.quantity - 4


def test_a_position_whose_entry_is_heard_last_is_closed_then() -> None:
    """All of it was closed already."""
    account = Account()
    entry = placed(account.handle(arrived(signal())), "enter")
    account.settle(entry, Accepted(executed=entry.quantity, ended=True))
    stop = placed(account.fill(entry, quantity=D(2), ended=False), "stop")
    account.settle(stop)
    account.fill(stop, quantity=entry.quantity, price="97", ended=False)
    account.fill(entry, quantity=entry.quantity - 2, ended=False)

    assert account.book.positions == {}
    assert [notice.kind for notice in account.notices][-1] == "exited"
