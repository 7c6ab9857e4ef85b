"""Which rules manage a position, in which cycles, and how often: never twice for one reason."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from support.build import BTC, ETH, arrived, signal
from support.managed import PROFIT, RSI, Managed, acted, moved, placed, published, rule
from tradepods_core.book.book import apply
from tradepods_core.book.facts import CommandTaken
from tradepods_core.book.intents import Accepted, Unknown
from tradepods_core.book.management import RuleActed, RuleCeased
from tradepods_core.book.outside import PositionAdopted
from tradepods_core.book.recorded import Checkpoint, read_checkpoint, write_checkpoint
from tradepods_core.book.tally import NONE
from tradepods_core.rules.management import Unmanaged, manager

D = Decimal
ADD, REDUCE, ALERT = rule("add", 30), rule("reduce", 50), rule("alert")


def test_a_rule_acts_on_the_position_that_its_strategy_opened() -> None:
    """Judged by the strategy in force now: the fact names its revision and the numbers."""
    managed = Managed()
    managed.publish(REDUCE, revision="new")
    decision = managed.candle("101")
    (fact,) = [fact for fact in decision.facts if isinstance(fact, RuleActed)]

    assert placed(decision, "reduce").id == fact.order
    assert (fact.strategy, fact.cycle) == ("default.swing@new", managed.last.id)
    assert fact.reasons == ("profit_rate 0.01 > 0.009",)


def test_other_strategies_and_other_peoples_positions_are_left_alone() -> None:
    """Not even where its symbol and side would fit."""
    managed = Managed(REDUCE)
    other = published(REDUCE, name="dip")
    managed.account.strategies = {other.key: other}

    assert acted(managed.candle("101")) == []


@pytest.mark.parametrize(
    ("strategies", "why"),
    [
        ([], "default.swing is not in force"),
        ([published(REDUCE, enabled=False)], "default.swing is disabled"),
        ([published()], "default.swing has no management rules"),
        ([published({**REDUCE, "enabled": False})], "default.swing has no management rules"),
    ],
)
def test_a_strategy_that_is_gone_or_disabled_or_says_nothing_manages_nothing(strategies: Any, why: str) -> None:
    """Ordinary protection goes on, and the person can ask why."""
    managed = Managed()
    managed.account.strategies = {one.key: one for one in strategies}
    decision = managed.candle("101")

    assert acted(decision) == []
    assert manager(managed.account.strategies, managed.account.position()) == Unmanaged(why)
    assert managed.account.live("stop").id == managed.stop.id


def test_an_adopted_position_has_no_rules() -> None:
    """Nobody knows what opened it."""
    managed = Managed(REDUCE)
    position = managed.account.position()
    adopted = PositionAdopted(
        number=position.number + 1,
        leg=position.leg,
        quantity=D(1),
        average=D(100),
        terms=position.terms,
        step=0,
        stop=None,
        at=managed.account.now,
        seen_at=managed.account.wall,
    )
    managed.account.book = apply(managed.account.book, [adopted])

    assert acted(managed.candle("101")) == []
    assert manager(managed.account.strategies, managed.account.position()) == Unmanaged("no strategy of ours opened it")


def test_a_cycle_of_another_timeframe_manages_nothing() -> None:
    """A rule is judged at each close of its strategy's own candles."""
    managed = Managed(REDUCE)

    assert acted(managed.candle("101", timeframe="1h", id="1h@2025-06-02T13:00:00Z")) == []
    assert acted(managed.candle("101")) == ["a_reduce"]


def test_a_cycle_counts_until_the_next_candle_has_closed() -> None:
    """What comes later is history: its values are not the newest any more."""
    managed = Managed(REDUCE)
    managed.candle("100")
    managed.account.now = managed.account.marks_at = managed.close + timedelta(seconds=299)
    assert acted(managed.again(price="101")) == ["a_reduce"]

    late = Managed(REDUCE)
    late.candle("100")
    late.account.now = late.account.marks_at = late.close + timedelta(seconds=300)
    assert acted(late.again(price="101")) == []


def test_of_several_rules_the_first_by_priority_has_the_cycle() -> None:
    """The other one has the next, where it still holds."""
    managed = Managed(rule("break_even", 0, priority=5), {**REDUCE, "priority": 9})
    first = managed.candle("101")
    managed.done(placed(first, "reduce"), "101")
    second = managed.candle("101")

    assert (acted(first), acted(second)) == (["a_reduce"], ["a_break_even"])


def test_a_rule_that_can_not_act_leaves_the_cycle_to_the_next() -> None:
    """A stop that is as good already is nothing to be moved."""
    managed = Managed(rule("move_stop", -5, priority=9), {**REDUCE, "priority": 5})

    assert acted(managed.candle("101")) == ["a_reduce"]


def test_an_alert_takes_nothing_from_the_others() -> None:
    """It is told beside them, before or after."""
    managed = Managed({**ALERT, "priority": 20}, REDUCE, rule("alert", None, RSI, type="hot", priority=1))

    assert acted(managed.candle("101", told={"rsi(period=14)": 75})) == ["a_alert", "a_reduce", "hot"]


def test_a_rule_acts_once_in_a_cycle_however_often_that_comes() -> None:
    """Repeated, revised, or after a restart from the ledger."""
    managed = Managed({**REDUCE, "maxTimes": 5}, rule("break_even", 0, priority=1))
    managed.done(placed(managed.candle("101"), "reduce"), "101")
    checkpoint = write_checkpoint(Checkpoint(book=managed.account.book, tally=NONE))
    managed.account.book = read_checkpoint(checkpoint).book

    assert acted(managed.again()) == []
    assert acted(managed.again(price="100")) == []
    assert acted(managed.again(price="102")) == []


