"""What each action of a management rule does, and what keeps it from doing so."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from support.account import orders
from support.build import BTC, ETH, market, settings
from support.managed import RSI, Managed, acted, moved, placed, rule, skipped
from tradepods_core.book.book import apply
from tradepods_core.book.events import MarksMoved, TroublesSeen
from tradepods_core.book.facts import PositionClosed, SymbolDoubted
from tradepods_core.book.intents import CancelOrder, PlaceOrder
from tradepods_core.book.management import RuleActed
from tradepods_core.market import Bracket
from tradepods_core.money import floor_to

D = Decimal
HOT = {"rsi(period=14)": 75.0}
ADD, REDUCE, CLOSE = rule("add", 30, RSI), rule("reduce", 50, RSI), rule("close", None, RSI)
LADDER: dict[str, Any] = {"dca": {"enabled": True, "triggerPct": 1, "stepPcts": [50, 30]}}


# ---- add


@pytest.mark.parametrize(("side", "buys"), [("long", True), ("short", False)])
def test_an_add_is_a_percentage_of_the_first_entry_at_market(side: Any, buys: bool) -> None:
    """In the position's own direction; stop and target follow once it is filled."""
    managed = Managed(ADD, side=side)
    add = placed(managed.candle("100.5", told=HOT), "add")
    managed.done(add, "100.5")
    position = managed.account.position(side=side)

    assert (add.kind, add.buys, add.reduce_only, add.rule) == ("market", buys, False, "a_add")
    assert add.quantity == floor_to(managed.entry.quantity * D("0.3"), D("0.001"))
    assert position.quantity == managed.entry.quantity + add.quantity == managed.account.live("stop").quantity
    assert (position.adds, position.step) == (1, 1)


def test_an_add_takes_the_place_of_the_ladders_next_step() -> None:
    """Together they are never more than the ladder has steps and the rules have times."""
    managed = Managed(ADD, **LADDER)
    managed.done(placed(managed.candle("100", told=HOT), "add"), "100")
    step = placed(managed.candle("98.9"), "add")

    assert step.quantity == floor_to(managed.entry.quantity * D("0.3"), D("0.001"))  # the second one
    assert step.rule == ""


def test_a_step_of_the_ladder_goes_first() -> None:
    """One add is under way at a time: the rule has a later cycle."""
    managed = Managed(ADD, **LADDER)
    decision = managed.candle("98.9", told=HOT)

    assert [order.rule for order in orders(decision, "add")] == [""]
    managed.done(placed(decision, "add"), "98.9")
    assert acted(managed.candle("98.9", told=HOT)) == ["a_add"]


@pytest.mark.parametrize("kind", ["Halted", "StaleData", "SignalsGone", "ClockDrift"])
def test_nothing_is_added_where_nothing_may_be_opened(kind: Any) -> None:
    """The rule waits, and acts once it is over if it still holds then."""
    managed = Managed(ADD)
    managed.account.handle(TroublesSeen(troubles={kind: "a test"}))
    assert acted(managed.candle("100", told=HOT)) == []

    managed.account.handle(TroublesSeen(troubles={}))
    assert acted(managed.candle("100", told=HOT)) == ["a_add"]


def test_nothing_is_added_while_paused_disconnected_or_without_a_ledger() -> None:
    """Each of them by itself."""
    managed = Managed(ADD)
    managed.account.settings = settings(state="Paused")
    assert acted(managed.candle("100", told=HOT)) == []
    managed.account.settings = settings()

    managed.account.connected = False
    assert acted(managed.candle("100", told=HOT)) == []
    managed.account.connected = True

    doubt = SymbolDoubted(symbol=BTC, why="ForeignPosition: not ours", seen_at=managed.account.wall, quantity=False)
    managed.account.book = apply(managed.account.book, [doubt])
    assert acted(managed.candle("100", told=HOT)) == []


def test_nothing_is_added_by_a_cycle_whose_signals_have_expired() -> None:
    """It would be an entry at a price that nobody has judged; what only leaves goes on."""
    managed = Managed(ADD, REDUCE)
    managed.candle("100")
    managed.account.now = managed.last.valid_until + timedelta(seconds=1)

    assert acted(managed.again(variables={BTC: HOT})) == ["a_reduce"]


@pytest.mark.parametrize("price", ["97", "96"])
def test_nothing_is_added_at_or_past_the_stop(price: str) -> None:
    """The stop is what is due there."""
    assert acted(Managed(ADD).candle(price, told=HOT)) == []


