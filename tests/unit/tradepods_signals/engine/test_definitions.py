"""Every variable against its published definition, against TA-Lib on the whole history, and against its own past."""

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.build import BTC, FIVE, NOON
from support.definitions import DEFINITIONS
from support.markets import HAS_RECORDED, as_columns, random_market, recorded
from support.signals_history import entry, plan_of, strategy
from tradepods_core.strategy.variables import VARIABLES, Term
from tradepods_core.strategy.vocabulary import Group
from tradepods_core.times import Timeframe, from_ms
from tradepods_signals.engine.indicators import values
from tradepods_signals.engine.plan import PREVIOUS, Calculation, make_plan
from tradepods_signals.engine.values import Values
from tradepods_signals.engine.windows import Floats, Window
from tradepods_signals.ports.market import Candle

OTHERS: Mapping[str, Mapping[str, float]] = {
    "macd": {"fast": 5, "slow": 17, "signal": 4},
    "macd_signal": {"fast": 5, "slow": 17, "signal": 4},
    "macd_hist": {"fast": 5, "slow": 17, "signal": 4},
    "trend_state": {"fast": 4, "slow": 9, "deadband": 0.02},
    "stochastic_k": {"period": 9, "smooth_k": 1, "smooth_d": 4},
    "stochastic_d": {"period": 9, "smooth_k": 2, "smooth_d": 4},
    "highest": {"period": 7, "shift": 1},
    "lowest": {"period": 7, "shift": 3},
    "bollinger_upper": {"period": 9, "deviations": 1.5},
    "bollinger_lower": {"period": 9, "deviations": 2.5},
    "obv": {"window": 12},
    "price_change": {"window": 12},
}
FIRST = {"period": 9}
MINUTE = Timeframe(60)
recorded_only = pytest.mark.skipif(not HAS_RECORDED, reason="TRADEPODS_DATA names no recorded candles")


def _terms() -> list[Term]:
    """Each variable with its defaults, and with other parameters."""
    found = [Term.of(name, {}) for name in sorted(VARIABLES)]
    others = [Term.of(name, OTHERS.get(name, FIRST)) for name in sorted(VARIABLES) if VARIABLES[name].params]
    return [*found, *others, Term.of("macd_signal", {"fast": 2, "slow": 3, "signal": 40})]


TERMS = _terms()
EVERY = pytest.mark.parametrize("term", TERMS, ids=str)


def _scale(term: Term, columns: Floats) -> float:
    """What a value is measured by: differences of large numbers are no more exact than these."""
    if VARIABLES[term.var].group is Group.PRICE:
        return float(columns[2].max())
    return float(columns[5].sum()) if VARIABLES[term.var].group is Group.VOLUME else 100.0


def _defined(term: Term, history: list[Candle]) -> float:
    return DEFINITIONS[term.var](history, dict(term.params))


def test_every_variable_has_a_definition() -> None:
    """None is judged by itself alone."""
    assert DEFINITIONS.keys() == VARIABLES.keys()


@EVERY
def test_a_variable_is_what_its_definition_says(term: Term) -> None:
    """Once it has warmed up, to 1e-10 of what it is measured by."""
    history = random_market(term.warmup + 40, seed=5)
    columns = as_columns(history)

    assert values(term, columns)[-1] == pytest.approx(_defined(term, history), rel=0, abs=1e-10 * _scale(term, columns))


