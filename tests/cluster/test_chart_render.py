"""What the chart renders: the same each time, in the words of the programs that read it, and never too much."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import TypeAdapter

from support.chart import (
    CHART,
    NAMESPACE,
    arguments,
    component,
    examples,
    of_kind,
    pods,
    policy_text,
    render,
    text,
)
from support.chart_values import COMBINATIONS, PLACED, RULE
from tradepods_cli import manifests
from tradepods_cli.crds.definitions import definitions
from tradepods_cli.crds.writing import files
from tradepods_cli.local.fleet_checks import check
from tradepods_operator import config as operator_config
from tradepods_operator.engine.manifests.names import PREFIX
from tradepods_operator.engine.policy import Policy
from tradepods_signals import config as signals_config
from tradepods_simulator import config as simulator_config
from tradepods_simulator.exchange.app import AccountEntry

Json = dict[str, Any]
KEEP = {"helm.sh/resource-policy": "keep", "argocd.argoproj.io/sync-options": "Prune=false"}


def _policy(objects: list[Json], folder: Path) -> Policy:
    file = folder / "policy.yaml"
    file.write_text(policy_text(objects), "utf-8")
    return operator_config.read_policy(file)


@pytest.mark.parametrize("name", COMBINATIONS)
def test_two_renders_are_the_same(name: str) -> None:
    """To the byte: a tool that renders anew at each look would else see a change each time, or rotate a key."""
    assert text(COMBINATIONS[name]) == text(COMBINATIONS[name])


def test_nothing_is_drawn_or_looked_up() -> None:
    """No template makes a value of its own, or asks a cluster that a renderer may not have."""
    drawn = re.compile(r"\b(rand[A-Z]\w*|gen[A-Z]\w*|derivePassword|uuidv4|now|lookup|getHostByName)\b")
    for file in (CHART / "templates").rglob("*"):
        if file.is_file():
            said = re.sub(r"/\*.*?\*/", "", file.read_text("utf-8"), flags=re.DOTALL)
            code = " ".join(re.findall(r"\{\{(.*?)\}\}", said))
            assert drawn.findall(code) == [], file


def test_the_definitions_are_those_of_the_models() -> None:
    """`make crds` writes both copies; rendered, they differ by labels and the annotation that keeps them."""
    for name, written in files().items():
        assert (CHART / "files" / "crds" / name).read_text("utf-8") == written
    shown = {one["metadata"]["name"]: one for one in of_kind(render(), "CustomResourceDefinition")}

    assert {name: one["spec"] for name, one in shown.items()} == {n: one["spec"] for n, one in definitions().items()}
    assert [one["metadata"]["annotations"] for one in shown.values()] == [KEEP, KEEP]


def test_definitions_may_be_elsewhere_or_go_with_the_release() -> None:
    """crds.enabled and crds.keep."""
    gone = of_kind(render(COMBINATIONS["definitions that go"]), "CustomResourceDefinition")

    assert of_kind(render(COMBINATIONS["definitions elsewhere"]), "CustomResourceDefinition") == []
    assert [one["metadata"].get("annotations") for one in gone] == [None, None]


@pytest.mark.parametrize("name", COMBINATIONS)
def test_each_program_takes_its_command_line(name: str, tmp_path: Path) -> None:
    """And the operator its policy: the programs' own readers say so."""
    objects = render(COMBINATIONS[name])
    operator = operator_config.parse(arguments(objects, "operator"))
    signals = signals_config.parse(arguments(objects, "signals"))
    policy = _policy(objects, tmp_path)

    assert policy.release_namespace == NAMESPACE
    assert policy.signals.port == signals.port
    assert signals.worker_prefix == PREFIX
    assert f"{NAMESPACE}/{component(objects, 'ServiceAccount', 'operator')['metadata']['name']}" in signals.reader
    mounted = component(objects, "Deployment", "signals")["spec"]["template"]["spec"]["volumes"][0]["configMap"]
    assert mounted == {"name": policy.strategies_map, "optional": True}
    assert operator.lease == component(objects, "Deployment", "operator")["metadata"]["name"]


