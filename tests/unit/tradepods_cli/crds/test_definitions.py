"""The two definitions: as committed, bounded throughout, with every rule of the models."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from support.crd_rules import BROKEN
from tradepods_cli.crds.definitions import definitions
from tradepods_cli.crds.writing import files
from tradepods_cli.main import app
from tradepods_core.field_rules import VALIDATIONS

Json = dict[str, Any]
COMMITTED = Path(__file__).parents[4] / "crds"
LARGEST = 262_144  # bytes of an annotation: `kubectl apply` keeps the whole definition in one


def _nodes(node: Json, *, in_list: bool = False) -> Iterator[tuple[Json, bool]]:
    yield node, in_list
    for inner in node.get("properties", {}).values():
        yield from _nodes(inner, in_list=in_list)
    for name in ("items", "additionalProperties"):
        if isinstance(node.get(name), dict):
            yield from _nodes(node[name], in_list=True)


def _all() -> Iterator[tuple[Json, bool]]:
    for definition in definitions().values():
        schema = definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
        yield from _nodes(schema["properties"]["spec"])
        yield from _nodes(schema["properties"]["status"])


def test_the_committed_files_are_the_models_own() -> None:
    """After a change of the models: `tradepods crds --output crds`."""
    assert {path.name: path.read_text("utf-8") for path in COMMITTED.glob("*.yaml")} == files()


def test_the_command_prints_or_writes_them(tmp_path: Path) -> None:
    """Standard output can be piped to kubectl; a folder gets one file each."""
    printed = CliRunner().invoke(app, ["crds"])
    written = CliRunner().invoke(app, ["crds", "--output", str(tmp_path / "new")])

    assert list(yaml.safe_load_all(printed.stdout)) == list(definitions().values())
    assert written.exit_code == 0
    assert {path.name: path.read_text("utf-8") for path in (tmp_path / "new").iterdir()} == files()


def test_everything_is_bounded() -> None:
    """An API server estimates what a rule may cost from these."""
    unbounded = [
        node
        for node, _ in _all()
        if (node.get("type") == "string" and not node.keys() & {"maxLength", "enum"})
        or (node.get("type") == "array" and "maxItems" not in node)
        or ("additionalProperties" in node and "maxProperties" not in node)
    ]

    assert unbounded == []


def test_list_items_have_no_defaults() -> None:
    """Argo CD would see a change for ever."""
    assert [node for node, in_list in _all() if in_list and "default" in node] == []


def test_every_rule_has_a_row_that_breaks_it() -> None:
    """Whoever adds a rule adds its row: the tables are asked of a real API server."""
    told = {
        rule["message"] for node, _ in _all() for rule in node.get(VALIDATIONS, ()) if "oldSelf" not in rule["rule"]
    }
    shown = [said for rows in BROKEN.values() for _, _, said in rows]

    assert [message for message in told if not any(said in message for said in shown)] == []


@pytest.mark.parametrize("name", ["tradingaccounts.tradepods.dev", "tradingstrategies.tradepods.dev"])
def test_a_definition_can_be_applied_by_any_client(name: str) -> None:
    """It fits in the annotation that `kubectl apply` writes."""
    assert len(yaml.dump(definitions()[name], default_flow_style=True, width=10**9)) < LARGEST
