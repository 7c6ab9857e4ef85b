"""The chart, rendered by a real helm as its users would."""

import copy
import json
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

import yaml

from support.cluster_assets import ROOT, program, skip

Json = dict[str, Any]
CHART = ROOT / "charts" / "tradepods"
RELEASE, NAMESPACE = "tradepods", "trading"
WORKLOADS = ("Deployment", "Job", "Pod")


@cache
def helm() -> str:
    """The program; skips where there is none."""
    return program("helm") or skip()


def run(*arguments: str, values: Mapping[str, Any] | None = None) -> subprocess.CompletedProcess[str]:
    """What helm says; `values` as of a values file."""
    return subprocess.run(
        [helm(), *arguments, "--values", "-"],
        input=json.dumps(values or {}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def text(values: Mapping[str, Any] | None = None, *, namespace: str = NAMESPACE, release: str = RELEASE) -> str:
    """All manifests, hooks and tests among them."""
    done = run("template", release, str(CHART), "--namespace", namespace, values=values)
    assert done.returncode == 0, done.stderr
    return done.stdout


def refusal(values: Mapping[str, Any]) -> str:
    """Why these values are refused."""
    done = run("template", RELEASE, str(CHART), "--namespace", NAMESPACE, values=values)
    assert done.returncode != 0, "helm takes them"
    return done.stderr


def render(values: Mapping[str, Any] | None = None, *, namespace: str = NAMESPACE) -> list[Json]:
    """The objects."""
    return copy.deepcopy(_rendered(json.dumps(values or {}), namespace))


@cache
def _rendered(values: str, namespace: str) -> list[Json]:
    """Read once for all tests of a run, by the quick parser where there is one: the definitions are long."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return [one for one in yaml.load_all(text(json.loads(values), namespace=namespace), loader) if one is not None]


def of_kind(objects: Iterable[Json], kind: str) -> list[Json]:
    """Those of one kind."""
    return [one for one in objects if one["kind"] == kind]


def component(objects: Iterable[Json], kind: str, name: str) -> Json:
    """A component's object of a kind."""
    label = "app.kubernetes.io/component"
    (found,) = (one for one in of_kind(objects, kind) if one["metadata"].get("labels", {}).get(label) == name)
    return found


def pods(objects: Iterable[Json]) -> Iterator[tuple[str, Json]]:
    """The name and the pod's template of whatever makes pods."""
    for one in objects:
        if one["kind"] in WORKLOADS:
            template = one if one["kind"] == "Pod" else one["spec"]["template"]
            yield (
                f"{one['kind']} {one['metadata']['name']}",
                {"metadata": template["metadata"], "spec": template["spec"]},
            )


def arguments(objects: Iterable[Json], name: str, *, container: int = 0) -> list[str]:
    """The command line of a component."""
    found: list[str] = component(objects, "Deployment", name)["spec"]["template"]["spec"]["containers"][container][
        "args"
    ]
    return found


def policy_text(objects: Iterable[Json]) -> str:
    """The operator's policy file."""
    found: str = component(objects, "ConfigMap", "operator")["data"]["policy.yaml"]
    return found


def examples(objects: Iterable[Json]) -> Mapping[str, str]:
    """The playground's manifests, by the name of their file."""
    found: Mapping[str, str] = component(objects, "Secret", "examples")["stringData"]
    return found
