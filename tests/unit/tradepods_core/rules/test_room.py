"""Where the venue has no room for another conditional order: the take-profit gives way, never the stop."""

from decimal import Decimal

from support.account import Account, orders, placed
from support.build import arrived, later, settings, signal
from tradepods_core.book.events import AlarmRang
from tradepods_core.book.intents import Accepted, CancelOrder, PlaceOrder
from tradepods_core.rules.snapshot import Decision

D = Decimal


def _cancel(decision: Decision) -> CancelOrder:
    (found,) = [intent for intent in decision.intents if isinstance(intent, CancelOrder)]
    return found


def _refused() -> tuple[Account, PlaceOrder, Decision]:
    """An entry whose last part is heard of late: for the larger stop beside the first and its target is no room."""
    account = Account()
    entry = placed(account.handle(arrived(signal())), "enter")
    first = placed(account.fill(entry, quantity=D(2)), "stop")
    target = placed(account.settle(first), "take_profit")
    account.settle(target)
    larger = placed(account.fill(entry, quantity=entry.quantity - 2, ended=False), "stop")
    return account, target, account.reject(larger, "too_many_orders")


def test_the_take_profit_gives_way_and_the_stop_goes_out_once_more() -> None:
    """Not before the take-profit is gone; nothing is closed meanwhile."""
    account, target, refused = _refused()
    cancel = _cancel(refused)
    assert (cancel.target, orders(refused, "stop"), orders(refused, "close")) == (target.id, [], [])

    gone = account.settle(cancel)
    assert placed(gone, "stop").revision > 1
    assert orders(gone, "take_profit") == []
    rests = account.settle(placed(gone, "stop"), Accepted())
    assert placed(rests, "take_profit").trigger == target.trigger


def test_a_stop_that_is_refused_again_is_not_tried_a_third_time() -> None:
    """The position is closed."""
    account, _, refused = _refused()
    again = placed(account.settle(_cancel(refused)), "stop")
    closed = account.reject(again, "too_many_orders")

    assert placed(closed, "close").cause == "the venue refused the stop (too_many_orders)"


def test_the_take_profit_gives_way_each_time_that_the_stop_moves() -> None:
    """A stop that rests after all ends its refusals: the next one is not the second in a row."""
    account, _, refused = _refused()
    rests = account.settle(placed(account.settle(_cancel(refused)), "stop"))
    account.settle(placed(rests, "take_profit"))
    account.settle(_cancel(rests))
    account.settings = settings(long={"takeProfitPct": 3, "stopLossPct": 2.5})
    moved = placed(account.handle(AlarmRang(at=account.wall)), "stop")
    again = account.reject(moved, "too_many_orders")

    assert _cancel(again).target == account.live("take_profit").id
    assert orders(again, "close") == []


def test_a_take_profit_that_does_not_go_within_a_second_costs_the_position() -> None:
    """Part of it has no stop meanwhile: the alarm is set for it."""
    account, _, refused = _refused()
    assert refused.alarm is not None
    assert refused.alarm <= later(1)
    account.wall = later(1)
    late = account.handle(AlarmRang(at=account.wall))

    assert placed(late, "close").cause == "the venue refused the stop (too_many_orders)"


def test_without_a_take_profit_the_stop_is_tried_once_more_at_once() -> None:
    """Somebody else's order may just have gone; then the position is closed."""
    account = Account()
    entry = placed(account.handle(arrived(signal())), "enter")
    first = account.reject(placed(account.fill(entry), "stop"), "too_many_orders")
    second = account.reject(placed(first, "stop"), "too_many_orders")

    assert orders(first, "close") == []
    assert placed(second, "close").quantity == entry.quantity