def test_an_alert_is_told_once_in_a_cycle_though_it_ceases_and_holds_again_in_it() -> None:
    """A later revision is judged by a later mark price."""
    managed = Managed({**ALERT, "maxTimes": 5})
    managed.candle("101")
    managed.again(price="100")

    assert acted(managed.again(price="101")) == []
    assert acted(managed.candle("101")) == ["a_alert"]


def test_a_rule_that_goes_on_holding_does_not_act_again() -> None:
    """Only once it has ceased to, and holds again; maxTimes in a position's life."""
    managed = Managed({**ALERT, "maxTimes": 2})
    prices = ("101", "101.5", "100", "101", "102", "100", "101")
    decisions = [managed.candle(price) for price in prices]

    assert [price for price, decision in zip(prices, decisions, strict=True) if acted(decision)] == ["101", "101"]
    assert managed.account.position().rules["a_alert"].times == 2
    ends = [fact for fact in managed.account.facts if isinstance(fact, RuleCeased)]
    assert len(ends) == 2


def test_a_rule_acts_once_in_a_positions_life_unless_it_says_otherwise() -> None:
    """However often it begins to hold."""
    managed = Managed(ALERT)
    for price in ("101", "100", "101"):
        managed.candle(price)
    assert len([fact for fact in managed.account.facts if isinstance(fact, RuleActed)]) == 1


def test_a_late_symbol_has_no_market_values_and_no_rule_of_them_holds() -> None:
    """Nor has it ceased to hold: nobody knows. What the position itself says is known all the same."""
    managed = Managed(rule("alert", None, RSI, maxTimes=3), rule("alert", None, type="own"))
    hot = {"rsi(period=14)": 75.0}
    assert acted(managed.candle("100", told=hot)) == ["a_alert"]

    assert acted(managed.candle("101", late=(BTC,))) == ["own"]
    assert managed.account.position().rules["a_alert"].holds
    assert acted(managed.candle("101", told=hot)) == []
    assert acted(managed.candle("101", told={"rsi(period=14)": 60})) == []
    assert acted(managed.candle("101", told=hot)) == ["a_alert"]


def test_a_late_symbol_may_act_in_the_revision_that_brings_it() -> None:
    """The cycle is the same one, and nothing has acted in it yet."""
    managed = Managed(rule("reduce", 50, RSI))
    managed.candle("101", late=(BTC,))

    assert acted(managed.again(variables={BTC: {"rsi(period=14)": 75.0}}, late=())) == ["a_reduce"]
    assert acted(managed.again()) == []


def test_a_cross_is_one_of_the_candle_before_and_this_one() -> None:
    """As the cycle carries both."""
    cross = {"var": "rsi", "params": {"period": 14}, "op": "crosses_above", "value": 70}
    managed = Managed(rule("alert", None, cross, maxTimes=5))
    key = "rsi(period=14)"

    assert acted(managed.candle(told={key: 75}, before={key: 72})) == []
    assert acted(managed.candle(told={key: 75}, before={key: 69})) == ["a_alert"]


def test_a_mark_that_is_too_old_says_nothing_of_the_position() -> None:
    """What the market's values ask for alone is done all the same."""
    managed = Managed(ALERT, rule("close", None, RSI))
    managed.candle("100")
    managed.account.marks = {BTC: D(101), ETH: D(100)}
    managed.account.older_marks = {BTC: managed.close - timedelta(minutes=20)}

    assert acted(managed.again(variables={BTC: {"rsi(period=14)": 75.0}})) == ["a_close"]


def test_what_a_strategy_says_now_counts_for_positions_that_are_open() -> None:
    """An edited rule keeps its count by its name; a new one begins."""
    managed = Managed(ALERT)
    assert acted(managed.candle("101")) == ["a_alert"]
    managed.candle("100")

    managed.publish({**ALERT, "when": {"all": [{**PROFIT, "value": 0.02}]}}, rule("alert", type="new"), revision="two")
    assert acted(managed.candle("103")) == ["new"]


def test_each_side_of_a_symbol_is_managed_by_itself() -> None:
    """In hedge mode: what pays the one costs the other."""
    managed = Managed(ALERT, hedgeMode=True)
    managed.account.venue = managed.account.venue.__class__(one_way=False)
    account = managed.account
    entry = placed(account.handle(arrived(signal(side="short", close=account.now), close=account.now)), "enter")
    account.fill(entry)
    decision = managed.candle("101")

    assert [fact.leg.side for fact in decision.facts if isinstance(fact, RuleActed)] == ["long"]


def test_nothing_manages_a_position_that_is_being_closed() -> None:
    """Neither by a rule before, nor by a person."""
    managed = Managed(rule("close"), rule("move_stop", 0.5, type="later", priority=1))
    order = placed(managed.candle("101"), "close")

    assert acted(managed.candle("101")) == []
    managed.account.settle(order, Unknown(why="time-out"))
    assert acted(managed.candle("101")) == []


def test_rules_do_not_wait_for_marks_or_commands() -> None:
    """They act with cycles alone."""
    managed = Managed(REDUCE)
    managed.account.marks = {BTC: D(101), ETH: D(100)}
    decision = managed.account.settle(managed.stop, Accepted())

    assert acted(decision) == []
    assert not any(isinstance(fact, CommandTaken) for fact in decision.facts)
    assert moved(decision) == []
