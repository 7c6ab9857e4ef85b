"""Triggers: one line each becomes one condition."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepods_core.errors import Invalid
from tradepods_core.strategy.checking import read_strategy
from tradepods_core.strategy.compose import SAYS, composed, condition_of
from tradepods_core.strategy.evaluate import reading, weighed
from tradepods_core.strategy.variables import VARIABLES


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("rsi < 30", {"var": "rsi", "op": "<", "value": 30}),
        ("rsi(period=14)<30", {"var": "rsi", "params": {"period": 14}, "op": "<", "value": 30}),
        ("  cci() >= -100.5 ", {"var": "cci", "op": ">=", "value": -100.5}),
        ("rsi between 40 and 60", {"var": "rsi", "op": "between", "values": [40, 60]}),
        (
            "price crosses above sma(period=50)@1h",
            {"var": "price", "op": "crosses_above", "ref": {"var": "sma", "params": {"period": 50}, "timeframe": "1h"}},
        ),
        (
            "macd(fast=5, slow=17) @ 15m crosses_below macd_signal",
            {
                "var": "macd",
                "params": {"fast": 5, "slow": 17},
                "timeframe": "15m",
                "op": "crosses_below",
                "ref": {"var": "macd_signal"},
            },
        ),
    ],
)
def test_a_trigger_says_what_a_condition_says(text: str, expected: dict[str, Any]) -> None:
    """As it is written in reasons and in cycles, blanks or none."""
    assert condition_of(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "rsi", "rsi <", "< 30", "rsi 30", "rsi << 30", "rsi < 30 40", "rsi between 30", "rsi(14) < 30", "RSI < 3"],
)
def test_what_is_no_trigger_is_named_with_an_example(text: str) -> None:
    """All of them at once, each by its place."""
    with pytest.raises(Invalid) as caught:
        composed(timeframe="5m", symbols=["BTC/USDT:USDT"], triggers={"long": ["rsi < 30", text]}, joined="all")

    assert [(problem.field, problem.fix) for problem in caught.value.problems] == [("long[1]", SAYS)]


@pytest.mark.parametrize("joined", ["all", "any"])
def test_a_composed_strategy_is_one_entry_a_side(joined: Any) -> None:
    """Of the sides that have triggers."""
    triggers: dict[Any, list[str]] = {"long": ["rsi < 30", "price > ema"], "short": []}
    found = read_strategy(composed(timeframe="5m", symbols=["BTC/USDT:USDT"], triggers=triggers, joined=joined))
    (entry,) = found.entries

    assert (entry.side, entry.when.joined_by, len(entry.when.parts)) == ("long", joined, 2)


@given(var=st.sampled_from(sorted(VARIABLES)), op=st.sampled_from(["<", ">=", "!=", "crosses above", "between"]))
def test_what_a_strategy_says_of_itself_is_a_trigger(var: str, op: str) -> None:
    """A reason without its numbers composes the same comparison again."""
    right = "0 and 1" if op == "between" else "1"
    triggers: dict[Any, list[str]] = {"long": [f"{var} {op} {right}"]}
    spec = composed(timeframe="5m", symbols=["BTC/USDT:USDT"], triggers=triggers, joined="all")
    ((_, told),) = weighed(read_strategy(spec).entries[0].when, reading({}, {}))
    again = condition_of(told.replace(" nan", "", 1))

    assert {**again, "params": None} == {**condition_of(triggers["long"][0]), "params": None}


@given(text=st.text(max_size=60))
def test_garbage_never_raises_anything_but_invalid(text: str) -> None:
    """Whatever stands on the command line."""
    try:
        composed(timeframe="5m", symbols=[], triggers={"long": [text]}, joined="all")
    except Invalid as error:
        assert error.problems  # noqa: PT017 - either way is right
