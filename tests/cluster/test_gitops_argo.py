"""What Argo CD makes of our kinds, said by Argo CD itself: health in every state, and every action."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.argo_cli import actions, after, health
from support.argo_customizations import ACCOUNT, PATCH, STRATEGY, config_map, samples

HEALTH = (ACCOUNT / "health_test.yaml", STRATEGY / "health_test.yaml")
ACTIONS = ACCOUNT / "actions" / "action_test.yaml"
RESTART = "tradepods.dev/restart"
ANEW = "write them anew: make argocd"


def _read(file: Path) -> Any:
    return yaml.safe_load(file.read_text("utf-8"))


def _states() -> Iterator[Any]:
    for file in HEALTH:
        for one in _read(file)["tests"]:
            path = file.parent / one["inputPath"]
            yield pytest.param(path, one["healthStatus"], id=f"{file.parent.name}-{path.stem}")


def _cases(kind: str) -> list[Any]:
    return [pytest.param(one, id=one.get("action", Path(one["inputPath"]).stem)) for one in _read(ACTIONS)[kind]]


@pytest.mark.parametrize(("document", "expected"), list(_states()))
def test_health_tells_every_state_apart(document: Path, expected: dict[str, str]) -> None:
    """By Argo CD's own interpreter, from the ConfigMap that people apply."""
    assert health(document) == (expected["status"], expected["message"])


@pytest.mark.parametrize("case", _cases("discoveryTests"))
def test_actions_are_offered_where_they_do_something(case: dict[str, Any]) -> None:
    """The others are greyed."""
    found = actions(ACTIONS.parent / case["inputPath"])

    assert found == {one["name"]: one["disabled"] for one in case["result"]}


@pytest.mark.parametrize("case", _cases("actionTests"))
def test_an_action_sets_annotations_and_nothing_else(case: dict[str, Any], tmp_path: Path) -> None:
    """Not the spec, which is Git's."""
    found = after(ACTIONS.parent / case["inputPath"], case["action"], folder=tmp_path)
    expected = _read(ACTIONS.parent / case["expectedOutputPath"])
    if RESTART in expected["metadata"].get("annotations", {}):
        at = found["metadata"]["annotations"][RESTART]
        assert at > "2026"
        expected["metadata"]["annotations"][RESTART] = at

    assert found == expected


async def test_the_states_are_those_of_our_operator() -> None:
    """The test data is what it writes today, and each of it is judged."""
    made = await samples()
    judged = {file.parent / one["inputPath"] for file in HEALTH for one in _read(file)["tests"]}
    stored = {path for folder in (ACCOUNT, STRATEGY) for path in (folder / "testdata").glob("*.yaml")}

    assert judged == stored == set(made)
    assert {file.stem for file, text in made.items() if file.read_text("utf-8") != text} == set(), ANEW


def test_every_action_is_tried() -> None:
    """Each folder of an action has a case."""
    folders = {path.parent.name for path in (ACCOUNT / "actions").glob("*/action.lua")}

    assert folders == {one["action"] for one in _read(ACTIONS)["actionTests"]}


def test_the_config_map_holds_the_same_scripts() -> None:
    """People apply the one, and read the others."""
    assert PATCH.read_text("utf-8") == config_map(), ANEW
