"""Rules that move stops: only ever in the position's favour, and at once."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from support.account import orders
from support.build import BTC, ETH, settings
from support.managed import RSI, Managed, acted, moved, placed, rule
from tradepods_core.book.events import AlarmRang, MarksMoved
from tradepods_core.book.intents import Accepted, CancelOrder
from tradepods_core.book.management import RuleSkipped
from tradepods_core.book.tally import NONE
from tradepods_core.rules.snapshot import Decision
from tradepods_core.rules.trailing import watches
from tradepods_core.strategy.management import Action, ManagementRule

D = Decimal
HOT = {"rsi(period=14)": 75.0}


def _mark(managed: Managed, price: str, *, after: float = 15) -> Decision:
    """The mark goes there, so many seconds of market time later."""
    account = managed.account
    account.now += timedelta(seconds=after)
    account.marks, account.marks_at = {BTC: D(price), ETH: D(100)}, account.now
    return account.handle(MarksMoved(at=account.now, marks=account.marks))


@pytest.mark.parametrize(
    ("side", "kind", "pct", "price", "level"),
    [
        ("long", "move_stop", 0.5, "101", "100.5"),
        ("long", "move_stop", -1, "100", "99"),
        ("short", "move_stop", 0.5, "99", "99.5"),
        ("short", "move_stop", -1, "100", "101"),
        ("long", "break_even", None, "101", "100"),
        ("long", "break_even", 0.25, "101", "100.2"),
        ("short", "break_even", 0.25, "99", "99.8"),
    ],
)
def test_a_stop_goes_to_its_level_in_the_same_cycle(side: Any, kind: str, pct: Any, price: str, level: str) -> None:
    """Measured from the average entry, rounded towards it; the new one rests before the old one goes."""
    managed = Managed(rule(kind, pct, RSI), side=side)
    decision = managed.candle(price, told=HOT)
    stop = placed(decision, "stop")

    assert (stop.kind, stop.trigger, stop.quantity) == ("stop_market", D(level), managed.entry.quantity)
    assert moved(decision) == [D(level)]
    assert [notice.kind for notice in decision.notices] == ["rule_acted"]
    assert managed.account.live("stop").id == stop.id
    assert orders(managed.candle(price, told=HOT), "stop") == []


@pytest.mark.parametrize(("side", "price"), [("long", "101"), ("short", "99")])
def test_a_stop_never_moves_back(side: Any, price: str) -> None:
    """A rule that asks for less than there is does nothing, does not count, and may act some day."""
    managed = Managed(rule("break_even", 0.5, RSI), rule("move_stop", 0, RSI, priority=5), side=side)
    managed.account.settle(placed(managed.candle(price, told=HOT), "stop"))
    decision = managed.candle(price, told=HOT)

    assert (acted(decision), orders(decision, "stop"), moved(decision)) == ([], [], [])
    assert "a_move_stop" not in managed.account.position(side=side).rules


def test_a_level_that_is_hit_already_closes_the_position() -> None:
    """The venue says that the stop would trigger at once; the old one rests until then."""
    managed = Managed(rule("move_stop", 2, RSI))
    stop = placed(managed.candle("101", told=HOT), "stop")
    after = managed.account.reject(stop, "would_trigger")

    assert placed(after, "close").quantity == managed.entry.quantity
    assert managed.stop.id in managed.account.book.orders


@pytest.mark.parametrize(
    ("side", "prices", "levels"),
    [("long", ("101", "102", "101.5"), ["100", "100.9"]), ("short", ("99", "98", "98.5"), ["100", "99"])],
)
def test_a_stop_that_trails_follows_the_best_price_from_then_on(side: Any, prices: Any, levels: list[str]) -> None:
    """At once where that is better than its stop; a price that comes back moves nothing."""
    managed = Managed(rule("trail_stop", 1, RSI), side=side)
    decision = managed.candle(prices[0], told=HOT)
    found = moved(decision)
    assert placed(decision, "stop").trigger == D(levels[0])
    managed.account.settle(placed(decision, "stop"))
    for price in prices[1:]:
        found += moved(_mark(managed, price))

    assert found == [D(level) for level in levels]


def test_a_stop_that_trails_wakes_the_desk_with_every_mark() -> None:
    """Even where no setting asks for it."""
    managed = Managed(rule("trail_stop", 1, RSI))
    assert not watches(managed.account.book, managed.account.settings)

    managed.candle("100", told=HOT)
    assert watches(managed.account.book, managed.account.settings)


def test_of_two_that_trail_the_closer_one_counts() -> None:
    """A rule that asks for a wider one does nothing; and so with the settings' own."""
    managed = Managed(
        rule("trail_stop", 1, RSI),
        rule("trail_stop", 2, RSI, type="wider"),
        trailing={"activatePct": 1, "callbackPct": 2},
    )
    managed.account.settle(placed(managed.candle("102", told=HOT), "stop"))

    assert acted(managed.candle("102", told=HOT)) == []
    assert moved(_mark(managed, "104")) == [D("102.9")]


