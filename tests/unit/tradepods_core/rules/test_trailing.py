"""Stops that move: to break-even, and after the price; in the position's favour, and never back."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.account import Account, orders, placed
from support.build import BTC, ETH, NOON, settings
from tradepods_core.book.events import MarksMoved
from tradepods_core.book.facts import StopMoved
from tradepods_core.book.intents import CancelOrder
from tradepods_core.rules.snapshot import Best, Decision
from tradepods_core.rules.trailing import watches

D = Decimal
BREAK_EVEN: dict[str, Any] = {"breakEven": {"triggerPct": 1, "offsetPct": 0.2}}
TRAILING: dict[str, Any] = {"trailing": {"activatePct": 2, "callbackPct": 1}}


class Mover:
    """An account with a protected position at 100, and a hand that moves the mark."""

    def __init__(self, side: Any = "long", **changes: Any) -> None:
        self.account = Account(account_settings=settings(**changes))
        self.entry, self.stop, self.target = self.account.opened(side=side)

    def move(self, price: str, *, after: float = 15) -> Decision:
        """The mark goes there, so many seconds of market time later."""
        account = self.account
        account.now += timedelta(seconds=after)
        account.marks = {BTC: D(price), ETH: D(100)}
        account.marks_at = account.now
        return account.handle(MarksMoved(at=account.now, marks=account.marks))

    def accepted(self, decision: Decision) -> Decision:
        """The venue takes the stop that was decided."""
        return self.account.settle(placed(decision, "stop"))

    def levels(self) -> list[Decimal]:
        """Where the stop has been moved to."""
        return [fact.level for fact in self.account.facts if isinstance(fact, StopMoved)]


@pytest.mark.parametrize(
    ("side", "before", "at", "level"), [("long", "100.9", "101", "100.2"), ("short", "99.1", "99", "99.8")]
)
def test_a_stop_moves_to_break_even_once_the_price_has_run(side: Any, before: str, at: str, level: str) -> None:
    """Beyond the entry by the offset, on either side; not a tick earlier."""
    mover = Mover(side, **BREAK_EVEN)

    assert mover.move(before).intents == ()
    moved = placed(mover.move(at), "stop")
    assert (moved.kind, moved.trigger, moved.revision) == ("stop_market", D(level), 1)


def test_the_new_stop_rests_before_the_old_one_goes() -> None:
    """The position is never without."""
    mover = Mover(**BREAK_EVEN)
    moved = mover.move("101")
    after = mover.accepted(moved)

    assert not any(isinstance(intent, CancelOrder) for intent in moved.intents)
    assert [intent.target for intent in after.intents if isinstance(intent, CancelOrder)] == [mover.stop.id]


def test_a_stop_moves_to_break_even_once() -> None:
    """Whatever the price does afterwards."""
    mover = Mover(**BREAK_EVEN)
    mover.accepted(mover.move("101"))
    for price in ("100.5", "101", "102.9"):
        assert orders(mover.move(price), "stop") == []


def test_a_trailing_stop_wakes_up_and_follows_the_best_price() -> None:
    """One percent behind it, from a run of two percent on; a price that comes back moves nothing."""
    mover = Mover(**TRAILING)
    assert mover.move("101.9").intents == ()
    for price in ("102", "102.5"):
        mover.accepted(mover.move(price))
    back = mover.move("102.1")

    assert mover.levels() == [D("100.9"), D("101.4")]
    assert orders(back, "stop") == []


def test_a_trailing_stop_moves_at_most_every_five_seconds_of_market_time() -> None:
    """What it missed meanwhile counts afterwards."""
    mover = Mover(**TRAILING)
    mover.accepted(mover.move("102"))
    soon = mover.move("102.5", after=4)
    later = mover.move("102.5", after=1)

    assert orders(soon, "stop") == []
    assert placed(later, "stop").trigger == D("101.4")


def test_a_trailing_stop_moves_by_a_tenth_of_its_callback_at_least() -> None:
    """The venue is not asked for crumbs."""
    mover = Mover(**TRAILING)
    mover.accepted(mover.move("102"))

    assert orders(mover.move("102.1"), "stop") == []
    assert placed(mover.move("102.2"), "stop").trigger == D("101.1")


def test_the_better_of_both_counts() -> None:
    """A trailing stop that would lie behind break-even leaves it there."""
    mover = Mover(breakEven={"triggerPct": 1, "offsetPct": 0.9}, trailing={"activatePct": 1, "callbackPct": 1})
    mover.accepted(mover.move("101.2"))
    mover.accepted(mover.move("102.5"))

    assert mover.levels() == [D("100.9"), D("101.4")]


def test_a_moved_level_that_is_hit_already_closes_the_position_and_the_old_stop_rests_until_then() -> None:
    """The venue says that the stop would trigger at once."""
    mover = Mover(**BREAK_EVEN)
    moved = mover.move("101")
    closing = mover.account.reject(placed(moved, "stop"), "would_trigger")

    assert placed(closing, "close").reduce_only
    assert not any(isinstance(intent, CancelOrder) for intent in closing.intents)


def test_the_person_is_told_of_the_first_move_of_a_kind() -> None:
    """A trailing stop's later steps are no news."""
    mover = Mover(**TRAILING)
    for price in ("102", "103", "104"):
        mover.accepted(mover.move(price))

    told = [notice.values["why"] for notice in mover.account.notices if notice.kind == "stop_moved"]
    assert told == ["trailing"]


