"""`tradepods doctor` against a real API server: what is well, and each thing that may be wrong, broken on purpose."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from support.chart import component, of_kind, render
from support.chart_access import ACCESS, install, kubeconfig, operator
from support.cluster import Cluster, serving
from support.commanding import Person
from support.manifests import manifest
from support.operated import account, live
from support.operating import Hands, until
from tradepods_cli.cluster.kube import connected
from tradepods_cli.cluster.kubeconfig import Wanted, place_of
from tradepods_cli.crds.definitions import definitions as definitions_of_this_release
from tradepods_cli.doctor.rights import HERE, SECRETS
from tradepods_cli.doctor.seen import LEASE
from tradepods_operator.ports import ACCOUNT, DEPLOYMENT, SECRET, STRATEGY, Kind, Ref

ROLE = Kind("rbac.authorization.k8s.io/v1", "Role", "roles")
KEYS = {"apiKey": "key-value-4711", "apiSecret": "secret-value-4711"}
Found = dict[str, list[tuple[str, str]]]


class Installed:
    """The chart's objects in a release namespace, its parts Ready; accounts are in a namespace beside it."""

    def __init__(self, cluster: Cluster, client: httpx.Client, folder: Path) -> None:
        self.cluster, self.folder = cluster, folder
        self.release, self.traders = Hands(client, cluster.namespace()), Hands(client, cluster.namespace())
        self.objects = render(
            {"rbac": {"accountNamespaces": [self.traders.namespace]}}, namespace=self.release.namespace
        )
        install(cluster, self.objects, *ACCESS, "Deployment", "Service")
        for part in ("operator", "signals"):
            name = component(self.objects, "Deployment", part)["metadata"]["name"]
            ready = {"status": {"replicas": 1, "readyReplicas": 1}}
            self.release.patch(DEPLOYMENT, name, ready, part="/status")

    def lease(self, *, renewed: timedelta = timedelta(0)) -> None:
        """As a leader has renewed it."""
        at = (datetime.now(UTC) - renewed).isoformat().replace("+00:00", "Z")
        spec = {"holderIdentity": "one", "renewTime": at, "leaseDurationSeconds": 13}
        self.release.create(LEASE, {"metadata": {"name": "tradepods-operator"}, "spec": spec})

    def doctor(self, *, person: Person | None = None, namespace: str = "") -> tuple[int, Found]:
        """Its exit code, and by check what it has found."""
        asked = person or Person(self.cluster, self.folder)
        where = ["--namespace", namespace or self.traders.namespace, "--release-namespace", self.release.namespace]
        result = asked.says("doctor", *where, "--output", "json")
        assert not any(value in result.output for value in KEYS.values())
        found: Found = {}
        for one in json.loads(result.stdout):
            found.setdefault(one["check"], []).append((one["result"], one["says"]))
        return result.exit_code, found


@pytest.fixture
def installed(cluster: Cluster, client: httpx.Client, tmp_path: Path) -> Installed:
    """One of its own."""
    return Installed(cluster, client, tmp_path)


@pytest.fixture
def served(installed: Installed, tmp_path: Path) -> Iterator[Installed]:
    """The same with the real operator, by its own service account."""
    config = kubeconfig(installed.cluster, tmp_path, namespace=installed.release.namespace, component="operator")
    with operator(installed.objects, config, tmp_path):
        yield installed


def _levels(found: Found, check: str) -> list[str]:
    return [level for level, _ in found.get(check, [])]


def _says(found: Found, check: str) -> str:
    return "; ".join(says for _, says in found.get(check, []))


def _heard_of(traders: Hands, name: str) -> None:
    """As after the word of a signal service, which keeps it while that is away."""
    (said,) = traders.get(STRATEGY, name)["status"]["conditions"]
    heard = {**said, "status": "True", "reason": "Valid", "message": ""}
    traders.patch(STRATEGY, name, {"status": {"conditions": [heard]}}, part="/status")


def test_what_is_well_is_said_to_be(served: Installed) -> None:
    """Every check, with the operator as it runs: nothing fails, and the exit code is 0."""
    served.traders.secret("alice-exchange", **KEYS)
    served.traders.create(ACCOUNT, live(state="Stopped"))
    swing: Any = manifest("swing")
    served.cluster.kubectl("apply", "--namespace", served.traders.namespace, "--filename=-", given=swing)
    until(lambda: served.traders.said("Ready") == ("True", "Stopped"), what="not stopped")
    until(lambda: (served.traders.get(STRATEGY, "swing") or {}).get("status"), what="no strategy")
    _heard_of(served.traders, "swing")
    code, found = served.doctor()

    assert {level for levels in found.values() for level, _ in levels} == {"OK"}, found
    assert code == 0
    assert list(found) == [
        "kubeconfig",
        "API server",
        "clock",
        "kinds",
        "operator",
        "leader",
        "rights",
        "signal service",
        "versions",
        "accounts",
        "secrets",
        "strategies",
        "network policies",
    ]
    assert "as this release defines it" in _says(found, "kinds")
    assert "leads" in _says(found, "leader")


def test_an_operator_that_nobody_has_installed_or_that_serves_others_fails(
    installed: Installed, cluster: Cluster, namespace: str
) -> None:
    """A namespace that isn't in accountNamespaces is the commonest reason why nothing happens."""
    code, found = installed.doctor(namespace=namespace)
    assert code == 1
    assert _says(found, "operator") == f"the one in {installed.release.namespace} does not serve namespace {namespace}"
    person = Person(cluster, installed.folder, namespace=namespace)
    nowhere = person.says("doctor", "--release-namespace", namespace)
    assert nowhere.exit_code == 1
    assert "there is none: nothing becomes of accounts" in nowhere.stdout
    assert "helm install tradepods" in nowhere.stdout


