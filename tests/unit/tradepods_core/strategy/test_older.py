"""The older JSON form: what it says is kept, what can't be kept is named."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepods_core.errors import Invalid
from tradepods_core.strategy.checking import read_strategy
from tradepods_core.strategy.older import from_older

RSI: dict[str, Any] = {"var": "rsi", "params": {"period": 14}, "op": "<", "value": 30}
OLDER: dict[str, Any] = {
    "strategy_id": "RSI_Swing",
    "enabled": True,
    "entry_strategy": {
        "type": "rsi_oversold",
        "side": "long",
        "priority": 3,
        "conditions": [RSI, {"var": "rsi", "op": "between", "value": [10, 40]}],
    },
    "management_strategies": [
        {
            "type": "profit_add",
            "conditions": [{"var": "profit_rate", "op": ">", "value": 0.02}],
            "action": {"kind": "add", "pct": 30},
            "priority": 20,
            "enabled": False,
        },
        {
            "type": "fade",
            "conditions": [{"var": "ema", "op": "<", "value": {"var": "price"}}],
            "params": {"kind": "close"},
        },
    ],
}


def _imported(document: object, *, side: str | None = None) -> tuple[str, dict[str, Any]]:
    return from_older(document, timeframe="5m", symbols=["BTC/USDT:USDT"], side=side)


def _said(document: object) -> list[str]:
    with pytest.raises(Invalid) as caught:
        _imported(document)
    return [str(problem) for problem in caught.value.problems]


def test_all_that_it_says_is_kept() -> None:
    """Conditions, actions, priorities, what is enabled; a range and another variable by their right names."""
    name, spec = _imported(OLDER)
    found = read_strategy(spec)
    add, close = found.management

    assert (name, found.enabled, found.entries[0].type) == ("rsi-swing", True, "rsi_oversold")
    assert found.entries[0].strength == Decimal(3)
    assert [condition.values for condition in found.entries[0].when.parts] == [None, (10, 40)]
    assert (add.action.kind, add.action.pct, add.priority, add.enabled) == ("add", Decimal(30), 20, False)
    assert (close.action.kind, close.enabled) == ("close", True)
    assert close.when.parts[0].ref is not None


@pytest.mark.parametrize("where", ["strategy", "entry"])
def test_what_was_disabled_stays_so(where: str) -> None:
    """The whole of it, or its only entry."""
    entry = OLDER["entry_strategy"] | ({"enabled": False} if where == "entry" else {})
    _, spec = _imported(OLDER | {"entry_strategy": entry} | ({"enabled": False} if where == "strategy" else {}))

    assert read_strategy(spec).enabled is False


def test_a_side_that_is_not_said_is_asked_for() -> None:
    """By the caller, never by a guess."""
    entry = {name: value for name, value in OLDER["entry_strategy"].items() if name != "side"}

    assert _said(OLDER | {"entry_strategy": entry}) == [
        "entry_strategy.side: is not said here: give --side long or --side short"
    ]
    assert _imported(OLDER | {"entry_strategy": entry}, side="short")[1]["entries"][0]["side"] == "short"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"stop_loss": 3}, "document.stop_loss: unknown field of the older form"),
        ({"strategy_id": None}, "strategy_id is null: write a text"),
        ({"entry_strategy": []}, "entry_strategy is []: write a mapping"),
        ({"entry_strategy": OLDER["entry_strategy"] | {"conditions": RSI}}, "entry_strategy.conditions is a mapping"),
        (
            {"entry_strategy": OLDER["entry_strategy"] | {"conditions": [RSI | {"weight": 2}]}},
            "entry_strategy.conditions[0].weight: unknown field",
        ),
        ({"entry_strategy": OLDER["entry_strategy"] | {"params": {"pct": 5}}}, "entry_strategy.params is a mapping"),
        ({"management_strategies": {}}, "management_strategies is {}: write a list"),
        (
            {"management_strategies": [{"type": "x", "conditions": [RSI]}]},
            "management_strategies[0].params.kind is null: say what is done",
        ),
        (
            {"management_strategies": [{"type": "x", "conditions": [RSI], "action": {"kind": "sell"}}]},
            'management_strategies[0].action.kind is "sell": say what is done',
        ),
    ],
)
def test_what_can_not_be_kept_is_named(changes: dict[str, Any], said: str) -> None:
    """By its path in the older document."""
    assert any(line.startswith(said) for line in _said(OLDER | changes))


@given(
    document=st.recursive(st.none() | st.integers() | st.text(), lambda s: st.lists(s) | st.dictionaries(st.text(), s))
)
def test_garbage_never_raises_anything_but_invalid(document: object) -> None:
    """Whatever stands in the file."""
    assert _said(document)