@given(ticks=st.lists(st.integers(960, 1029), min_size=1, max_size=40), side=st.sampled_from(["long", "short"]))
def test_a_stop_never_moves_back(ticks: list[int], side: Any) -> None:
    """Whatever the price does, on either side."""
    mover = Mover(side, **BREAK_EVEN, **TRAILING)
    for tick in ticks:
        price = D(tick) / 10 if side == "long" else D(2000 - tick) / 10
        for order in orders(mover.move(str(price)), "stop"):
            mover.account.settle(order)
    found = [mover.stop.trigger or D(0), *mover.levels()]

    assert found == sorted(found, reverse=side == "short")


@pytest.mark.parametrize(("changes", "awake"), [({}, False), (BREAK_EVEN, True), (TRAILING, True)])
def test_marks_alone_matter_only_where_a_stop_may_move(changes: dict[str, Any], awake: bool) -> None:
    """Every other mark costs nothing."""
    mover = Mover(**changes)

    assert watches(mover.account.book, mover.account.settings) is awake
    assert not watches(Account().book, mover.account.settings)
    assert mover.account.now == NOON


def test_a_stop_that_has_just_moved_to_break_even_waits_before_it_trails_again() -> None:
    """Five seconds lie before each step of the trail, whatever moved the stop."""
    mover = Mover(**BREAK_EVEN, trailing={"activatePct": 0.5, "callbackPct": 0.9})
    mover.accepted(mover.move("100.6"))
    mover.accepted(mover.move("101.3", after=2))

    assert mover.move("101.3", after=4.9).intents == ()
    mover.accepted(mover.move("101.3", after=0.1))
    assert mover.levels() == [D("99.7"), D("100.2"), D("100.3")]


@pytest.mark.parametrize(
    ("average", "trailing", "level"), [("100", TRAILING, "101.4"), ("101", TRAILING, None), ("100", {}, None)]
)
def test_a_stop_follows_the_best_price_since_the_last_add_and_since_trailing_was_set(
    average: str, trailing: dict[str, Any], level: str | None
) -> None:
    """What the price was before would count as a run that never was, and sell at once."""
    mover = Mover(**TRAILING)
    known = settings(**trailing).trailing
    mover.account.best = {mover.account.position().number: Best(D(average), known, D("102.5"))}
    mover.move("101.9")

    assert mover.levels() == ([] if level is None else [D(level)])


def test_an_add_wakes_no_trailing_stop_by_a_price_from_before_it() -> None:
    """The lower average brings nobody nearer to a gain: the position is not sold at a loss."""
    mover = Mover(**TRAILING, dca={"enabled": True, "triggerPct": 1, "stepPcts": [100]})
    position, trailing = mover.account.position(), mover.account.settings.trailing
    mover.account.best = {position.number: Best(position.average, trailing, D("101.9"))}
    add = placed(mover.move("98.9"), "add")
    mover.account.fill(add, price="98.9")

    assert mover.account.position().average < D("99.5")
    assert mover.levels() == []
