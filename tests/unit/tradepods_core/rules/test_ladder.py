"""The DCA ladder: adds to a position that the price has gone against, each step once, and never past its stop."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.account import Account, orders, placed
from support.build import BTC, ETH, arrived, market, settings, signal
from tradepods_core.book.events import CommandGiven, MarksMoved
from tradepods_core.book.facts import LadderSkipped, SignalDecided
from tradepods_core.book.intents import CancelOrder, Intent, PlaceOrder, Unknown
from tradepods_core.rules.snapshot import Decision
from tradepods_core.wire.fleet import Tally

D = Decimal
LADDER: dict[str, Any] = {"dca": {"enabled": True, "triggerPct": 1, "stepPcts": [50, 30]}}


class Ladder:
    """A protected position at 100, and a hand that moves the mark."""

    def __init__(self, side: Any = "long", **changes: Any) -> None:
        self.account = Account(account_settings=settings(**{**LADDER, **changes}))
        self.entry, self.stop, self.target = self.account.opened(side=side)

    def move(self, price: str) -> Decision:
        """The mark goes there."""
        account = self.account
        account.now += timedelta(seconds=15)
        account.marks, account.marks_at = {BTC: D(price), ETH: D(100)}, account.now
        return account.handle(MarksMoved(at=account.now, marks=account.marks))

    def added(self, order: PlaceOrder, price: str) -> tuple[PlaceOrder, PlaceOrder]:
        """The add is filled, and all that follows until its position is protected again: new stop, new target."""
        self.account.fill(order, price=price, ended=False)
        stop = placed(self.account.end(order, executed=order.quantity), "stop")
        after = self.account.settle(stop)
        for intent in after.intents:
            if isinstance(intent, CancelOrder):
                self.account.settle(intent)
        target = placed(after, "take_profit")
        again = self.account.settle(target)
        for intent in again.intents:
            self.account.settle(intent)
        return stop, target


@pytest.mark.parametrize(
    ("side", "before", "at", "buys"), [("long", "99.1", "99", True), ("short", "100.9", "101", False)]
)
def test_a_step_is_due_once_the_price_has_gone_against_the_average(side: Any, before: str, at: str, buys: bool) -> None:
    """Half of the first entry's quantity, at market, in the position's own direction."""
    ladder = Ladder(side)

    assert ladder.move(before).intents == ()
    add = placed(ladder.move(at), "add")
    assert (add.kind, add.buys, add.reduce_only) == ("market", buys, False)
    assert add.quantity == (ladder.entry.quantity / 2).quantize(D("0.001"), "ROUND_FLOOR")


def test_after_an_add_stop_and_target_are_of_all_and_of_the_new_average() -> None:
    """The old ones go once the new ones rest."""
    ladder = Ladder()
    add = placed(ladder.move("99"), "add")
    stop, target = ladder.added(add, "99")
    position = ladder.account.position()
    average = (ladder.entry.quantity * 100 + add.quantity * 99) / (ladder.entry.quantity + add.quantity)

    assert stop.quantity == target.quantity == position.quantity == ladder.entry.quantity + add.quantity
    assert abs(position.average - average) < D("1e-20")
    assert (stop.trigger, target.trigger) == (D("96.7"), D("102.6"))
    assert [order.intent.id for order in ladder.account.book.live(position.number, "stop")] == [stop.id]


def test_each_step_is_taken_once_and_measured_from_the_new_average() -> None:
    """Then the ladder ends."""
    ladder = Ladder()
    ladder.added(placed(ladder.move("99"), "add"), "99")
    assert orders(ladder.move("98.8"), "add") == []

    second = placed(ladder.move("98.6"), "add")
    ladder.added(second, "98.6")
    assert second.quantity == (ladder.entry.quantity * D("0.3")).quantize(D("0.001"), "ROUND_FLOOR")
    assert orders(ladder.move("97.4"), "add") == []


def test_one_step_is_under_way_at_a_time() -> None:
    """Unanswered, or filled and not yet protected: the next one waits."""
    ladder = Ladder()
    add = placed(ladder.move("99"), "add")
    assert orders(ladder.move("98"), "add") == []

    ladder.account.settle(add, Unknown(why="time-out"))
    assert orders(ladder.move("97.9"), "add") == []


def test_nothing_is_added_while_a_close_is_to_be_tried_again() -> None:
    """The position is on its way out, whatever the venue said to the first try."""
    ladder = Ladder()
    account = ladder.account
    close = placed(account.handle(CommandGiven(id="telegram/1", name="close", by="ann")), "close")
    account.reject(close, "other")

    assert ladder.move("99").intents == ()


def test_nothing_is_added_at_or_past_the_stop() -> None:
    """The stop is what is due there."""
    ladder = Ladder()

    assert orders(ladder.move("97"), "add") == []
    assert orders(ladder.move("96"), "add") == []
    assert placed(ladder.move("97.1"), "add").revision == 0


@pytest.mark.parametrize(
    "changes", [{"state": "Paused"}, {"dca": {"enabled": False}}, {"dca": {"enabled": True, "stepPcts": []}}]
)
def test_a_ladder_that_is_off_adds_nothing(changes: dict[str, Any]) -> None:
    """Paused, switched off, or without steps."""
    ladder = Ladder()
    ladder.account.settings = settings(**{**LADDER, **changes})

    assert orders(ladder.move("99"), "add") == []


def test_a_stream_that_is_down_stops_the_ladder() -> None:
    """Its fill would be heard of late."""
    ladder = Ladder()
    ladder.account.connected = False

    assert orders(ladder.move("99"), "add") == []


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"min_notional": D(300)}, "under the venue's least order"),
        ({"max_quantity": D(5)}, "the most that one order can close"),
    ],
)
def test_a_step_that_can_not_be_taken_is_skipped_and_counted(changes: dict[str, Any], why: str) -> None:
    """It is behind the position; the person is told, and the next step is due as far again from the average."""
    ladder = Ladder()
    ladder.account.markets = {BTC: market(**changes)}
    decision = ladder.move("99")
    (skipped,) = [fact for fact in decision.facts if isinstance(fact, LadderSkipped)]

    assert why in skipped.why
    assert ladder.account.position().step == 1
    assert [notice.kind for notice in decision.notices] == ["step_skipped"]
    assert [fact for fact in ladder.move("98.9").facts if isinstance(fact, LadderSkipped)] == []
    assert ladder.account.tally().refusals == {"LadderSkipped": 1}


def test_a_step_that_the_balance_does_not_carry_is_skipped() -> None:
    """Its margin and its fee must be free: here 398 are, 540 are needed, and 300 would do."""
    all_in: dict[str, Any] = {"entryPct": 60, "leverage": 1, "maxSlippagePct": 5}
    poor = Ladder(**all_in, dca={"enabled": True, "triggerPct": 1, "stepPcts": [90]})
    (skipped,) = [fact for fact in poor.move("99").facts if isinstance(fact, LadderSkipped)]

    assert skipped.why == "the balance is too small for it"
    assert orders(Ladder(**all_in).move("99"), "add") != []


def test_a_refused_step_is_not_tried_again() -> None:
    """The person is told; the next step is due as far again from the average."""
    ladder = Ladder()
    refused = ladder.account.reject(placed(ladder.move("99"), "add"), "insufficient_margin")

    assert [notice.kind for notice in refused.notices] == ["refused"]
    assert (refused.intents, ladder.account.position().step) == ((), 1)
    assert orders(ladder.move("98.1"), "add") == []
    assert placed(ladder.move("98"), "add").revision == 1


def test_the_whole_ladder_must_fit_the_largest_order() -> None:
    """One order must be able to close all of it."""
    account = Account(account_settings=settings(**LADDER), markets=[market(max_quantity=D(8))])
    account.handle(arrived(signal()))
    (decided,) = [fact for fact in account.facts if isinstance(fact, SignalDecided)]

    assert decided.refusal == "AboveMaxQuantity"


def test_an_add_that_fills_after_its_position_was_closed_opens_it_anew() -> None:
    """And is protected by the same terms."""
    ladder = Ladder()
    add = placed(ladder.move("99"), "add")
    ladder.account.fill(ladder.stop, price="97")
    late = ladder.account.fill(add, price="99")

    assert placed(late, "stop").quantity == add.quantity


def test_a_position_that_a_late_add_has_opened_anew_is_not_added_to() -> None:
    """Steps are parts of the first entry, of which nothing is left; no step's id is given out a second time."""
    ladder = Ladder()
    add = placed(ladder.move("99"), "add")
    ladder.account.fill(ladder.stop, price="97")
    ladder.account.settle(placed(ladder.account.fill(add, price="99", quantity=D(1), ended=False), "stop"))
    ladder.account.fill(add, price="99", quantity=add.quantity - 1, ended=False)
    left: list[Intent] = [placed(ladder.account.end(add, executed=add.quantity), "stop")]
    while left:
        left += ladder.account.settle(left.pop()).intents

    position = ladder.account.position()
    assert (position.quantity, position.first, position.step, position.adds) == (add.quantity, D(0), 1, 1)
    assert not any(isinstance(fact, LadderSkipped) for fact in ladder.account.facts), "its step is behind it"
    assert ladder.move("97.9").intents == ()


def test_adds_are_counted_apart_from_entries() -> None:
    """In the tally."""
    ladder = Ladder()
    ladder.added(placed(ladder.move("99"), "add"), "99")
    tally = Tally.model_validate(ladder.account.tally().model_dump())

    assert (tally.entries, tally.adds) == (1, 1)


@given(ticks=st.lists(st.integers(950, 1020), min_size=1, max_size=40), side=st.sampled_from(["long", "short"]))
def test_however_the_price_goes_no_step_is_taken_twice(ticks: list[int], side: Any) -> None:
    """And all adds together are what the ladder allows."""
    ladder, total = Ladder(side), D(0)
    for tick in ticks:
        price = str(D(tick) / 10 if side == "long" else D(2000 - tick) / 10)
        for add in orders(ladder.move(price), "add"):
            ladder.added(add, price)
            total += add.quantity

    assert total <= ladder.entry.quantity * D("0.8")
