"""Management: its form, its bounds, what its conditions may read, and in which order rules are asked."""

from typing import Any

import pytest

from tradepods_core.errors import Invalid
from tradepods_core.strategy.checking import read_strategy
from tradepods_core.strategy.evaluate import crossing_terms, holds, reading, terms, weighed
from tradepods_core.strategy.management import PCT, in_order
from tradepods_core.strategy.model import StrategySpec
from tradepods_core.strategy.variables import POSITION_VARIABLES

PROFIT: dict[str, Any] = {"var": "profit_rate", "op": ">", "value": 0.02}
WHERE = "spec.management[0]"


def rule(*conditions: dict[str, Any], kind: str = "add", pct: float | None = 30, **changes: Any) -> dict[str, Any]:
    """A management rule as a person writes it."""
    action = {"kind": kind} | ({} if pct is None else {"pct": pct})
    return {"type": "profit_add", "when": {"any": list(conditions or (PROFIT,))}, "action": action, **changes}


def spec(*rules: dict[str, Any]) -> dict[str, Any]:
    """A strategy with these rules."""
    entry = {"side": "long", "type": "t", "when": {"all": [{"var": "rsi", "op": "<", "value": 30}]}}
    universe = {"top": 0, "include": ["BTC/USDT:USDT"]}
    return {"timeframe": "5m", "universe": universe, "entries": [entry], "management": list(rules)}


def _read(*rules: dict[str, Any]) -> StrategySpec:
    return read_strategy(spec(*rules))


def _said(*rules: dict[str, Any]) -> list[str]:
    with pytest.raises(Invalid) as caught:
        _read(*rules)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize("name", sorted(POSITION_VARIABLES))
def test_every_position_variable_can_be_read(name: str) -> None:
    """Beside market variables, in one condition."""
    found = _read(
        rule({"var": name, "op": ">=", "value": 1}, {"all": [PROFIT, {"var": "rsi", "op": ">", "value": 70}]})
    )

    assert str(terms(found.management[0].when)[0]) == name


@pytest.mark.parametrize(
    ("kind", "least", "most"),
    [("add", 0.1, 100), ("reduce", 0.1, 99), ("move_stop", -50, 100), ("trail_stop", 0.1, 50), ("break_even", 0, 10)],
)
def test_a_percentage_is_held_to_its_actions_bounds(kind: str, least: float, most: float) -> None:
    """Both ends are allowed; what is beyond, and zero where it would do nothing, isn't."""
    for pct in (least, most):
        _read(rule(kind=kind, pct=pct))
    for pct in (least - 0.1, most + 0.1):
        assert _said(rule(kind=kind, pct=pct))[0].startswith(f"{WHERE}.action.pct is ")


@pytest.mark.parametrize("kind", ["close", "alert"])
def test_an_action_without_measure_takes_none(kind: str) -> None:
    """A number that means nothing would be taken for something."""
    _read(rule(kind=kind, pct=None))

    assert _said(rule(kind=kind, pct=10)) == [f"{WHERE}.action.pct is 10: {kind} takes none: take it out"]


@pytest.mark.parametrize("kind", [kind for kind, bounds in PCT.items() if bounds.needed])
def test_an_action_that_needs_a_measure_says_so(kind: str) -> None:
    """None is made up; break_even alone means the entry itself."""
    assert _said(rule(kind=kind, pct=None))[0].startswith(f"{WHERE}.action.pct: is required for {kind}: a number, ")
    _read(rule(kind="break_even", pct=None))


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        (
            {"var": "profit_rat", "op": ">", "value": 0},
            ".var is profit_rat: unknown variable: did you mean profit_rate?",
        ),
        (
            {"var": "profit_rate", "op": ">", "ref": {"var": "price"}},
            ".ref.var is price: profit_rate is a ratio, price a price: only like compares with like",
        ),
        (
            {"var": "roi", "op": "crosses_above", "value": 0},
            ".op is crosses_above: roi has no candle before this one: write < or >",
        ),
        (
            {"var": "price_change", "op": "crosses_below", "ref": {"var": "roi"}},
            ".op is crosses_below: roi has no candle before this one: write < or >",
        ),
        (
            {"var": "roi", "op": ">", "value": 0, "timeframe": "1h"},
            ".timeframe is 1h: roi has no candles: take timeframe out",
        ),
        (
            {"var": "roi", "params": {"period": 3}, "op": ">", "value": 0},
            ".params.period is 3: roi has no such parameter: there are none",
        ),
    ],
)
def test_a_wrong_condition_is_named_by_its_path(condition: dict[str, Any], said: str) -> None:
    """As in entries."""
    assert f"{WHERE}.when.any[0]{said}" in _said(rule(condition))


