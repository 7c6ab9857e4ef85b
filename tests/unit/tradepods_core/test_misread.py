"""What pydantic would take for a number or a switch is refused where a person writes it."""

from typing import Any

import pytest

from support.build import spec
from support.crd_rules import managing, strategy
from tradepods_core.errors import Invalid
from tradepods_core.settings.reading import read_account
from tradepods_core.strategy.checking import read_strategy


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"entryPct": "5"}, 'spec.entryPct is "5": a number, without quotes'),
        ({"leverage": "5"}, 'spec.leverage is "5": a number, without quotes'),
        ({"dryRun": "yes"}, 'spec.dryRun is "yes": true or false, without quotes'),
        ({"dryRun": 1}, "spec.dryRun is 1: true or false, without quotes"),
        ({"dca": {"enabled": False, "stepPcts": [30, "30"]}}, 'spec.dca.stepPcts[1] is "30": a number, without quotes'),
        ({"paper": {"balance": 10.5}}, 'spec.paper.balance is 10.5: a whole number, or a text such as "10000.5"'),
        ({"paper": {"balance": "1e4"}}, 'spec.paper.balance is "1e4": a whole number, or a text such as "10000.5"'),
    ],
)
def test_an_account_has_numbers_where_numbers_belong(changes: dict[str, Any], said: str) -> None:
    """As an API server has it; an amount of money is exact, so it is whole or a text."""
    with pytest.raises(Invalid) as caught:
        read_account(spec(**changes))

    assert [str(problem) for problem in caught.value.problems] == [said]


@pytest.mark.parametrize(
    ("document", "field"),
    [
        (strategy({"var": "rsi", "op": "<", "value": "30"}), "spec.entries[0].when.all[0].value"),
        (strategy({"var": "rsi", "op": "between", "values": [False, 2]}), "spec.entries[0].when.all[0].values[0]"),
        (
            strategy({"var": "rsi", "params": {"period": "9"}, "op": "<", "value": 1}),
            "spec.entries[0].when.all[0].para",
        ),
        (managing(kind="add", pct="50"), "spec.management[0].action.pct"),
    ],
)
def test_a_strategy_likewise(document: dict[str, Any], field: str) -> None:
    """However deep it stands."""
    with pytest.raises(Invalid) as caught:
        read_strategy(document)

    assert caught.value.problems[0].field.startswith(field)
