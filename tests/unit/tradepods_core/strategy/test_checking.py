"""Strategies: what is wrong is named with the path of its condition."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepods_core.errors import Invalid
from tradepods_core.strategy.checking import read_strategy

RSI: dict[str, Any] = {"var": "rsi", "op": "<", "value": 30}


def strategy(*conditions: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A strategy's spec as a person writes it, with these conditions."""
    entry = {"side": "long", "type": "test", "when": {"all": list(conditions or (RSI,))}}
    return {
        "timeframe": "5m",
        "universe": {"top": 0, "include": ["BTC/USDT:USDT"]},
        "entries": [entry],
        **changes,
    }


def _said(document: object) -> list[str]:
    with pytest.raises(Invalid) as caught:
        read_strategy(document)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    "condition",
    [
        RSI,
        {"var": "rsi", "params": {"period": 7}, "op": ">=", "value": 70},
        {"var": "rsi", "op": "between", "values": [40, 60]},
        {"var": "price", "op": "crosses_above", "ref": {"var": "sma", "params": {"period": 50}}},
        {"var": "ema", "op": "crosses_below", "ref": {"var": "sma"}},
        {"var": "price_change", "params": {"window": 12}, "op": "<", "value": -0.02},
        {"var": "trend_state", "op": "==", "value": 1},
        {"var": "trend_state", "op": "!=", "value": -1, "timeframe": "5m"},
        {"var": "atr", "op": "<=", "value": 12.5},
    ],
)
def test_every_variable_and_operator_can_be_written(condition: dict[str, Any]) -> None:
    """Each op, each variable, each kind of right side."""
    assert read_strategy(strategy(condition)).entries[0].when.parts[0].var == condition["var"]


WHERE = "spec.entries[0].when.all[1]"


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ({"var": "rsy", "op": "<", "value": 3}, f"{WHERE}.var is rsy: unknown variable: did you mean rsi?"),
        (
            {"var": "zzz", "op": "<", "value": 3},
            f"{WHERE}.var is zzz: unknown variable: there are atr, ema, price, price_change, rsi, sma, trend_state",
        ),
        (
            {"var": "rsi", "params": {"length": 3}, "op": "<", "value": 3},
            f"{WHERE}.params.length is 3: rsi has no such parameter: there are period",
        ),
        (
            {"var": "rsi", "params": {"period": 1}, "op": "<", "value": 3},
            f"{WHERE}.params.period is 1: a whole number, at least 2, at most 500",
        ),
        (
            {"var": "rsi", "params": {"period": 2.5}, "op": "<", "value": 3},
            f"{WHERE}.params.period is 2.5: a whole number, at least 2, at most 500",
        ),
        ({"var": "rsi", "op": "<", "value": 130}, f"{WHERE}.value is 130: rsi lies between 0 and 100"),
        ({"var": "trend_state", "op": "<", "value": 2}, f"{WHERE}.value is 2: trend_state lies between -1 and 1"),
        (
            {"var": "rsi", "op": "<", "ref": {"var": "price"}},
            f"{WHERE}.ref.var is price: rsi is a percent, price a price: only like compares with like",
        ),
        (
            {"var": "price", "op": ">", "ref": {"var": "smma"}},
            f"{WHERE}.ref.var is smma: unknown variable: did you mean sma?",
        ),
        (
            {"var": "rsi", "op": "<", "value": 30, "timeframe": "1h"},
            f"{WHERE}.timeframe is 1h: not yet available: write 5m",
        ),
        ({"var": "rsi", "op": "<"}, f"{WHERE} is "),
        ({"var": "rsi", "op": "<", "value": 3, "values": [1, 2]}, f"{WHERE} is "),
        ({"var": "rsi", "op": "between", "value": 3}, f"{WHERE} is "),
        ({"var": "rsi", "op": "<", "values": [1, 2]}, f"{WHERE} is "),
        ({"var": "rsi", "op": "between", "values": [60, 40]}, f"{WHERE} is "),
        ({"var": "rsi", "op": "=<", "value": 3}, f'{WHERE}.op is "=<": one of <, <=, >, >=, ==, !='),
    ],
)
def test_a_wrong_condition_is_named_by_its_path(condition: dict[str, Any], said: str) -> None:
    """The path leads to the very condition, and says what would do."""
    assert any(line.startswith(said) for line in _said(strategy(RSI, condition)))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"universe": {"include": ["BTC/USDT:USDT"]}}, "spec.universe.top"),
        ({"universe": {"top": 0}}, "spec.universe.include"),
        ({"universe": {"top": 0, "include": ["BTC/USDT:USDT"], "exclude": ["BTC/USDT:USDT"]}}, "spec.universe.exclude"),
        ({"management": [{"type": "x"}]}, "spec.management"),
        ({"schedule": "0 * * * *"}, "spec.schedule"),
        ({"python": {"entryPoint": "mine"}}, "spec.python"),
        ({"cooldownSeconds": 301}, "spec.cooldownSeconds"),
        ({"entries": []}, "spec.entries"),
        ({"timeframe": "7m"}, "spec.timeframe"),
        ({"timeframe": "5"}, "spec.timeframe"),
        ({"colour": "red"}, "spec.colour"),
    ],
)
def test_what_is_not_there_yet_or_makes_no_sense_is_refused(changes: dict[str, Any], field: str) -> None:
    """A strategy never runs without a part of it."""
    assert any(line.startswith(f"{field}") for line in _said(strategy(**changes)))


def test_conditions_are_joined_one_way() -> None:
    """Both `all` and `any`, or neither, is not clear."""
    for when in ({}, {"all": [RSI], "any": [RSI]}):
        assert _said(strategy(entries=[{"side": "long", "type": "t", "when": when}]))


@given(document=st.recursive(st.none() | st.integers() | st.text(), st.lists, max_leaves=5))
def test_garbage_never_raises_anything_but_invalid(document: object) -> None:
    """Whatever stands in the file."""
    with pytest.raises(Invalid):
        read_strategy(document)