def test_over_https_everybody_is_told_whom_to_trust(tmp_path: Path) -> None:
    """Operator, workers, probes, Prometheus and `helm test`: each by the same authority."""
    objects = render(COMBINATIONS["https"])
    policy, url = _policy(objects, tmp_path), f"https://tradepods-signals.{NAMESPACE}.svc:8080"
    signals = component(objects, "Deployment", "signals")["spec"]["template"]["spec"]
    operator = component(objects, "Deployment", "operator")["spec"]["template"]["spec"]
    file = operator_config.parse(operator["containers"][0]["args"]).signals_ca
    (scraped,) = component(objects, "ServiceMonitor", "signals")["spec"]["endpoints"]
    test = component(objects, "Pod", "test")["spec"]

    assert (policy.signals.url, policy.signals.ca_config_map) == (url, "internal-ca")
    assert signals["containers"][0]["livenessProbe"]["httpGet"]["scheme"] == "HTTPS"
    for pod in (operator, test):
        (mount,) = (one for one in pod["containers"][0]["volumeMounts"] if one["name"] == "authority")
        (volume,) = (one for one in pod["volumes"] if one["name"] == "authority")
        assert (f"{mount['mountPath']}/ca.crt", volume["configMap"]["name"]) == (str(file), "internal-ca")
    assert scraped["tlsConfig"]["ca"]["configMap"]["name"] == "internal-ca"
    assert test["containers"][0]["args"][1] == f"{url}/healthz"


def test_the_simulator_takes_its_command_lines() -> None:
    """Both of its containers."""
    objects = render(COMBINATIONS["playground"])
    exchange, telegram = (
        simulator_config.parse(arguments(objects, "simulator", container=number), prog="simulator") for number in (0, 1)
    )

    assert (exchange.kind, exchange.port, telegram.kind, telegram.port) == ("exchange", 9000, "telegram", 9001)


def test_the_policy_says_what_the_values_say(tmp_path: Path) -> None:
    """Of workers' pods, endpoints and rules."""
    objects = render(COMBINATIONS["placed"] | {"allowedEndpoints": ["https://bots.example"]})
    policy = _policy(objects, tmp_path)
    worker = policy.worker
    narrow = _policy(render(COMBINATIONS["narrow network policies"]), tmp_path)
    proxied = _policy(render(COMBINATIONS["workers behind a proxy"]), tmp_path)

    assert worker.node_selector == PLACED["nodeSelector"]
    assert worker.affinity == PLACED["affinity"]
    assert list(worker.tolerations) == PLACED["tolerations"]
    assert list(worker.extra_env) == PLACED["extraEnv"]
    assert list(worker.topology_spread_constraints) == PLACED["topologySpreadConstraints"]
    assert list(worker.image_pull_secrets) == [{"name": "registry"}]
    assert policy.allowed_endpoints == (
        f"http://tradepods-simulator.{NAMESPACE}.svc:9000",
        f"http://tradepods-simulator.{NAMESPACE}.svc:9001",
        "https://bots.example",
    )
    assert list(narrow.extra_egress) == [RULE]
    assert (proxied.worker.log_level, proxied.worker.ca_bundle) == ("debug", "corporate")
    assert proxied.worker.proxy == "http://proxy.internal:3128"
    assert [str(one) for one in proxied.worker.proxy_cidrs] == ["10.9.8.7/32", "10.8.0.0/16"]
    assert (proxied.namespace_caps.strategies, proxied.namespace_caps.symbols) == (5, 60)


def test_the_simulated_exchange_takes_further_customers() -> None:
    """Beside the chart's own; who comes or goes restarts it, for it reads them once."""
    carol = {"name": "carol", "apiKey": "carol-key", "apiSecret": "carol-secret", "balance": "500"}
    plain, more = (render({"simulator": {"enabled": True, "accounts": given}}) for given in ([], [carol]))
    file = component(more, "Secret", "simulator")["stringData"]["exchange.json"]
    known = TypeAdapter(list[AccountEntry]).validate_json(file)
    marks = [component(one, "Deployment", "simulator")["spec"]["template"]["metadata"] for one in (plain, more)]

    assert [(one.name, one.api_key, str(one.balance)) for one in known][1:] == [("carol", "carol-key", "500")]
    assert marks[0]["annotations"] != marks[1]["annotations"]


