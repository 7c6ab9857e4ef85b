"""Conditions: numbers and arrays pass through one evaluator."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepods_core.strategy.condition import Condition, When
from tradepods_core.strategy.evaluate import condition_holds, explained, holds, terms
from tradepods_core.strategy.variables import Term

NUMBERS = st.floats(-1000, 1000, allow_nan=False)
UNSURE = NUMBERS | st.just(math.nan)
OPS = ["<", "<=", ">", ">=", "==", "!=", "crosses_above", "crosses_below"]


def _condition(**given_values: Any) -> Condition:
    return Condition.model_validate({"var": "rsi", **given_values})


def _read(now: float, before: float, *, ref: tuple[float, float] = (0, 0)) -> Any:
    return lambda term, ago: ((now, before) if term.var == "rsi" else ref)[ago]


@pytest.mark.parametrize(
    ("op", "now", "expected"),
    [
        ("<", 29, True),
        ("<", 30, False),
        ("<=", 30, True),
        (">", 30, False),
        (">", 31, True),
        (">=", 30, True),
        ("==", 30, True),
        ("==", 31, False),
        ("!=", 31, True),
        ("!=", 30, False),
    ],
)
def test_comparisons_mean_what_they_say(op: str, now: float, expected: bool) -> None:
    """Against 30."""
    assert condition_holds(_condition(op=op, value=30), _read(now, 0)) is expected


@pytest.mark.parametrize(("now", "expected"), [(39.9, False), (40, True), (50, True), (60, True), (60.1, False)])
def test_between_includes_its_ends(now: float, expected: bool) -> None:
    """40 and 60 are between 40 and 60."""
    assert condition_holds(_condition(op="between", values=[40, 60]), _read(now, 0)) is expected


@pytest.mark.parametrize(
    ("op", "before", "now", "expected"),
    [
        ("crosses_above", 29, 31, True),
        ("crosses_above", 30, 31, True),
        ("crosses_above", 31, 32, False),
        ("crosses_above", 29, 30, False),
        ("crosses_below", 31, 29, True),
        ("crosses_below", 30, 29, True),
        ("crosses_below", 29, 28, False),
        ("crosses_below", 31, 30, False),
    ],
)
def test_a_cross_is_the_moment_of_passing(op: str, before: float, now: float, expected: bool) -> None:
    """On the candle before it did not hold yet, touching counts as not yet."""
    assert condition_holds(_condition(op=op, value=30), _read(now, before)) is expected


def test_a_cross_of_two_variables_moves_on_both_sides() -> None:
    """The reference's earlier value is compared with the earlier value."""
    condition = Condition.model_validate({"var": "rsi", "op": "crosses_above", "ref": {"var": "sma"}})

    assert condition_holds(condition, _read(5, 5, ref=(4, 6)))
    assert not condition_holds(condition, _read(5, 5, ref=(4, 4)))


def _when(kind: str) -> When:
    conditions = [{"var": "rsi", "op": "<", "value": 30}, {"var": "sma", "op": ">", "value": 10}]
    return When.model_validate({kind: conditions})


@pytest.mark.parametrize(
    ("rsi", "sma", "all_hold", "any_holds"),
    [(20, 20, True, True), (20, 5, False, True), (50, 20, False, True), (50, 5, False, False)],
)
def test_all_and_any(rsi: float, sma: float, all_hold: bool, any_holds: bool) -> None:
    """`all` needs every condition, `any` needs one."""
    read = _read(rsi, 0, ref=(sma, 0))

    assert holds(_when("all"), read) is all_hold
    assert holds(_when("any"), read) is any_holds


def _nested(op: str) -> When:
    """A cross or comparison within joins of joins."""
    first = {"var": "rsi", "op": op, "ref": {"var": "sma"}}
    second = {"var": "sma", "op": "between", "values": [-500, 0]}
    inner = {"any": [{"all": [first, second]}, {"var": "rsi", "op": ">", "value": 900}]}
    return When.model_validate({"all": [inner, {"any": [first, {"var": "sma", "op": "!=", "value": 0}]}]})


@given(values=st.lists(st.tuples(UNSURE, UNSURE), min_size=2, max_size=30), op=st.sampled_from(OPS))
def test_arrays_and_numbers_agree(values: list[tuple[float, float]], op: str) -> None:
    """A whole history at once gives what its candles give one after the other, known or not, however joined."""
    when = _nested(op)
    series = {"rsi": np.array([left for left, _ in values]), "sma": np.array([right for _, right in values])}

    def arrays(term: Term, ago: int) -> Any:
        return series[term.var][1 - ago : len(values) - ago]

    def numbers(at: int) -> Any:
        return lambda term, ago: float(series[term.var][at - ago])

    one_by_one = [bool(holds(when, numbers(at))) for at in range(1, len(values))]
    assert list(holds(when, arrays)) == one_by_one


@given(values=st.tuples(NUMBERS, NUMBERS, NUMBERS, NUMBERS), op=st.sampled_from(OPS))
def test_what_holds_of_the_known_never_hangs_on_the_unknown(values: tuple[float, ...], op: str) -> None:
    """A value that turns out to be known can make a condition hold, and never ends one that held."""
    when = _nested(op)
    known = {("rsi", 0): values[0], ("rsi", 1): values[1], ("sma", 0): values[2], ("sma", 1): values[3]}

    def read(term: Term, ago: int) -> float:
        return known.get((term.var, ago), math.nan)

    whole = bool(holds(when, read))
    for left_out in tuple(known):
        value = known.pop(left_out)
        assert whole or not holds(when, read)
        known[left_out] = value


def test_reasons_name_the_conditions_that_hold_with_their_numbers() -> None:
    """What the person reads, and nothing that did not count."""
    assert explained(_when("any"), _read(27.314, 0, ref=(5, 0))) == ("rsi(period=14) 27.314 < 30",)


def test_terms_carry_all_their_parameters_and_come_once() -> None:
    """Two conditions on one term compute it once."""
    when = When.model_validate(
        {
            "all": [
                {"var": "rsi", "op": "<", "value": 30},
                {"var": "rsi", "params": {"period": 14}, "op": ">", "value": 10},
                {"var": "price", "op": ">", "ref": {"var": "ema", "params": {"period": 50}}},
            ]
        }
    )

    assert [str(term) for term in terms(when)] == ["rsi(period=14)", "price", "ema(period=50)"]


def test_a_warmup_is_long_enough_for_the_start_to_be_forgotten() -> None:
    """EMA(200) keeps (1 - 2/201) of its start a candle: under 1e-10 after 2,303 of them."""
    ema = Term.of("ema", {"period": 200})
    assert (1 - 2 / 201) ** (ema.warmup - 200) <= 1e-10
    assert ema.warmup >= 2_303
    rsi = Term.of("rsi", {})
    assert (1 - 1 / 14) ** (rsi.warmup - 15) <= 1e-10
    assert Term.of("sma", {"period": 50}).warmup == 50
    assert Term.of("price_change", {"window": 12}).warmup == 13
