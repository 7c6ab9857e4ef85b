"""Absorbing: what an event means, and that nothing known becomes a fact again."""

from dataclasses import replace
from decimal import Decimal

import pytest

from support.account import Account, placed
from support.build import BTC, NOON, WALL, arrived, signal
from tradepods_core.book.absorb import absorb
from tradepods_core.book.events import FillReported, IntentSettled, OrderReported
from tradepods_core.book.facts import Filled, OrderEnded, PositionClosed
from tradepods_core.book.intents import Accepted, PlaceOrder, Rejected, Throttled, Unknown

D = Decimal


def _entering() -> tuple[Account, PlaceOrder]:
    account = Account()
    return account, placed(account.handle(arrived(signal())), "enter")


def _fill(order: PlaceOrder, trade: str = "1", quantity: str = "1") -> FillReported:
    return FillReported(
        order=order.id,
        trade=trade,
        symbol=BTC,
        quantity=D(quantity),
        price=D(100),
        fee=D("0.05"),
        fee_asset="USDT",
        realized=D(0),
        at=NOON,
        seen_at=WALL,
    )


def test_a_fill_is_booked_once() -> None:
    """Reported by the stream, again after a reconnect, and again by a reading."""
    account, entry = _entering()
    account.handle(_fill(entry))
    account.handle(_fill(entry))
    account.handle(_fill(entry, trade="2"))

    assert account.position().quantity == D(2)
    assert [fact.trade for fact in account.facts if isinstance(fact, Filled)] == ["1", "2"]


def test_a_fill_of_an_order_that_is_not_ours_is_no_fact() -> None:
    """Another bot's, a hand's."""
    account, entry = _entering()

    assert absorb(account.book, replace(_fill(entry), order="web_1")) == ()


def test_a_fill_before_the_answer_settles_the_intent() -> None:
    """REST answer and stream come in either order."""
    account, entry = _entering()
    account.handle(_fill(entry))

    assert entry.id not in account.book.unsettled
    assert absorb(account.book, IntentSettled(id=entry.id, outcome=Accepted(), seen_at=WALL)) == ()


@pytest.mark.parametrize("first", ["fill", "end"])
def test_an_order_leaves_the_book_once_it_has_ended_and_all_its_fills_are_booked(first: str) -> None:
    """In whichever order they come."""
    account, entry = _entering()
    account.settle(entry)
    steps = {
        "fill": lambda: account.handle(_fill(entry, quantity=str(entry.quantity))),
        "end": lambda: account.end(entry, executed=entry.quantity),
    }
    for name in sorted(steps, key=lambda name: name != first):
        assert entry.id in account.book.orders
        steps[name]()

    assert entry.id not in account.book.orders


def test_an_answer_that_says_executed_counts_as_the_orders_end() -> None:
    """So a silent stream is noticed."""
    account, entry = _entering()
    account.settle(entry, Accepted(executed=entry.quantity, ended=True))

    ended = [fact for fact in account.facts if isinstance(fact, OrderEnded)]
    assert [fact.executed for fact in ended] == [entry.quantity]
    assert account.book.orders[entry.id].ended


def test_a_refused_entry_leaves_no_trace_but_its_facts() -> None:
    """Its reservations go with it, its position number is not used again."""
    account, entry = _entering()
    account.reject(entry, "insufficient_margin")

    assert (account.book.orders, account.book.unsettled, account.book.reserved) == ({}, {}, {})
    assert account.book.next_position == entry.position + 1


def test_an_unknown_outcome_keeps_the_intent_open() -> None:
    """It may still turn up; nothing else is entered on its leg meanwhile."""
    account, entry = _entering()
    account.settle(entry, Unknown(why="time-out"))
    account.handle(arrived(signal(side="short")))

    assert account.book.unsettled.keys() == {entry.id}
    assert account.book.orders[entry.id].unsure
    assert account.refusals() == ["OppositePosition"]


def test_a_rate_limit_is_the_couriers_business() -> None:
    """It is no fact: the intent goes on waiting."""
    account, entry = _entering()

    assert absorb(account.book, IntentSettled(id=entry.id, outcome=Throttled(until=WALL), seen_at=WALL)) == ()


