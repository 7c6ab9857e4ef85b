"""Values on longer timeframes: only closed candles are seen, and no look ahead through any of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.build import BTC, ETH, FIVE, NOON
from support.markets import as_columns, grouped, random_market
from support.signals_history import entry, plan_of, strategy
from tradepods_core.strategy.variables import VARIABLES, Term
from tradepods_core.times import Timeframe, from_ms
from tradepods_core.wire.cycle import Cycle
from tradepods_signals.engine.compute import Moment, compute
from tradepods_signals.engine.cooldown import Cooldowns
from tradepods_signals.engine.indicators import values
from tradepods_signals.engine.plan import TimeframePlan
from tradepods_signals.engine.values import Windows
from tradepods_signals.engine.windows import Window
from tradepods_signals.ports.market import Candle

QUARTER = Timeframe.parse("15m")
SMALL = {"fast": 2, "slow": 3, "signal": 2, "period": 2, "window": 2}
OPS = ["<", "<=", ">", ">=", "==", "!=", "crosses_above", "crosses_below"]


def _small(var: str) -> dict[str, float]:
    return {name: SMALL[name] for name in VARIABLES[var].params if name in SMALL}


def _windows(history: Sequence[Candle], plan: TimeframePlan, close: datetime) -> Windows:
    """As a store holds them that was asked at this close; the venue already has what comes after it."""
    by_timeframe = {FIVE: list(history), QUARTER: grouped(list(history), QUARTER)}
    found: dict[Timeframe, Mapping[str, Window]] = {}
    for timeframe, candles in by_timeframe.items():
        window = Window(timeframe, 700)
        window.extend(candles, until=timeframe.last_close(close))
        found[timeframe] = dict.fromkeys(plan.universe, window)
    return found


def _cycle(history: Sequence[Candle], plan: TimeframePlan, close: datetime) -> Cycle:
    moment = Moment(close=close, published_at=close, step=None)
    return compute(_windows(history, plan, close), plan=plan, moment=moment, cooldowns=Cooldowns())


def _conditions(op: str, *, timeframe: str) -> list[dict[str, Any]]:
    """Every variable with this op, on the own timeframe and on a longer one, against a number and the other one."""
    found = []
    for var in sorted(VARIABLES):
        left = {"var": var, "params": _small(var), "op": op}
        found.append({**left, "value": 0})
        found.append({**left, "ref": {"var": var, "params": _small(var), "timeframe": timeframe}})
    return found


@pytest.mark.parametrize("op", OPS)
@given(seed=st.integers(0, 500), cut=st.integers(0, 30))
def test_no_cycle_knows_what_comes_after_it(op: str, seed: int, cut: int) -> None:
    """For every variable and op: with and without the candles after a close, its cycle is the same bytes."""
    conditions = _conditions(op, timeframe="15m")
    parts = [
        strategy(entry(c, side=s), name=f"s{n}", symbols=[BTC]) for n, c in enumerate(conditions) for s in ["long"]
    ]
    plan = plan_of(*parts)
    history = random_market(420, seed=seed)
    close = from_ms(history[-1 - cut].open_ms) + FIVE.length

    assert _cycle(history, plan, close).body() == _cycle(history[: len(history) - cut], plan, close).body()


HIGHER = Term.of("price", {}, "15m")
PLAN = plan_of(strategy(entry({"var": "price", "op": ">", "value": 0, "timeframe": "15m"}), symbols=[BTC]))


@pytest.mark.parametrize("minutes", [0, 5, 10])
def test_of_a_longer_timeframe_only_closed_candles_are_seen(minutes: int) -> None:
    """Ten minutes past its close it still says what it said then."""
    history = random_market(100, seed=1)
    close = NOON - timedelta(minutes=15 - minutes)
    closed = next(c for c in history if from_ms(c.open_ms) + FIVE.length == QUARTER.last_close(close))

    assert _cycle(history, PLAN, close).variables[BTC] == {"price@15m": pytest.approx(closed.close, rel=1e-7)}


def test_a_longer_timeframe_crosses_once() -> None:
    """At the close at which its candle did: the strategy's candle before saw the one before."""
    crossing = {"var": "price", "timeframe": "15m", "op": "crosses_above", "value": 100}
    plan = plan_of(strategy(entry(crossing), symbols=[BTC]))
    closes = [99.0] * 9 + [101.0] * 9
    first = random_market(18, seed=1)[0].open_ms
    history = [Candle(first + n * 300_000, c, c, c, c, 1.0) for n, c in enumerate(closes)]
    found = [len(_cycle(history, plan, from_ms(one.open_ms) + FIVE.length).signals) for one in history[8:]]

    assert sum(found) == 1
    assert from_ms(history[8 + found.index(1)].open_ms) + FIVE.length == NOON - timedelta(minutes=30)


