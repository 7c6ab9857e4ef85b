"""What Flux makes of our kinds, by kstatus and by the examples' own rules, and that the examples name what is there."""

import re
from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from support.argo_customizations import ACCOUNT, STRATEGY
from support.cluster_assets import ROOT
from support.kstatus import Status, kstatus

FLUX = ROOT / "examples" / "flux"
Json = dict[str, Any]
EXPRESSION = re.compile(r"status\.conditions\.exists\(c, c\.type == '(\w+)' && c\.status == '(\w+)'\)")
ORDER: Mapping[str, Status] = {"inProgress": "InProgress", "failed": "Failed", "current": "Current"}
WAITED_FOR = {
    "settings-on-their-way",
    "edited",
    "starting",
    "secret-missing",
    "queued",
    "held-back",
    "signals-gone",
    "keys-refused",
    "settings-refused",
    "without-stop",
    "on-its-way",
}
FAILED = {"degraded", "endpoint-not-allowed", "stop-not-confirmed"}
REFUSED = {"wrong", "refused"}  # strategies, which have no Stalled: only the examples' rules fail at once


def _expected(name: str) -> Status:
    if name == "deleting":
        return "Terminating"
    return "Failed" if name in FAILED else "InProgress" if name in WAITED_FOR | REFUSED else "Current"


def _read(name: str) -> list[Json]:
    return list(yaml.safe_load_all((FLUX / name).read_text("utf-8")))


def _by_rules(document: Json, rules: Mapping[str, str]) -> Status:
    """As Flux does: the generation first, then each rule; where there is no status none can be asked, and it waits."""
    status = document.get("status")
    if status is None or status["observedGeneration"] != document["metadata"]["generation"]:
        return "InProgress"
    said = {(one["type"], one["status"]) for one in status["conditions"]}
    for name, meaning in ORDER.items():
        if name in rules:
            found = EXPRESSION.fullmatch(rules[name])
            assert found is not None, rules[name]
            if found.groups() in said:
                return meaning
    return "InProgress"


STATES = [
    pytest.param(file, id=f"{folder.name}-{file.stem}")
    for folder in (ACCOUNT, STRATEGY)
    for file in sorted((folder / "testdata").glob("*.yaml"))
]


@pytest.mark.parametrize("file", STATES)
def test_every_state_is_told_apart_by_kstatus(file: Any) -> None:
    """Waited for, failed or as it should be; before an operator has seen it nothing says that it isn't."""
    assert kstatus(yaml.safe_load(file.read_text("utf-8"))) == _expected(file.stem)


@pytest.mark.parametrize("kustomization", ["accounts-demo", "accounts-live"])
@pytest.mark.parametrize("file", STATES)
def test_the_examples_rules_wait_for_what_is_new_and_fail_at_once_what_is_wrong(file: Any, kustomization: str) -> None:
    """In all else they say what kstatus does; an object that is being deleted isn't asked for."""
    document, name = yaml.safe_load(file.read_text("utf-8")), file.stem
    (found,) = (one for one in _read("fleet.yaml") if one["metadata"]["name"] == kustomization)
    (rules,) = (one for one in found["spec"]["healthCheckExprs"] if one["kind"] == document["kind"])
    if name != "deleting":
        expected = "InProgress" if name == "new" else "Failed" if name in REFUSED else _expected(name)
        assert _by_rules(document, rules) == expected
    assert rules["apiVersion"] == document["apiVersion"]


def test_each_part_waits_for_the_one_before() -> None:
    """What fails on the test net never reaches real money; all are of one repository, whose folders are there."""
    source, *parts = _read("fleet.yaml")
    names = [one["metadata"]["name"] for one in parts]
    before = [[other["name"] for other in one["spec"].get("dependsOn", ())] for one in parts]

    assert names == ["tradepods", "accounts-demo", "accounts-live"]
    assert before == [[], ["tradepods"], ["accounts-demo"]]
    for one in parts:
        assert one["spec"]["sourceRef"] == {"kind": source["kind"], "name": source["metadata"]["name"]}
        assert (ROOT / one["spec"]["path"]).is_dir()
        assert one["spec"]["wait"] is True


def test_the_chart_serves_the_namespaces_that_are_made() -> None:
    """And is where the release says; no namespace is pruned, as every account in it would go with it."""
    (release,) = _read("cluster/tradepods.yaml")
    made = {one["metadata"]["name"]: one["metadata"]["annotations"] for one in _read("cluster/namespaces.yaml")}
    served = release["spec"]["values"]["rbac"]["accountNamespaces"]

    assert made.keys() == {release["metadata"]["namespace"], *served}
    assert {one["kustomize.toolkit.fluxcd.io/prune"] for one in made.values()} == {"disabled"}
    assert (ROOT / release["spec"]["chart"]["spec"]["chart"] / "Chart.yaml").is_file()
