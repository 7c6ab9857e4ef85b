"""Values: what is refused, by which words, and what is written about them."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from support.chart import CHART, refusal, render, run
from support.chart_readme import readme, rows
from support.chart_values import COMBINATIONS

Json = dict[str, Any]
OPEN = (
    "labels",
    "issuerRef",
    "annotations",
    "resources",
    "commonLabels",
    "global",
    "nodeSelector",
    "affinity",
    "podLabels",
)


def _values() -> Json:
    found: Json = yaml.safe_load((CHART / "values.yaml").read_text("utf-8"))
    return found


def _schema() -> Json:
    found: Json = json.loads((CHART / "values.schema.json").read_text("utf-8"))
    return found


def _leaves(values: Json, path: str = "") -> Iterator[str]:
    for name, value in values.items():
        here = f"{path}.{name}" if path else name
        if isinstance(value, dict) and value and name not in OPEN:
            yield from _leaves(value, here)
        else:
            yield here


def _bounded(schema: Json, path: str = "") -> Iterator[str]:
    for name, one in schema["properties"].items():
        here, whole = f"{path}.{name}" if path else name, _resolved(one)
        if "properties" in whole:
            assert whole["additionalProperties"] is False, here
            if name in OPEN:
                yield here
            else:
                yield from _bounded(whole, here)
        else:
            yield here


def _resolved(one: Json) -> Json:
    name: str = one.get("$ref", "").rpartition("/")[2]
    found: Json = _schema()["$defs"][name] if name else one
    return found


def test_every_value_has_a_default_and_a_bound() -> None:
    """What values.yaml shows and what the schema knows are the same, to the last field."""
    assert sorted(_leaves(_values())) == sorted(_bounded(_schema()))


@pytest.mark.parametrize(
    ("values", "where", "says"),
    [
        ({"operator": {"replica": 2}}, "/operator", "'replica' not allowed"),
        ({"opeartor": {}}, "''", "'opeartor' not allowed"),
        ({"signals": {"persistence": {"sise": "1Gi"}}}, "/signals/persistence", "'sise' not allowed"),
        ({"operator": {"replicas": "two"}}, "/operator/replicas", "want integer"),
        ({"operator": {"logLevel": "loud"}}, "/operator/logLevel", "must be one of"),
        ({"worker": {"proxy": "http://me:word@proxy:1"}}, "/worker/proxy", "does not match"),
        ({"operator": {"namespaceCaps": {"symbol": 1}}}, "/operator/namespaceCaps", "symbol"),
        ({"operator": {"rollout": {"maxConcurrent": 0}}}, "/operator/rollout/maxConcurrent", "minimum"),
        ({"operator": {"image": {"digest": "latest"}}}, "/operator/image/digest", "does not match pattern"),
        ({"rbac": {"mode": "Everything"}}, "/rbac/mode", "must be one of"),
        ({"rbac": {"accountNamespaces": ["Traders"]}}, "/rbac/accountNamespaces/0", "does not match pattern"),
        ({"allowedEndpoints": ["http://a/path"]}, "/allowedEndpoints/0", "does not match pattern"),
        ({"allowedEndpoints": ["ftp://a"]}, "/allowedEndpoints/0", "does not match pattern"),
        ({"signals": {"auth": {"issuer": "http://a"}}}, "/signals/auth/issuer", "does not match pattern"),
        ({"signals": {"auth": {"admins": ["chief"]}}}, "/signals/auth/admins/0", "does not match pattern"),
        ({"worker": {"accessMode": "ReadWriteMany"}}, "/worker/accessMode", "must be one of"),
        ({"worker": {"userId": 0}}, "/worker/userId", "minimum"),
        ({"simulator": {"speed": 0}}, "/simulator/speed", "exclusiveMinimum"),
        ({"operator": {"extraEnv": [{"nam": "A"}]}}, "/operator/extraEnv/0", "nam"),
        ({"fullnameOverride": "a.b"}, "/fullnameOverride", "does not match pattern"),
        ({"fullnameOverride": "1pods"}, "/fullnameOverride", "does not match pattern"),
        ({"fullnameOverride": "p" * 30}, "/fullnameOverride", "maxLength"),
        ({"nameOverride": "a.b"}, "/nameOverride", "does not match pattern"),
        ({"nameOverride": "p" * 30}, "/nameOverride", "maxLength"),
        ({"imagePullSecrets": [{}]}, "/imagePullSecrets/0", "missing property 'name'"),
        ({"worker": {"imagePullSecrets": [{"name": ""}]}}, "/worker/imagePullSecrets/0/name", "minLength"),
    ],
)
def test_a_wrong_value_is_refused_by_its_name(values: Json, where: str, says: str) -> None:
    """A typo would otherwise leave the default in force, without a word."""
    said = refusal(values)

    assert f"at {where}" in said or f"at '{where}'" in said
    assert says in said


@pytest.mark.parametrize(
    ("values", "names"),
    [
        ({"rbac": {"secretsEverywhere": True}}, "rbac.secretsEverywhere: only with rbac.mode Cluster"),
        (
            {"monitoring": {"serviceMonitor": {"enabled": True}, "podMonitor": {"enabled": True}}},
            "monitoring.podMonitor.enabled: with monitoring.serviceMonitor.enabled",
        ),
        ({"signals": {"tls": {"enabled": True}}}, "signals.tls.secretName: with signals.tls.enabled name a Secret"),
        ({"signals": {"tls": {"certManager": {"enabled": True}}}}, "signals.tls.certManager.issuerRef.name: name"),
        (
            {"simulator": {"enabled": True}, "signals": {"exchangeUrl": "https://a"}},
            "signals.exchangeUrl: with simulator.enabled",
        ),
        ({"worker": {"extraEnv": [{"name": "HOME", "value": "/x"}]}}, "worker.extraEnv: HOME is set already"),
        ({"worker": {"extraEnv": [{"name": "TRADEPODS_EGRESS"}]}}, "worker.extraEnv: TRADEPODS_EGRESS is set already"),
        ({"signals": {"extraEnv": [{"name": "TRADEPODS_EGRESS"}]}}, "signals.extraEnv: TRADEPODS_EGRESS is set"),
        ({"operator": {"extraEnv": [{"name": "HOME"}]}}, "operator.extraEnv: HOME is set already"),
        ({"worker": {"extraEnv": [{"name": "TZ"}, {"name": "TZ"}]}}, "worker.extraEnv: TZ is there twice"),
    ],
)
def test_values_that_contradict_each_other_are_refused(values: Json, names: str) -> None:
    """The message says which, and what to do."""
    assert names in refusal(values)


@pytest.mark.parametrize("release", ["1st", "a.b"])
def test_a_release_after_which_no_service_can_be_called_needs_another_name(release: str) -> None:
    """A release may have any such name; an API server would refuse both Services."""
    refused = run("template", release, str(CHART))

    assert refused.returncode != 0
    assert f"release {release}: Services would be called {release}-tradepods-" in refused.stderr
    assert run("template", release, str(CHART), values={"fullnameOverride": "pods"}).returncode == 0


def test_a_parent_chart_may_hand_down_what_it_likes() -> None:
    """`global` is anybody's."""
    assert render({"global": {"anything": {"at": ["all"]}}})


@pytest.mark.parametrize("name", COMBINATIONS)
def test_helm_lint_finds_nothing(name: str) -> None:
    """Strictly, for each combination that matters."""
    done = run("lint", "--strict", str(CHART), values=COMBINATIONS[name])

    assert done.returncode == 0, done.stdout
    assert "[WARNING]" not in done.stdout


def test_the_readme_shows_the_values_as_they_are() -> None:
    """`make chart` writes its table anew."""
    assert readme() == (CHART / "README.md").read_text("utf-8")


def test_every_value_is_explained() -> None:
    """By the comment above it."""
    assert sorted(row.name for row in rows()) == sorted(_leaves(_values()))