def test_a_symbol_without_its_longer_candle_is_late() -> None:
    """It has closed, and is not there yet; symbols that don't read it are not held up."""
    longer = {"var": "price", "op": ">", "value": 0, "timeframe": "15m"}
    plan = plan_of(
        strategy(entry(longer), name="a", symbols=[BTC]),
        strategy(entry({**longer, "timeframe": "5m"}), name="b", symbols=[ETH]),
    )
    history = random_market(40, seed=1)
    windows = {timeframe: dict(by_symbol) for timeframe, by_symbol in _windows(history, plan, NOON).items()}
    behind = Window(QUARTER, 50)
    behind.extend(grouped(history, QUARTER), until=NOON - QUARTER.length)
    windows[QUARTER][BTC] = behind
    moment = Moment(close=NOON, published_at=NOON, step=None)
    found = compute(windows, plan=plan, moment=moment, cooldowns=Cooldowns())

    assert (found.late, found.missing) == ((BTC,), ())
    assert found.variables.keys() == {ETH}


def test_a_strategy_that_lacks_history_silences_no_other() -> None:
    """A symbol is missing while one needs more of it than there is; the others speak, and its other values are told."""
    short = {"var": "price", "op": ">", "value": 0}
    long = {"var": "sma", "params": {"period": 900}, "op": ">", "value": 0}
    plan = plan_of(strategy(entry(short), name="a", symbols=[BTC]), strategy(entry(long), name="b", symbols=[BTC]))
    found = _cycle(random_market(60, seed=1), plan, NOON)

    assert (found.late, found.missing) == ((), (BTC,))
    assert found.variables[BTC].keys() == {"price"}
    assert [signal.strategy for signal in found.signals] == ["a"]


def test_where_nothing_was_traded_no_volume_is_compared() -> None:
    """There is no number to say, and nothing holds of it."""
    plan = plan_of(strategy(entry({"var": "volume_ratio", "op": "!=", "value": 1}), symbols=[BTC]))
    quiet = [one._replace(volume=0.0) for one in random_market(60, seed=1)]
    found = _cycle(quiet, plan, NOON)

    assert (found.signals, found.missing, found.variables) == ((), (BTC,), {})


def test_what_a_management_rule_asks_to_cross_is_told_of_the_candle_before() -> None:
    """So that a worker that missed a cycle still knows."""
    rule = {
        "type": "t",
        "when": {"all": [{"var": "sma", "params": {"period": 3}, "op": "crosses_below", "ref": {"var": "price"}}]},
        "action": {"kind": "alert"},
    }
    plan = plan_of(strategy(entry({"var": "volume", "op": "<", "value": 0}), management=[rule], symbols=[BTC]))
    history = random_market(60, seed=1)
    averages = values(Term.of("sma", {"period": 3}), as_columns(history))
    found = _cycle(history, plan, NOON)

    assert found.variables[BTC].keys() == {"price", "sma(period=3)", "volume"}
    assert found.before[BTC] == pytest.approx({"price": history[-2].close, "sma(period=3)": averages[-2]}, rel=1e-7)