def test_nothing_is_added_without_a_resting_stop() -> None:
    """First things first."""
    managed = Managed(ADD)
    managed.account.end(managed.stop, executed=D(0), status="CANCELED")

    assert acted(managed.candle("100", told=HOT)) == []


@pytest.mark.parametrize(
    ("changes", "markets", "why"),
    [
        ({}, {"min_notional": D(200)}, "under the venue's least order"),
        ({}, {"max_quantity": D(6)}, "the most that one order can close"),
        (
            {},
            {"brackets": (Bracket(cap=D(550), max_leverage=10, maintenance=D("0.004")),)},
            "is over what the venue allows at 10x",
        ),
        ({"protections": {"maxSymbolExposurePct": 60}}, {}, "over 60 %"),
        ({"protections": {"maxExposurePct": 60}}, {}, "over 60 %"),
        ({"entryPct": 80}, {}, "the balance is too small for it"),
    ],
)
def test_an_add_that_can_not_be_taken_is_skipped_told_and_counted(changes: Any, markets: Any, why: str) -> None:
    """Once: it is asked again when it has ceased to hold."""
    managed = Managed(ADD, **changes)
    managed.account.markets = {BTC: market(**markets), ETH: market(ETH)}
    decision = managed.candle("100", told=HOT)
    (said,) = skipped(decision)

    assert why in said
    assert [notice.kind for notice in decision.notices] == ["rule_skipped"]
    assert orders(decision, "add") == []
    assert skipped(managed.candle("100", told=HOT)) == []
    assert managed.account.tally().refusals == {"RuleSkipped": 1}
    assert managed.account.position().rules["a_add"].times == 0


def test_an_add_after_which_the_stop_might_come_too_late_is_skipped() -> None:
    """Of the whole position, by the bracket that it would be in: a fifth of the way has to be left."""
    managed = Managed(ADD, leverage=20)
    worse = (
        Bracket(cap=D(1100), max_leverage=50, maintenance=D("0.004")),
        Bracket(cap=D(9000), max_leverage=20, maintenance=D("0.02")),
    )
    managed.account.markets = {BTC: market(brackets=worse), ETH: market(ETH)}

    assert skipped(managed.candle("100", told=HOT)) == ["it might be liquidated before its stop acts"]


# ---- reduce, close


@pytest.mark.parametrize(("side", "buys"), [("long", False), ("short", True)])
def test_a_reduce_closes_a_part_of_what_is_held(side: Any, buys: bool) -> None:
    """At market, reduce-only; stop and target shrink with it, and the position goes on."""
    managed = Managed(REDUCE, side=side)
    reduce = placed(managed.candle("100", told=HOT), "reduce")
    managed.done(reduce, "100")
    position = managed.account.position(side=side)
    half = floor_to(managed.entry.quantity / 2, D("0.001"))

    assert (reduce.kind, reduce.buys, reduce.reduce_only, reduce.quantity) == ("market", buys, True, half)
    assert position.quantity == managed.entry.quantity - half
    assert managed.account.live("stop").quantity == managed.account.live("take_profit").quantity == position.quantity


def test_a_second_reduce_is_of_what_is_left() -> None:
    """Half of a half."""
    managed = Managed({**REDUCE, "maxTimes": 2})
    first = placed(managed.candle("100", told=HOT), "reduce")
    managed.done(first, "100")
    managed.candle("100", told={"rsi(period=14)": 50})
    left = managed.account.position().quantity

    assert placed(managed.candle("100", told=HOT), "reduce").quantity == floor_to(left / 2, D("0.001"))


@pytest.mark.parametrize(
    ("pct", "why"),
    [
        (0.5, "0.024 is under the venue's least order"),
        (99, "the 0.05 that would be left are under the venue's least order"),
    ],
)
def test_a_reduce_leaves_what_can_be_guarded_or_does_nothing(pct: Any, why: str) -> None:
    """Neither an order nor a rest below what the venue takes."""
    managed = Managed(rule("reduce", pct, RSI))

    assert skipped(managed.candle("99", told=HOT)) == [why]


