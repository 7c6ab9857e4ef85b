"""A real API server takes all that the chart renders, strictly, where only restricted pods are let in."""

import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from support.chart import arguments, component, examples, of_kind, pods, render
from support.chart_values import COMBINATIONS
from support.cluster import Cluster

Json = dict[str, Any]
KINDS = Path(__file__).parent / "foreign-crds.yaml"
RESTRICTED = {
    "pod-security.kubernetes.io/enforce": "restricted",
    "pod-security.kubernetes.io/warn": "restricted",
}


@pytest.fixture(scope="module")
def server(cluster: Cluster) -> Cluster:
    """One that knows other people's kinds too, and the namespaces of the table."""
    cluster.define(yaml.safe_load_all(KINDS.read_text("utf-8")))
    for name in ("traders", "trading"):
        done = cluster.kubectl("create", "namespace", name)
        assert done.returncode == 0 or "AlreadyExists" in done.stderr, done.stderr
    marks = [f"{name}={value}" for name, value in RESTRICTED.items()]
    assert cluster.kubectl("label", "namespace", "trading", *marks).returncode == 0
    return cluster


@pytest.fixture
def reader(server: Cluster) -> Iterator[httpx.Client]:
    """The administrator's client."""
    with server.client() as found:
        yield found


def _taken(server: Cluster, objects: list[Json], *, namespace: str = "") -> str:
    """What kubectl says of objects that it would apply server-side."""
    where = [f"--namespace={namespace}"] if namespace else []
    done = server.kubectl(
        "apply",
        "--server-side",
        "--dry-run=server",
        "--validate=strict",
        "--force-conflicts",
        *where,
        "--filename=-",
        given=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}),
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""  # neither a deprecated version nor a pod that the profile would keep out
    return done.stdout


@pytest.mark.parametrize("name", COMBINATIONS)
def test_the_api_server_takes_every_object(server: Cluster, name: str) -> None:
    """Unknown fields, wrong types, duplicate ports and immutable names would be refused here."""
    objects = render(COMBINATIONS[name])

    assert len(_taken(server, objects).splitlines()) == len(objects)


@pytest.mark.parametrize("name", COMBINATIONS)
def test_restricted_pod_security_lets_every_pod_in(reader: httpx.Client, name: str) -> None:
    """Pods themselves, as the controllers would make them: admission judges these, a Deployment is only warned of."""
    for who, pod in pods(render(COMBINATIONS[name])):
        about = {**pod["metadata"], "name": f"pod-{secrets.token_hex(4)}", "namespace": "trading"}
        body = {"apiVersion": "v1", "kind": "Pod", "metadata": about, "spec": pod["spec"]}
        answer = reader.post("/api/v1/namespaces/trading/pods", params={"dryRun": "All"}, json=body)
        assert answer.is_success, f"{who}: {answer.text}"


def test_the_profile_is_really_asked(reader: httpx.Client) -> None:
    """A pod that could become root is kept out of the same namespace."""
    (_, pod) = next(pods(render()))
    pod["spec"]["containers"][0]["securityContext"]["allowPrivilegeEscalation"] = True
    body = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "root"}, "spec": pod["spec"]}
    answer = reader.post("/api/v1/namespaces/trading/pods", params={"dryRun": "All"}, json=body)

    assert answer.status_code == httpx.codes.FORBIDDEN
    assert 'violates PodSecurity "restricted' in answer.json()["message"]


@pytest.mark.parametrize("name", COMBINATIONS)
def test_every_container_is_limited_and_cannot_write_to_its_root(name: str) -> None:
    """What the profile doesn't ask for: a read-only root, a limit of memory, no token that isn't needed."""
    for who, pod in pods(render(COMBINATIONS[name])):
        for container in pod["spec"]["containers"]:
            assert container["securityContext"]["readOnlyRootFilesystem"] is True, who
            assert container["resources"]["limits"]["memory"], who
        may = who in ("Deployment tradepods-operator", "Deployment pods-operator", "Job tradepods-examples")
        assert pod["spec"]["automountServiceAccountToken"] is may, who


def test_the_example_accounts_are_taken(server: Cluster) -> None:
    """Each of the playground's manifests."""
    written = examples(render(COMBINATIONS["playground"]))
    objects = [one for text in written.values() for one in yaml.safe_load_all(text)]

    assert len(_taken(server, objects, namespace="trading").splitlines()) == len(objects) == 5


@pytest.mark.parametrize("name", COMBINATIONS)
def test_ports_meet(name: str) -> None:
    """A Service and a probe name ports that their pods have, and selectors choose these pods."""
    objects = render(COMBINATIONS[name])
    made = {who: pod for who, pod in pods(objects) if who.startswith("Deployment")}
    for service in of_kind(objects, "Service"):
        chosen = [
            pod for pod in made.values() if service["spec"]["selector"].items() <= pod["metadata"]["labels"].items()
        ]
        (pod,) = chosen
        ports = {port["name"] for container in pod["spec"]["containers"] for port in container["ports"]}
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= ports
    for pod in made.values():
        for container in pod["spec"]["containers"]:
            asked = {probe["httpGet"]["port"] for key, probe in container.items() if key.endswith("Probe")}
            assert asked <= {port["name"] for port in container["ports"]}


def test_signals_listens_where_its_port_says() -> None:
    """A changed port reaches the program, the Service, the policy and the addresses."""
    objects = render({"signals": {"service": {"port": 8443}}, "operator": {"port": 9443}})

    assert "--port=8443" in arguments(objects, "signals")
    assert "--port=9443" in arguments(objects, "operator")
    assert component(objects, "Service", "signals")["spec"]["ports"][0]["port"] == 8443
    test = component(objects, "Pod", "test")["spec"]["containers"][0]["args"]
    assert test[1:] == [
        "http://tradepods-signals.trading.svc:8443/healthz",
        "http://tradepods-operator.trading.svc:9443/readyz",
    ]
