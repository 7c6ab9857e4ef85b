"""Computing: the same candles give the same bytes, and one bad symbol costs that symbol only."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.build import BTC, ETH, FIVE, NOON
from support.signals_history import (
    ABOVE_100,
    OVERBOUGHT,
    OVERSOLD,
    candles,
    entry,
    plan_of,
    strategy,
    wave,
    window,
)
from tradepods_core.shapes import Symbol
from tradepods_core.strategy.variables import VARIABLES
from tradepods_core.times import Timeframe
from tradepods_core.wire.cycle import Cycle
from tradepods_signals.engine.compute import Moment, compute
from tradepods_signals.engine.cooldown import Cooldowns
from tradepods_signals.engine.plan import TimeframePlan, candles_needed, make_plan
from tradepods_signals.engine.windows import Window

AT_NOON = Moment(close=NOON, published_at=NOON, step=None)
PLAN = plan_of(strategy(entry(OVERSOLD), entry(OVERBOUGHT, side="short")))
NEVER = {"var": "price", "op": "<", "value": 0}
ALWAYS = {"var": "price", "op": ">", "value": 0}


def _falling(count: int = 200) -> list[float]:
    return [*wave(count - 3), 90.0, 80.0, 70.0]


def _cycle(
    windows: Mapping[Symbol, Window] | None = None, *, plan: TimeframePlan = PLAN, moment: Moment = AT_NOON
) -> Cycle:
    found = windows or {BTC: window(_falling()), ETH: window(wave(200, seed=2))}
    return compute({FIVE: found}, plan=plan, moment=moment, cooldowns=Cooldowns())


def _every_variable() -> TimeframePlan:
    conditions: dict[str, dict[str, Any]] = {name: {"var": name, "op": ">", "value": 0} for name in VARIABLES}
    parts = [strategy(entry(condition), name=name.replace("_", "-")) for name, condition in conditions.items()]
    return plan_of(*parts)


def test_a_cycle_says_of_which_candle_it_is_and_how_long_it_holds() -> None:
    """A five-minute candle's signals may be acted on for a minute after they are published."""
    published = NOON + timedelta(seconds=2)
    found = _cycle(moment=Moment(close=NOON, published_at=published, step=7))

    assert (found.id, found.timeframe, found.close) == ("5m@2025-06-02T12:00:00Z", "5m", NOON)
    assert (found.published_at, found.valid_until) == (published, published + timedelta(seconds=60))
    assert (found.step, found.universe, found.revision) == (7, (BTC, ETH), 1)


@pytest.mark.parametrize(("late", "until"), [(0, 60), (60, 120), (61, 60), (200, 60)])
def test_a_cycle_that_is_told_too_late_is_acted_on_by_nobody(late: int, until: int) -> None:
    """Later than its signals would count they have expired: whoever publishes after an outage has no news."""
    found = _cycle(moment=Moment(close=NOON, published_at=NOON + timedelta(seconds=late), step=None))

    assert found.valid_until == NOON + timedelta(seconds=until)
    assert found.signals


def test_a_symbol_that_a_strategy_has_left_gives_values_and_no_signals() -> None:
    """An account still holds it: its management reads them."""
    left = replace(PLAN, symbols={"default.swing": frozenset({ETH})})

    assert {signal.symbol for signal in _cycle().signals} == {BTC, ETH}
    assert {signal.symbol for signal in _cycle(plan=left).signals} == {ETH}
    assert _cycle(plan=left).variables == _cycle().variables


def test_a_strategy_whose_symbols_are_not_known_yet_says_nothing() -> None:
    """Before the first ranks are read its universe is empty; its cycles come all the same."""
    hourly = strategy(entry({"var": "rsi", "timeframe": "1h", "op": "<", "value": 30}), universe={"top": 50})
    plans = make_plan([hourly])
    windows: dict[Timeframe, dict[Symbol, Window]] = {timeframe: {} for timeframe in candles_needed(plans)}
    found = compute(windows, plan=plans[FIVE], moment=AT_NOON, cooldowns=Cooldowns())

    assert set(windows) == {FIVE, Timeframe.parse("1h")}
    assert (found.universe, found.signals, found.late, found.missing) == ((), (), (), ())


def test_a_signal_says_who_speaks_of_what_and_why() -> None:
    """Its id can be told in advance, its price is the candle's close, its reasons carry numbers."""
    (found,) = _cycle(plan=plan_of(strategy(entry(OVERSOLD, strength=2.5), symbols=[BTC]))).signals

    assert found.id == "5m@2025-06-02T12:00:00Z/default.swing/BTC/USDT:USDT/long"
    assert (found.strategy, found.namespace, found.kind, found.side) == ("swing", "default", "test", "long")
    assert (found.strength, found.reference_price) == (Decimal("2.5"), Decimal(70))
    assert found.reasons[0].startswith("rsi(period=2) ")
    assert found.reasons[0].endswith(" < 30")


def test_a_reference_price_is_the_venues_own_number() -> None:
    """0.1 stays a tenth: no digit is added by the way it is kept."""
    plan = plan_of(strategy(entry(ALWAYS), symbols=[BTC]))
    (found,) = _cycle({BTC: window([0.3, 0.2, 0.1])}, plan=plan).signals

    assert found.reference_price == Decimal("0.1")


def test_a_cycle_carries_the_variables_that_strategies_read() -> None:
    """By symbol and term, also where nothing came of it."""
    plan = plan_of(strategy(entry({"var": "sma", "params": {"period": 2}, "op": "<", "value": 0})))
    found = _cycle({BTC: window([1, 2, 4]), ETH: window([10, 20, 40])}, plan=plan)

    assert found.variables == {BTC: {"sma(period=2)": 3.0}, ETH: {"sma(period=2)": 30.0}}


