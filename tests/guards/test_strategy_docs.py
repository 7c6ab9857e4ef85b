"""What docs/strategies.md says of variables and actions is so, and its examples are right."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tradepods_core.strategy.checking import read_strategy
from tradepods_core.strategy.management import PCT
from tradepods_core.strategy.variables import POSITION_VARIABLES, VARIABLES, Term
from tradepods_core.strategy.vocabulary import Variable

TEXT = (Path(__file__).parents[2] / "docs" / "strategies.md").read_text("utf-8")
BLOCKS = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)]
UNIVERSE = {"top": 0, "include": ["BTC/USDT:USDT"]}


def _rows(columns: int) -> dict[str, list[str]]:
    """Table rows of so many columns, by the name in the first."""
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in TEXT.splitlines() if line[:3] == "| `"]
    return {row[0].strip("`"): row[1:] for row in cells if len(row) == columns}


def _shown(variable: Variable) -> list[str]:
    params = (f"`{n}` {p.default:g} ({p.least:g} to {p.most:g})" for n, p in variable.params.items())
    return [variable.group, ", ".join(params), f"{Term.of(variable.name, {}).warmup:,}", variable.says]


def test_every_market_variable_is_in_the_table() -> None:
    """With its group, its parameters and their bounds, its warm-up, and what it is; and no other."""
    assert _rows(5) == {name: _shown(variable) for name, variable in VARIABLES.items()}


def test_every_position_variable_is_in_the_table() -> None:
    """Likewise."""
    found = {name: row for name, row in _rows(3).items() if name in POSITION_VARIABLES}

    assert found == {name: [variable.group, variable.says] for name, variable in POSITION_VARIABLES.items()}


def test_every_action_is_in_the_table() -> None:
    """With the numbers of its bounds."""
    rows = {name: row[0] for name, row in _rows(2).items() if name in {*PCT, "close", "alert"}}

    assert rows.keys() == {*PCT, "close", "alert"}
    for kind, bounds in PCT.items():
        assert {f"{bounds.least}", f"{bounds.most}"} <= set(re.findall(r"-?\d+", rows[kind]))


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: "-".join(block)[:30])
def test_every_example_is_right(block: dict[str, Any]) -> None:
    """A whole strategy, a condition, or management."""
    when = block.get("when", {"all": [{"var": "rsi", "op": "<", "value": 30}]})
    entry = {"side": "long", "type": "t", "when": when}
    part = {"timeframe": "5m", "universe": UNIVERSE, "entries": [entry], "management": block.get("management", [])}

    read_strategy(block.get("spec", part))