def test_the_example_accounts_could_run(tmp_path: Path) -> None:
    """`tradepods up` would take them, and the operator allows the addresses that they name."""
    objects = render(COMBINATIONS["playground"])
    policy = _policy(objects, tmp_path)
    folder = tmp_path / "examples"
    folder.mkdir()
    for name, written in examples(objects).items():
        (folder / name).write_text(written, "utf-8")
    found = manifests.load(folder)
    check(found)

    known = TypeAdapter(list[AccountEntry]).validate_json(
        component(objects, "Secret", "simulator")["stringData"]["exchange.json"]
    )
    keys = {account.name: account.credentials for account in found.accounts}

    assert {account.name for account in found.accounts} == {"alice", "bob"}
    assert [(one.api_key, one.api_secret) for one in known] == [(keys["bob"]["apiKey"], keys["bob"]["apiSecret"])]
    for account in found.accounts:
        assert account.spec.exchange.url in policy.allowed_endpoints
        assert account.spec.telegram is None or account.spec.telegram.api_url in policy.allowed_endpoints


def test_a_changed_policy_restarts_the_operator_alone() -> None:
    """It is read at the start; no worker's pod and no other template moves."""

    def templates(values: Json) -> dict[str, Json]:
        return dict(pods(render(values)))

    before, after = templates({}), templates({"operator": {"maxWorkers": 5}})

    assert {name for name, one in after.items() if one != before[name]} == {"Deployment tradepods-operator"}


def test_budgets_only_where_a_drain_can_go_on() -> None:
    """With one replica a budget would block it for ever."""
    assert of_kind(render(), "PodDisruptionBudget") == []
    assert of_kind(render(COMBINATIONS["two operators without a budget"]), "PodDisruptionBudget") == []
    assert len(of_kind(render(COMBINATIONS["two operators"]), "PodDisruptionBudget")) == 1


@pytest.mark.parametrize("name", COMBINATIONS)
def test_every_object_is_named_once_and_known_by_its_release(name: str) -> None:
    """Two of one name would be one object; all but a person's own carry the release's label."""
    objects = render(COMBINATIONS[name])
    names = [(one["kind"], one["metadata"].get("namespace"), one["metadata"]["name"]) for one in objects]

    assert len(names) == len(set(names))
    for one in objects:
        label = one["metadata"].get("labels", {}).get("app.kubernetes.io/instance")
        assert label == "tradepods" or one["metadata"]["name"] == "mine"


def test_images_come_from_where_values_say() -> None:
    """A parent chart's registry, a tag, a digest."""
    objects = render(COMBINATIONS["a parent chart's globals"])
    images = {name: pod["spec"]["containers"][0]["image"] for name, pod in pods(objects)}

    assert images["Deployment tradepods-operator"] == f"images.example/tradepods-operator@sha256:{'0' * 64}"
    assert images["Deployment tradepods-signals"] == "images.example/tradepods-signals:0.1.0"
    own = render({"image": {"registry": "mine.example", "tag": "7"}})
    assert component(own, "Deployment", "signals")["spec"]["template"]["spec"]["containers"][0]["image"] == (
        "mine.example/tradepods-signals:7"
    )


def test_a_secret_for_pulling_images_is_named_once() -> None:
    """Whoever names it: an API server takes no list with it twice."""
    objects = render(COMBINATIONS["a parent chart's globals"])
    file = yaml.safe_load(policy_text(objects))

    for _, pod in pods(objects):
        assert pod["spec"]["imagePullSecrets"] == [{"name": "shared"}, {"name": "own"}]
    assert file["worker"]["imagePullSecrets"] == [{"name": "shared"}]


def test_no_secret_is_made_but_the_playgrounds() -> None:
    """Keys are a person's, or the operator's to draw."""
    for name, values in COMBINATIONS.items():
        made = {one["metadata"]["name"] for one in of_kind(render(values), "Secret")}
        assert made <= {"tradepods-simulator", "tradepods-examples"}, name
        assert bool(made) == bool(values.get("simulator", {}).get("enabled")), name