def test_a_cycle_without_signals_is_still_a_cycle() -> None:
    """Silence is told too: nothing was late, nothing is missing."""
    found = _cycle(plan=plan_of(strategy(entry(NEVER))))

    assert found.signals == ()
    assert (found.late, found.missing) == ((), ())
    assert found.variables.keys() == {BTC, ETH}


@given(
    length=st.integers(1, 400),
    seconds=st.integers(0, 600),
    step=st.none() | st.integers(0, 10_000),
)
def test_the_same_candles_give_the_same_bytes(length: int, seconds: int, step: int | None) -> None:
    """Whatever came before them, whenever it is published, whichever step of a replay it was."""
    plan = _every_variable()
    closes = {symbol: wave(plan.candles, seed=seed) for symbol, seed in ((BTC, 1), (ETH, 2))}
    longer = {symbol: window([*wave(length, seed=3), *found]) for symbol, found in closes.items()}
    short = {symbol: window(found) for symbol, found in closes.items()}
    later = Moment(close=NOON, published_at=NOON + timedelta(seconds=seconds), step=step)

    assert _cycle(longer, plan=plan, moment=later).body() == _cycle(short, plan=plan).body()


def test_other_candles_give_other_bytes() -> None:
    """The body is no constant."""
    other = {BTC: window(wave(200, seed=8)), ETH: window(wave(200, seed=9))}

    assert _cycle(other).body() != _cycle().body()


def _torn() -> Window:
    found = window(wave(200), until=NOON - 4 * FIVE.length)
    found.extend(candles(wave(3)), until=NOON)
    return found


BAD = [
    ("a gap", _torn(), "missing"),
    ("too short a history", window(wave(PLAN.candles - 1)), "missing"),
    ("no newest candle", window(wave(200), until=NOON - FIVE.length), "late"),
    ("no candle at all", Window(FIVE, 100), "late"),
]


@pytest.mark.parametrize(("bad", "named"), [(bad, named) for _, bad, named in BAD], ids=[why for why, _, _ in BAD])
def test_a_bad_symbol_is_named_and_costs_no_other(bad: Window, named: str) -> None:
    """It has no variables and no signal; the other symbol's part of the cycle is as if it were alone."""
    found = _cycle({BTC: window(_falling()), ETH: bad})
    alone = _cycle({BTC: window(_falling())}, plan=replace(PLAN, universe=(BTC,)))

    assert getattr(found, named) == (ETH,)
    assert found.late + found.missing == (ETH,)
    assert (found.signals, found.variables) == (alone.signals, alone.variables)
    assert [signal.side for signal in found.signals] == ["long"]


def test_every_symbol_may_be_bad() -> None:
    """The cycle is published all the same, and says so."""
    found = _cycle({BTC: _torn(), ETH: Window(FIVE, 100)})

    assert (found.signals, found.variables, found.missing, found.late) == ((), {}, (BTC,), (ETH,))


def test_of_several_entries_that_hold_the_first_written_speaks() -> None:
    """One signal a side: what comes later in the file is silent."""
    rules = [entry(NEVER, type="first"), entry(ALWAYS, type="second"), entry(ALWAYS, type="third")]
    found = _cycle(plan=plan_of(strategy(*rules, symbols=[BTC]))).signals

    assert [signal.kind for signal in found] == ["second"]


def test_a_strategy_may_speak_of_both_sides() -> None:
    """Which of the two is acted on is the account's business."""
    found = _cycle(plan=plan_of(strategy(entry(ALWAYS), entry(ALWAYS, side="short"), symbols=[BTC]))).signals

    assert [signal.side for signal in found] == ["long", "short"]


@given(
    rules=st.lists(st.tuples(st.sampled_from(["long", "short"]), st.booleans()), min_size=1, max_size=8),
    names=st.sets(st.sampled_from("abcd"), min_size=1),
)
def test_at_most_one_signal_a_side_of_each_strategy_and_symbol(rules: list[tuple[str, bool]], names: set[str]) -> None:
    """However many entries hold; and there is one wherever an entry holds."""
    entries = [entry(ALWAYS if holds else NEVER, side=side) for side, holds in rules]
    found = _cycle(plan=plan_of(*(strategy(*entries, name=name) for name in sorted(names)))).signals
    said = [(signal.strategy, signal.symbol, signal.side) for signal in found]
    sides = {side for side, holds in rules if holds}

    assert set(said) == {(name, symbol, side) for name in names for symbol in (BTC, ETH) for side in sides}
    assert len(said) == len(set(said)) == len({signal.id for signal in found})


def test_a_strategy_speaks_of_its_own_symbols_only() -> None:
    """Another strategy's symbols are in the cycle, and silent for it."""
    plan = plan_of(strategy(entry(ALWAYS), name="a", symbols=[BTC]), strategy(entry(ALWAYS), name="b", symbols=[ETH]))
    found = _cycle(plan=plan)

    assert [(signal.strategy, signal.symbol) for signal in found.signals] == [("a", BTC), ("b", ETH)]


def test_a_cross_is_judged_by_the_candle_before() -> None:
    """Above 100 for the first time: it crosses; above it for the second time: it does not."""
    plan = plan_of(strategy(entry({**ABOVE_100, "op": "crosses_above"}), symbols=[BTC]))

    assert len(_cycle({BTC: window([99, 99, 101])}, plan=plan).signals) == 1
    assert len(_cycle({BTC: window([99, 101, 102])}, plan=plan).signals) == 0