def test_the_fill_that_takes_the_last_of_a_position_closes_it() -> None:
    """With the profit and fees of all its fills."""
    account, entry = _entering()
    account.fill(entry, fee=D("0.25"))
    stop = account.live("stop")
    account.fill(stop, price="97", quantity=D(1), realized=D(-3), fee=D("0.05"), ended=False)
    account.fill(stop, price="96", quantity=stop.quantity - 1, realized=D("-15.7"), fee=D("0.19"))

    (closed,) = [fact for fact in account.facts if isinstance(fact, PositionClosed)]
    assert (closed.by, closed.realized, closed.fees) == ("stop", D("-18.7"), D("0.49"))
    assert account.book.positions == {}
    assert account.book.closed_at == {BTC: NOON}


def test_the_price_of_an_exit_is_the_average_of_all_of_them() -> None:
    """2 taken at 103 and 2.925 stopped at 97 are 489.725 for 4.925."""
    account, entry = _entering()
    account.fill(entry)
    target = placed(account.settle(account.live("stop")), "take_profit")
    account.settle(target)
    account.fill(target, price="103", quantity=D(2), ended=False)
    account.fill(account.live("stop"), price="97", quantity=D("2.925"), ended=False)

    (closed,) = [fact for fact in account.facts if isinstance(fact, PositionClosed)]
    assert (closed.by, closed.quantity, closed.price) == ("stop", D("4.925"), D("489.725") / D("4.925"))


def test_an_exit_has_its_price_though_the_last_of_the_entry_is_heard_after_it() -> None:
    """4 of 5 are known to be bought when all 5 are sold at 97: the fifth, at 100, is no exit."""
    account, entry = _entering()
    account.fill(entry, quantity=D(4), ended=False)
    account.end(entry, executed=D(5), status="CANCELED")
    account.fill(account.live("stop"), price="97", quantity=D(5), ended=False)
    account.fill(entry, price="100", quantity=D(1), ended=False)

    (closed,) = [fact for fact in account.facts if isinstance(fact, PositionClosed)]
    assert (closed.quantity, closed.price) == (D(5), D(97))


def test_the_exits_before_an_add_count_too() -> None:
    """1 of 2 at 104, one more bought, 2 at 98: 300 for 3."""
    account, entry = _entering()
    account.fill(entry, quantity=D(2), ended=False)
    account.fill(account.live("stop"), price="104", quantity=D(1), ended=False)
    account.fill(entry, price="99", quantity=D(1), ended=False)
    account.end(entry, executed=D(3), status="CANCELED")
    account.fill(account.live("stop"), price="98", quantity=D(2), ended=False)

    (closed,) = [fact for fact in account.facts if isinstance(fact, PositionClosed)]
    assert (closed.quantity, closed.price) == (D(3), D(100))


def test_a_position_of_an_earlier_release_is_left_at_its_last_price() -> None:
    """What its exits before came to is not known."""
    account, entry = _entering()
    account.fill(entry)
    held = replace(account.position(), exited=None)
    account.book = replace(account.book, positions={held.leg: held})
    stop = account.live("stop")
    account.fill(stop, price="97", quantity=D(1), ended=False)
    account.fill(stop, price="96", quantity=stop.quantity - 1)

    (closed,) = [fact for fact in account.facts if isinstance(fact, PositionClosed)]
    assert closed.price == D(96)


def test_the_wallet_follows_the_venues_records() -> None:
    """Realised profit less commission in the settle asset; a fee in another asset leaves it alone."""
    account, entry = _entering()
    account.fill(entry, fee=D("0.25"))
    account.fill(account.live("stop"), realized=D(7), fee=D("0.001"), fee_asset="BNB")

    assert account.book.wallet == D(1000) - D("0.25") + 7


def test_a_refusal_of_an_answered_intent_changes_nothing() -> None:
    """A late duplicate of an answer."""
    account, entry = _entering()
    account.fill(entry)

    assert absorb(account.book, IntentSettled(id=entry.id, outcome=Rejected(code="other"), seen_at=WALL)) == ()


def test_an_end_is_taken_in_once() -> None:
    """The stream may say it twice."""
    account, entry = _entering()
    account.settle(entry)
    report = OrderReported(id=entry.id, ended=True, executed=D(1), status="FILLED", seen_at=WALL)
    account.handle(report)

    assert absorb(account.book, report) == ()