def test_two_rules_do_not_share_a_name() -> None:
    """What was done is counted and told by it."""
    assert _said(rule(), rule())[0].startswith("spec.management[1].type is profit_add: stands at spec.management[0]")


@pytest.mark.parametrize(
    "changes",
    [
        {"priority": -1},
        {"priority": 1001},
        {"maxTimes": 0},
        {"maxTimes": 101},
        {"enabled": "perhaps"},
        {"action": {"kind": "x"}},
    ],
)
def test_a_field_out_of_bounds_is_named(changes: dict[str, Any]) -> None:
    """By its path."""
    assert _said(rule() | changes)[0].startswith(f"{WHERE}.{next(iter(changes))}")


def test_rules_are_asked_by_priority_then_as_written() -> None:
    """The higher first; a disabled one not at all."""
    found = _read(
        rule(type="a"), rule(type="b", priority=20), rule(type="c"), rule(type="d", priority=99, enabled=False)
    )

    assert [one.type for one in in_order(found.management)] == ["b", "a", "c"]


MIXED = rule(
    {"all": [PROFIT, {"var": "rsi", "op": "crosses_below", "ref": {"var": "rsi", "params": {"period": 7}}}]},
    {"var": "ema", "op": "<", "ref": {"var": "price"}, "timeframe": "1h"},
)


def test_a_worker_evaluates_with_what_a_cycle_carries() -> None:
    """Market variables by name, now and one candle before, its own beside them."""
    when = _read(MIXED).management[0].when
    now = {"rsi(period=14)": 60.0, "rsi(period=7)": 65.0, "ema(period=20)@1h": 100.0, "price": 99.0}
    before = {"rsi(period=14)": 70.0, "rsi(period=7)": 68.0}

    assert holds(when, reading({**now, "profit_rate": 0.03}, before))
    assert not holds(when, reading({**now, "profit_rate": 0.01}, before))
    assert not holds(when, reading({**now, "profit_rate": 0.03}, {**before, "rsi(period=7)": 72.0}))
    assert holds(when, reading({**now, "price": 101.0}, {}))
    assert [str(term) for term in crossing_terms(when)] == ["rsi(period=14)", "rsi(period=7)"]


@pytest.mark.parametrize("op", ["<", "<=", ">", ">=", "==", "!=", "between"])
def test_nothing_holds_of_a_value_that_is_not_known(op: str) -> None:
    """Not even that it differs."""
    right = {"values": [-1, 1]} if op == "between" else {"value": 0}
    when = _read(rule({"var": "profit_rate", "op": op, **right})).management[0].when

    assert not holds(when, reading({}, {}))
    assert [held for held, _ in weighed(when, reading({}, {}))] == [False]


def test_every_comparison_is_told_with_its_numbers() -> None:
    """Those that hold and those that nearly did."""
    when = _read(MIXED).management[0].when
    now = {
        "profit_rate": 0.03,
        "rsi(period=14)": 60.0,
        "rsi(period=7)": 65.0,
        "ema(period=20)@1h": 100.0,
        "price": 99.0,
    }

    assert weighed(when, reading(now, {})) == (
        (True, "profit_rate 0.03 > 0.02"),
        (False, "rsi(period=14) 60 crosses below rsi(period=7) 65"),
        (False, "ema(period=20)@1h 100 < price 99"),
    )
