"""Settings: what a person wrote becomes a spec, or every problem with path, value and allowed range."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.build import spec
from tradepods_core.errors import Invalid
from tradepods_core.settings.reading import read_account

D = Decimal


def _problems(document: object) -> list[str]:
    with pytest.raises(Invalid) as caught:
        read_account(document)
    return [str(problem) for problem in caught.value.problems]


def test_defaults_are_the_documented_ones() -> None:
    """A short spec trades carefully: dry run, 5 % a position, seven positions, 3 % targets."""
    account = read_account(spec())

    assert account.dry_run
    assert account.entry_pct == D(5)
    assert account.max_positions == 7
    assert account.leverage == 10
    assert account.exit_cooldown_hours == D(2)
    assert (account.long.take_profit_pct, account.long.stop_loss_pct) == (D(3), D(3))
    assert account.paper.balance == D(10_000)


def test_a_decimal_is_read_exactly() -> None:
    """0.1 from YAML is a tenth, not the float nearest to it."""
    assert read_account(spec(maxSlippagePct=0.1)).max_slippage_pct == D("0.1")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"entryPct": 0}, "spec.entryPct is 0: a number, above 0, at most 100"),
        ({"entryPct": 101}, "spec.entryPct is 101: a number, above 0, at most 100"),
        ({"entryPct": "much"}, 'spec.entryPct is "much": a number, above 0, at most 100'),
        ({"leverage": 126}, "spec.leverage is 126: a whole number, at least 1, at most 125"),
        ({"maxPositions": 0}, "spec.maxPositions is 0: a whole number, at least 1, at most 200"),
        ({"dryRun": "perhaps"}, 'spec.dryRun is "perhaps": true or false'),
        ({"state": "Resting"}, 'spec.state is "Resting": one of Running, Paused, Stopped'),
        ({"long": {"stopLossPct": -1}}, "spec.long.stopLossPct is -1: a number, above 0, at most 100"),
        ({"long": 3}, "spec.long is 3: a mapping"),
        (
            {"symbols": {"allow": ["BTCUSDT"]}},
            (
                'spec.symbols.allow[0] is "BTCUSDT": a text, at most 40 characters, '
                "matching ^[A-Z0-9]{1,15}/[A-Z0-9]{1,10}:[A-Z0-9]{1,10}$"
            ),
        ),
        ({"entryPercent": 5}, "spec.entryPercent is 5: unknown field: did you mean entryPct?"),
        ({"entry_pct": 5}, "spec.entry_pct is 5: unknown field: did you mean entryPct?"),
        (
            {"paper": {"colour": 1}},
            "spec.paper.colour is 1: unknown field: there are balance",
        ),
        (
            {"exchange": {"id": "kraken"}},
            'spec.exchange.id is "kraken": one of binanceusdm',
        ),
        (
            {"telegram": {"secretRef": {"name": "t"}, "chatIds": []}},
            "spec.telegram.chatIds is []: a list, at least 1 items, at most 20 items",
        ),
    ],
)
def test_a_wrong_value_is_named_with_its_path_and_what_would_do(changes: dict[str, Any], said: str) -> None:
    """Field, value, allowed range."""
    assert said in _problems(spec(**changes))


def test_a_missing_field_is_named() -> None:
    """The exchange has no default."""
    document = spec()
    del document["exchange"]

    assert _problems(document) == ["spec.exchange: is required: a mapping"]


def test_all_problems_are_said_at_once() -> None:
    """A person mends a file in one go."""
    said = _problems(spec(entryPct=0, leverage=0, colour="red"))

    assert len(said) == 3


@pytest.mark.parametrize("document", [None, 3, "text", [], [{}]])
def test_what_is_no_mapping_is_refused(document: object) -> None:
    """An empty file, a list, a number."""
    assert _problems(document)


@given(document=st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=5))
def test_garbage_never_raises_anything_but_invalid(document: object) -> None:
    """Whatever stands in the file, the person gets a message."""
    with pytest.raises(Invalid):
        read_account(document)


@given(
    name=st.sampled_from(["entryPct", "leverage", "long", "symbols", "state", "telegram", "paper", "strategies"]),
    value=st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.lists(st.integers()),
)
def test_a_field_of_any_kind_gives_a_spec_or_a_message(name: str, value: object) -> None:
    """No value of a field can crash the reading, and a message names the field."""
    named = []
    try:
        read_account(spec(**{name: value}))
    except Invalid as error:
        named = [problem.field for problem in error.problems]

    assert all(name in field for field in named)


def test_a_long_value_is_shown_in_part() -> None:
    """A pasted key in the wrong place does not fill the screen."""
    (said,) = _problems(spec(state="x" * 5000))

    assert len(said) < 200
