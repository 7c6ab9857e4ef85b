"""Strategies: what is wrong is named with the path of its condition."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepods_core.errors import Invalid
from tradepods_core.strategy.checking import read_strategy
from tradepods_core.strategy.variables import VARIABLES

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
            f"{WHERE}.var is zzz: unknown variable: there are {', '.join(sorted(VARIABLES))}",
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
            {"var": "rsi", "op": "<", "value": 30, "timeframe": "1m"},
            f"{WHERE}.timeframe is 1m: a timeframe that 5m divides, such as 5m, 15m, 30m, 1h, 4h, 12h, 1d",
        ),
        (
            {"var": "price", "op": "<", "ref": {"var": "sma", "timeframe": "3m"}},
            f"{WHERE}.ref.timeframe is 3m: a timeframe that 5m divides, such as 5m, 15m",
        ),
        (
            {"var": "profit_rate", "op": "<", "value": 0},
            f"{WHERE}.var is profit_rate: is a position's: only management may read it",
        ),
        (
            {"var": "macd", "params": {"fast": 26}, "op": "<", "value": 0},
            f"{WHERE}.params.fast is 26: must be below slow, which is 26",
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
        ({"universe": {"top": 501}}, "spec.universe.top"),
        ({"universe": {"top": -1}}, "spec.universe.top"),
        ({"universe": {"top": True}}, "spec.universe.top"),
        ({"universe": {"top": 5, "byQuoteVolume": False}}, "spec.universe.byQuoteVolume"),
        ({"universe": {}}, "spec.universe.include"),
        ({"cooldownSeconds": 604_801}, "spec.cooldownSeconds"),
        ({"universe": {"top": 0}}, "spec.universe.include"),
        ({"universe": {"top": 0, "include": ["BTC/USDT:USDT"], "exclude": ["BTC/USDT:USDT"]}}, "spec.universe.exclude"),
        ({"management": [{"type": "x"}]}, "spec.management"),
        ({"schedule": "0 * * * *"}, "spec.schedule"),
        ({"python": {"entryPoint": "mine"}}, "spec.python"),
        ({"entries": []}, "spec.entries"),
        ({"timeframe": "7m"}, "spec.timeframe"),
        ({"timeframe": "5"}, "spec.timeframe"),
        ({"colour": "red"}, "spec.colour"),
    ],
)
def test_what_is_not_there_yet_or_makes_no_sense_is_refused(changes: dict[str, Any], field: str) -> None:
    """A strategy never runs without a part of it."""
    assert any(line.startswith(f"{field}") for line in _said(strategy(**changes)))


@pytest.mark.parametrize(
    "universe",
    [
        {"top": 1},
        {"top": 500, "byQuoteVolume": True},
        {"top": 5, "include": ["BTC/USDT:USDT"], "exclude": ["BTC/USDT:USDT", "ETH/USDT:USDT"]},
        {"include": ["BTC/USDT:USDT"]},
    ],
)
def test_a_universe_is_the_most_traded_what_is_named_or_both(universe: dict[str, Any]) -> None:
    """Who names symbols and no `top` gets these and no others."""
    assert read_strategy(strategy(universe=universe)).universe.top == universe.get("top", 0)


def test_conditions_are_joined_one_way() -> None:
    """Both `all` and `any`, or neither, is not clear."""
    for when in ({}, {"all": [RSI], "any": [RSI]}):
        assert _said(strategy(entries=[{"side": "long", "type": "t", "when": when}]))


def _nested(depth: int, innermost: dict[str, Any]) -> dict[str, Any]:
    """That many joins around a condition, `any` and `all` in turn."""
    inner = innermost
    for level in range(depth):
        inner = {"all" if level % 2 else "any": [RSI, inner]}
    return inner


@pytest.mark.parametrize("depth", [1, 2])
def test_conditions_may_be_joined_within_each_other(depth: int) -> None:
    """To a depth of three, the outermost counted."""
    read_strategy(strategy(_nested(depth, RSI)))


def test_deeper_joins_are_refused_by_their_path() -> None:
    """Nobody can tell any more what such a condition means."""
    said = _said(strategy(_nested(3, RSI)))

    assert said[0].startswith("spec.entries[0].when.all[0].any[1].all[1].any")


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ({"any": [RSI, {**RSI, "value": 130}]}, f"{WHERE}.any[1].value is 130"),
        ({"any": [{"all": [{**RSI, "var": "rsy"}]}]}, f"{WHERE}.any[0].all[0].var is rsy"),
        ({"any": [RSI], "op": "<"}, f"{WHERE} is a mapping: any: [...] stands alone: take op out"),
        ({"any": [RSI], "all": [RSI]}, f"{WHERE} is a mapping: all: [...] stands alone: take any out"),
        ({"any": []}, f"{WHERE}.any is []"),
        ({}, f"{WHERE} is {{}}: write var, op and one of value, values, ref; or all: [...], or any: [...]"),
        ({"op": "<", "value": 3}, f"{WHERE} is a mapping: write var"),
    ],
)
def test_a_wrong_joined_condition_is_named_by_its_path(condition: dict[str, Any], said: str) -> None:
    """Down to the comparison that is wrong."""
    assert any(line.startswith(said) for line in _said(strategy(RSI, condition)))


@pytest.mark.parametrize("left", sorted(VARIABLES))
def test_only_like_compares_with_like(left: str) -> None:
    """Two variables compare if they are of one group, and in no other case."""
    for right in VARIABLES:
        document = strategy({"var": left, "op": "<", "ref": {"var": right}})
        if VARIABLES[left].group is VARIABLES[right].group:
            read_strategy(document)
        else:
            assert _said(document)[0].startswith(f"spec.entries[0].when.all[0].ref.var is {right}: {left} is a ")


@pytest.mark.parametrize("name", sorted(VARIABLES))
def test_each_parameter_is_held_to_its_bounds(name: str) -> None:
    """Both ends are allowed, what is beyond them isn't."""
    for param, bounds in VARIABLES[name].params.items():
        for value, right in ((bounds.least, True), (bounds.most, True), (bounds.most + 1, False)):
            found = strategy({"var": name, "params": {param: value}, "op": "!=", "value": 0})
            try:
                read_strategy(found)
                said = ""
            except Invalid as error:
                said = str(error)
            assert (f".params.{param} is {value:g}: a " in said) is not right


@given(document=st.recursive(st.none() | st.integers() | st.text(), st.lists, max_leaves=5))
def test_garbage_never_raises_anything_but_invalid(document: object) -> None:
    """Whatever stands in the file."""
    with pytest.raises(Invalid):
        read_strategy(document)