@EVERY
@given(seed=st.integers(0, 1_000), extra=st.integers(1, 60))
def test_a_batch_is_its_candles_one_by_one(term: Term, seed: int, extra: int) -> None:
    """The whole history at once gives at each candle what that candle's window gives, to 1e-10."""
    needed = term.warmup + PREVIOUS
    columns = as_columns(random_market(needed + extra, seed=seed))
    batch = values(term, columns)

    for end in {needed, needed + extra // 2, needed + extra}:
        window = values(term, columns[:, end - needed : end])
        assert window[-1] == pytest.approx(batch[end - 1], rel=0, abs=1e-10 * _scale(term, columns))


@EVERY
@given(seed=st.integers(0, 1_000), length=st.integers(1, 300), data=st.data())
def test_truncating_the_future_never_changes_the_past(term: Term, seed: int, length: int, data: st.DataObject) -> None:
    """The value at a candle is the same, to the last bit, whatever comes after it."""
    columns = as_columns(random_market(length, seed=seed))
    cut = data.draw(st.integers(1, length))

    assert np.array_equal(values(term, columns)[:cut], values(term, columns[:, :cut]), equal_nan=True)


@EVERY
def test_there_is_a_value_as_soon_as_it_has_warmed_up(term: Term) -> None:
    """And as long a series as there are candles."""
    found = values(term, as_columns(random_market(term.warmup, seed=3)))

    assert len(found) == term.warmup
    assert math.isfinite(found[-1])


@recorded_only
@pytest.mark.parametrize("symbol", ["BTCUSDT", "ADAUSDT"])
def test_recorded_candles_give_what_the_definitions_say(symbol: str) -> None:
    """Every variable with its defaults, as a cycle carries it, at several candles of a real market."""
    history = recorded(symbol, count=3_000)
    conditions = [entry({"var": name, "op": "!=", "value": 0}) for name in sorted(VARIABLES)]
    (plan,) = make_plan(
        [
            strategy(*conditions[:13], name="a", timeframe="1m", symbols=[BTC]),
            strategy(*conditions[13:], name="b", timeframe="1m", symbols=[BTC]),
        ]
    ).values()
    for end in (1_000, 1_777, 3_000):
        window = Window(MINUTE, plan.candles)
        close = from_ms(history[end - 1].open_ms) + MINUTE.length
        window.extend(history[:end], until=close)
        found = Values(plan)
        found.compute({MINUTE: {BTC: window}}, close=close, overdue=lambda: False)
        for term in plan.terms:
            exact = _defined(term, history[:end])
            near = 1e-10 * _scale(term, as_columns(history[:end]))
            assert found.at(0)(term, 0) == pytest.approx(exact, rel=1e-7, abs=near), term


@given(seed=st.integers(0, 100), extra=st.integers(0, 200))
def test_what_a_window_held_before_changes_no_bit(seed: int, extra: int) -> None:
    """A cycle's value is of so many candles, neither more nor fewer."""
    plan = plan_of(strategy(*(entry({"var": v, "op": "!=", "value": 0}) for v in ("ema", "obv", "adx")), symbols=[BTC]))
    history = random_market(plan.candles + extra, seed=seed)
    told = []
    for candles in (history, history[extra:]):
        window = Window(FIVE, plan.candles + 300)
        window.extend(candles, until=NOON)
        found = Values(plan)
        found.compute({FIVE: {BTC: window}}, close=NOON, overdue=lambda: False)
        told.append(found.told(0))

    assert told[0] == told[1]
    assert len(told[0]) == 3


def test_each_calculation_sees_its_own_candles_and_no_others() -> None:
    """However many a longer one beside it needs: rounding alone would only nearly always hide the difference."""
    short, long = ({"var": "sma", "params": {"period": n}, "op": ">", "value": 0} for n in (5, 90))
    plan = plan_of(strategy(entry(short, long), symbols=[BTC]))
    seen: list[tuple[int, int]] = []

    def noting(one: Calculation) -> Calculation:
        def function(columns: Floats, params: Mapping[str, float]) -> tuple[Floats, ...]:
            seen.append((int(params["period"]), columns.shape[1]))
            return one.function(columns, params)

        return replace(one, function=function)

    noted = replace(plan, calculations=tuple(noting(one) for one in plan.calculations))
    window = Window(FIVE, 500)
    window.extend(random_market(400, seed=1), until=NOON)
    Values(noted).compute({FIVE: {BTC: window}}, close=NOON, overdue=lambda: False)

    assert sorted(seen) == [(5, 6), (90, 91)]