def test_a_trailing_stop_stays_through_an_add() -> None:
    """The better of old and new counts; the add waits until the moved stop rests."""
    managed = Managed(rule("trail_stop", 1, RSI), rule("add", 100, {"var": "profit_rate", "op": ">", "value": 0.015}))
    managed.account.settle(placed(managed.candle("101", told=HOT), "stop"))
    managed.account.settle(placed(managed.candle("102"), "stop"))
    managed.done(placed(managed.candle("102"), "add"), "102")
    level = managed.account.live("stop").trigger

    assert level is not None
    assert level >= D("100.9")
    assert managed.account.position().trail == D(1)


@pytest.mark.parametrize(("kind", "pct", "level"), [("move_stop", -11, "89"), ("trail_stop", 1, "89.1")])
def test_a_stop_that_was_set_anew_goes_where_a_rule_says(kind: str, pct: Any, level: str) -> None:
    """Not back to the level that its terms have from the average: that is passed, and would close the position."""
    managed = Managed(rule(kind, pct, RSI))
    account = managed.account
    for auto_exit, price in ((False, "100"), (True, "90")):
        account.settings, account.marks = settings(autoExit=auto_exit), {BTC: D(price), ETH: D(100)}
        decision = account.handle(AlarmRang(at=account.wall))
        for intent in decision.intents:
            account.settle(intent, Accepted(ended=isinstance(intent, CancelOrder)))
    assert account.position().stop == D("87.3")

    assert placed(managed.candle("90", told=HOT), "stop").trigger == D(level)


def test_stops_wait_for_an_average_that_stands_still() -> None:
    """While an add is filling nobody knows where the entry is."""
    managed = Managed(rule("break_even", 0, RSI), rule("add", 30, priority=20))
    add = placed(managed.candle("101"), "add")
    assert acted(managed.candle("101", told=HOT)) == []

    managed.done(add, "101")
    assert acted(managed.candle("101.5", told=HOT)) == ["a_break_even"]


def test_an_action_of_a_newer_service_that_makes_no_sense_is_skipped() -> None:
    """A stop without a distance would act at once."""
    managed = Managed(rule("trail_stop", 1, RSI))
    (strategy,) = managed.account.strategies.values()
    bad = strategy.spec.management[0].model_copy(update={"action": Action(kind="trail_stop")})
    spec = strategy.spec.model_copy(update={"management": (bad,)})
    managed.account.strategies = {strategy.key: strategy.model_copy(update={"spec": spec})}
    decision = managed.candle("101", told=HOT)

    assert isinstance(bad, ManagementRule)
    assert [type(fact) for fact in decision.facts] == [RuleSkipped]
    assert managed.account.tally().refusals != NONE.refusals
