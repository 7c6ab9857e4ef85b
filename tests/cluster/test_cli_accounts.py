"""`tradepods account` against a real API server, the operator a process of its own, its workers played by the test."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from support.cluster import Cluster
from support.commanding import Person
from support.operated import account, live
from support.operating import Fleet, Hands, Replica, fleet_served, replica, until
from tradepods_operator.engine.manifests.names import HALT, PAUSE
from tradepods_operator.ports import ACCOUNT, DEPLOYMENT


@pytest.fixture
def hands(client: httpx.Client, namespace: str) -> Hands:
    """Of people and controllers."""
    return Hands(client, namespace)


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    """What workers say."""
    return Fleet(tmp_path)


@pytest.fixture
def operator(cluster: Cluster, namespace: str, fleet: Fleet, tmp_path: Path) -> Iterator[Replica]:
    """One that serves the namespace."""
    with fleet_served(fleet) as url, replica(cluster, namespace, tmp_path, signals=url) as found:
        yield found


@pytest.fixture
def admin(cluster: Cluster, namespace: str, tmp_path: Path) -> Person:
    """May do anything; the namespace is the kubeconfig's."""
    return Person(cluster, tmp_path, namespace=namespace)


def _serve(hands: Hands, fleet: Fleet, name: str = "alice") -> None:
    """An account with a Ready worker."""
    hands.create(ACCOUNT, account(name))
    until(lambda: (hands.child(DEPLOYMENT, name) or {"spec": {}})["spec"].get("replicas") == 1, what="no worker")
    hands.pod(name)
    fleet.hear(hands.get(ACCOUNT, name))
    until(lambda: hands.said("Ready", name)[0] == "True", what=lambda: hands.get(ACCOUNT, name)["status"])


def _annotations(hands: Hands, name: str = "alice") -> dict[str, str]:
    return hands.get(ACCOUNT, name)["metadata"].get("annotations") or {}


def _handed(hands: Hands) -> str:
    return str(hands.get(ACCOUNT, "alice")["status"].get("settingsHash", ""))


def test_a_pause_is_confirmed_once_the_worker_goes_by_it(
    hands: Hands, fleet: Fleet, operator: Replica, admin: Person
) -> None:
    """Not when it is asked for, nor when the operator has handed it on; and a resume likewise."""
    _serve(hands, fleet)
    for command, said in (("pause", "paused: it opens nothing"), ("resume", "resumed: it may open")):
        before = _handed(hands)
        with admin.starts("account", command, "alice", "--timeout", "60") as process:
            until(lambda before=before: _handed(hands) != before, what=operator.wrote)
            until(lambda: hands.said("SettingsApplied")[0] == "False", what=lambda: hands.condition("SettingsApplied"))
            assert process.poll() is None
            fleet.hear(hands.get(ACCOUNT, "alice"))
            output, errors = process.communicate(timeout=60)
        assert (process.returncode, errors) == (0, ""), output
        assert f"ok: {hands.namespace}/alice: {said}" in output
        assert (_annotations(hands).get(PAUSE) == "true") == (command == "pause")
        again = admin.says("account", command, "alice")
        assert (again.exit_code, again.stderr) == (0, "")


def test_a_pause_that_nobody_confirms_stays_and_fails(
    hands: Hands, fleet: Fleet, operator: Replica, admin: Person
) -> None:
    """The worker is silent: what is waited for is said, and the annotation counts as soon as it is heard."""
    _serve(hands, fleet)
    result = admin.says("account", "pause", "alice", "--timeout", "10")

    assert result.exit_code == 1
    assert "alice: annotated, but not confirmed within 10 s: SettingsApplied is False: " in result.stderr
    assert _annotations(hands)[PAUSE] == "true"
    assert operator.process.poll() is None


def test_a_resumed_account_that_something_else_holds_is_told_of(
    hands: Hands, fleet: Fleet, operator: Replica, admin: Person
) -> None:
    """By its manifest, by a halt, or as it is stopped: what ends that is named, and nobody takes it for trading."""
    hands.create(ACCOUNT, account(state="Paused"))
    hands.create(ACCOUNT, account("carol", state="Stopped"))
    until(lambda: hands.child(DEPLOYMENT) and hands.child(DEPLOYMENT, "carol"), what=operator.wrote)
    hands.pod()
    hands.patch(ACCOUNT, "alice", {"metadata": {"annotations": {HALT: "true"}}})
    fleet.hear(hands.get(ACCOUNT, "alice"))
    until(lambda: hands.said("SettingsApplied")[0] == "True", what=lambda: hands.get(ACCOUNT, "alice")["status"])
    until(lambda: hands.said("Ready", "carol") == ("True", "Stopped"), what=operator.wrote)
    result = admin.says("account", "resume", "alice", "carol")

    assert result.exit_code == 1
    assert "alice: opens nothing still: its manifest says state: Paused: write Running there; it is" in result.stderr
    assert f"{HALT}- takes that away" in result.stderr
    assert "carol: opens nothing still: its manifest says state: Stopped" in result.stderr


def test_accounts_are_listed_and_shown_as_they_stand(
    hands: Hands, fleet: Fleet, operator: Replica, admin: Person
) -> None:
    """A row each, what somebody should look at beneath; the same as JSON."""
    _serve(hands, fleet)
    hands.create(ACCOUNT, live("bob"))
    hands.patch(ACCOUNT, "bob", {"metadata": {"annotations": {HALT: "true"}}})
    until(lambda: hands.said("Ready", "bob") == ("False", "SecretNotUsable"), what=operator.wrote)
    listed, shown = admin.says("account", "list"), admin.says("account", "status", "bob")
    rows = [line.split() for line in listed.stdout.splitlines()]

    assert rows[0] == ["account", "state", "mode", "equity", "open", "ready", "reason", "age"]
    assert rows[1][:8] == ["alice", "Running", "dry", "run", "10,000.00", "0", "True", "Trading"]
    assert rows[2][:7] == ["bob", "Halted", "live", "-", "-", "False", "SecretNotUsable"]
    assert f"warning: {hands.namespace}/bob: not Ready: SecretNotUsable: spec.credentialsSecretRef" in listed.stderr
    assert "CredentialsValid" in shown.stdout
    assert HALT in shown.stdout
    everywhere = json.loads(admin.says("account", "list", "-A", "--output", "json").stdout)
    bob = json.loads(admin.says("account", "status", "bob", "--json").stdout)
    assert bob in everywhere
    assert (bob["ready"]["reason"], bob["equity"], bob["heldBy"]) == ("SecretNotUsable", None, [HALT])