def test_an_operator_that_does_not_lead_or_lacks_a_right_fails(installed: Installed) -> None:
    """No Lease, one that was not renewed, pods that aren't Ready, a Role that is gone."""
    assert "nobody leads" in _says(installed.doctor()[1], "leader")
    installed.lease(renewed=timedelta(minutes=2))
    name = component(installed.objects, "Deployment", "operator")["metadata"]["name"]
    installed.release.patch(DEPLOYMENT, name, {"status": {"readyReplicas": 0}}, part="/status")
    (role,) = (
        one for one in of_kind(installed.objects, "Role") if one["metadata"]["namespace"] == installed.traders.namespace
    )
    installed.traders.delete(ROLE, role["metadata"]["name"])
    code, found = installed.doctor()

    assert code == 1
    assert "one has not renewed its Lease for 1" in _says(found, "leader")
    assert "0 of 1 pods Ready" in _says(found, "operator")
    assert f"may not get tradingaccounts.tradepods.dev in {installed.traders.namespace}" in _says(found, "rights")
    assert [_levels(found, check) for check in ("leader", "operator", "rights")] == [["FAIL"]] * 3


def test_what_people_have_applied_is_looked_through(installed: Installed) -> None:
    """An account that nobody has looked at, a Secret that isn't there, one that lacks a key."""
    for name in ("alice", "bob"):
        installed.traders.create(ACCOUNT, live(name))
    installed.traders.secret("alice-exchange", apiKey=KEYS["apiKey"])
    installed.traders.create(ACCOUNT, account("carol", credentialsSecretRef={"name": "none"}))
    _, found = installed.doctor()

    assert _says(found, "accounts") == "0 of 3 Ready"
    assert _says(found, "account").count("no operator has looked at it yet") == 3
    assert _levels(found, "secret") == ["FAIL", "FAIL"]
    assert "alice-exchange of alice lacks apiSecret" in _says(found, "secret")
    assert "bob-exchange of bob is not there" in _says(found, "secret")
    assert _levels(found, "strategies") == ["WARN"]


def test_whoever_may_look_at_little_is_told_what_could_not_be_looked_at(installed: Installed, cluster: Cluster) -> None:
    """Nothing of that is taken for a failure."""
    installed.traders.create(ACCOUNT, live(state="Stopped"))
    role: dict[str, Any] = {"metadata": {"name": "viewer"}}
    role["rules"] = [{"apiGroups": ["tradepods.dev"], "resources": ["*"], "verbs": ["get", "list"]}]
    installed.traders.create(ROLE, role)
    cluster.kubectl(
        "create",
        "rolebinding",
        "viewer",
        "--role=viewer",
        "--user=viewer",
        f"--namespace={installed.traders.namespace}",
    )
    _, found = installed.doctor(person=Person(cluster, installed.folder, user="viewer"))

    assert _levels(found, "operator") == ["WARN"]
    assert 'cannot list resource "deployments"' in _says(found, "operator")
    assert "you may not see" in _says(found, "kinds")
    assert "you may not look at it, the operator does" in _says(found, "secret")
    assert {"FAIL"} & {level for check, levels in found.items() if check != "account" for level, _ in levels} == set()


def test_a_cluster_of_another_release_and_one_that_is_gone(tmp_path: Path) -> None:
    """Kinds that it doesn't know, that another release has defined, and a server that doesn't answer: a list each."""
    with serving() as cluster:
        person = Person(cluster, tmp_path)
        unknown = person.says("doctor")
        definitions = definitions_of_this_release()
        older = definitions["tradingaccounts.tradepods.dev"]["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
        del older["properties"]["spec"]["properties"]["rollout"]
        cluster.define(definitions.values())
        other = person.says("doctor", "--json")
        cluster.stop()
        gone = person.says("doctor")

    assert unknown.exit_code == 1
    assert "the cluster does not know tradepods.dev/v1alpha1" in unknown.stdout
    (kinds,) = (one for one in json.loads(other.stdout) if one["check"] == "kinds")
    assert kinds["result"] == "WARN"
    assert kinds["says"].startswith("tradingaccounts.tradepods.dev: defined by another release")
    assert gone.exit_code == 1
    assert "the API server does not answer" in gone.stdout
    assert "1 failed" in gone.stdout


def test_keys_are_known_by_name_however_a_secret_was_written(cluster: Cluster, namespace: str, tmp_path: Path) -> None:
    """By a client, by `kubectl apply`, server-side; from what the server notes of who wrote what."""
    body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"namespace": namespace}, "stringData": KEYS}
    place = place_of(Wanted(kubeconfig=Person(cluster, tmp_path).kubeconfig), environment={}, home=tmp_path)
    for name, how in (("made", ("create",)), ("applied", ("apply",)), ("server-side", ("apply", "--server-side"))):
        given = json.dumps({**body, "metadata": {"namespace": namespace, "name": name}})
        assert cluster.kubectl(*how, "--filename=-", given=given).returncode == 0
        with connected(place) as found:
            assert found.keys(Ref(SECRET, namespace, name)) == frozenset(KEYS)


def test_the_rights_that_are_asked_for_are_those_that_the_chart_gives(installed: Installed) -> None:
    """A new one is asked for too."""
    (role,) = (
        one for one in of_kind(installed.objects, "Role") if one["metadata"]["namespace"] == installed.traders.namespace
    )
    given = {
        (f"{what}.{group}" if "/" not in what else f"{what.partition('/')[0]}.{group}/{what.partition('/')[2]}")
        .replace("./", "/")
        .rstrip("."): set(rule["verbs"])
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for what in rule["resources"]
    }

    assert given == {what: set(verbs) for what, verbs in {**HERE, **SECRETS}.items()}