def test_the_stop_waits_while_a_reduce_is_filling() -> None:
    """It is larger than what is held for a moment, and reduce-only: re-sized at most every 250 ms."""
    managed = Managed(REDUCE)
    reduce = placed(managed.candle("100", told=HOT), "reduce")
    managed.account.settle(reduce)
    managed.account.wall = managed.stop.committed_at
    part = managed.account.fill(reduce, quantity=D("0.1"), ended=False)

    assert orders(part, "stop") == []


def test_a_close_takes_all_and_names_its_rule() -> None:
    """As an exit at market; who closed it is in the record."""
    managed = Managed(CLOSE)
    decision = managed.candle("100", told=HOT)
    close = placed(decision, "close")
    managed.account.settle(close)
    managed.account.fill(close, price="100")
    (closed,) = [fact for fact in managed.account.facts if isinstance(fact, PositionClosed)]

    assert (close.kind, close.reduce_only, close.quantity) == ("market", True, managed.entry.quantity)
    assert close.cause == f"rule a_close of default.swing in {managed.last.id}"
    assert close.id not in (reserved.id for reserved in managed.account.book.reserved.values())
    assert closed.by == "rule"
    assert [notice.kind for notice in decision.notices] == ["rule_acted"]


def test_a_close_that_the_venue_refuses_is_insisted_upon() -> None:
    """As any other close of a position that is still there."""
    managed = Managed(CLOSE)
    managed.account.reject(placed(managed.candle("100", told=HOT), "close"), "other")
    managed.account.wall += timedelta(seconds=30)
    decision = managed.candle("100", told=HOT)

    assert placed(decision, "close").cause == "the position is still open"


@pytest.mark.parametrize("rules", [REDUCE, CLOSE])
def test_only_a_person_closes_what_does_not_add_up(rules: dict[str, Any]) -> None:
    """Where less is held than the ledger says."""
    managed = Managed(rules)
    doubt = SymbolDoubted(symbol=BTC, why="Unreconciled: a test", seen_at=managed.account.wall)
    managed.account.book = apply(managed.account.book, [doubt])

    assert acted(managed.candle("100", told=HOT)) == []


@pytest.mark.parametrize("rules", [REDUCE, CLOSE])
def test_what_leaves_goes_on_while_paused_or_halted(rules: dict[str, Any]) -> None:
    """Nothing is opened by it."""
    managed = Managed(rules, state="Running")
    managed.account.settings = settings(state="Paused")
    managed.account.handle(TroublesSeen(troubles={"Halted": "a test"}))

    assert acted(managed.candle("100", told=HOT)) == [rules["type"]]


@pytest.mark.parametrize("rules", [REDUCE, CLOSE])
def test_nothing_leaves_while_an_add_is_under_way(rules: dict[str, Any]) -> None:
    """What fills afterwards would be left over, and nobody would know why."""
    managed = Managed(rules, **LADDER)
    add = placed(managed.candle("98.9"), "add")
    assert acted(managed.candle("98.9", told=HOT)) == []

    managed.done(add, "98.9")
    assert acted(managed.candle("98.9", told=HOT)) == [rules["type"]]


# ---- alerts alone


@pytest.mark.parametrize(
    "rules", [ADD, REDUCE, CLOSE, rule("move_stop", 0, RSI), rule("break_even", None, RSI), rule("trail_stop", 1, RSI)]
)
def test_without_auto_exit_a_rule_is_only_told(rules: dict[str, Any]) -> None:
    """Once while it holds; switched on, it may act."""
    managed = Managed(rules)
    account = managed.account
    account.settings = settings(autoExit=False)
    for intent in account.handle(MarksMoved(at=account.now, marks=account.marks)).intents:
        account.settle(intent)
    decision = managed.candle("101", told=HOT)
    (fact,) = [fact for fact in decision.facts if isinstance(fact, RuleActed)]

    assert fact.alone
    assert not [i for i in decision.intents if isinstance(i, PlaceOrder)]
    assert (moved(decision), account.position().trail) == ([], None)
    assert [(notice.kind, notice.values["alone"]) for notice in decision.notices] == [("rule_acted", "yes")]
    assert acted(managed.candle("101", told=HOT)) == []

    account.settings = settings()
    stop = placed(account.handle(MarksMoved(at=account.now, marks=account.marks)), "stop")
    account.settle(placed(account.settle(stop), "take_profit"))
    again = managed.candle("101", told=HOT)
    assert [fact.alone for fact in again.facts if isinstance(fact, RuleActed)] == [False]
    assert not any(isinstance(intent, CancelOrder) for intent in again.intents)
