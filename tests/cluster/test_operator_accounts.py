"""An account's life on a real API server, its operator a process of its own."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from support.cluster import Cluster
from support.manifests import manifest
from support.operated import account, live
from support.operating import Fleet, Hands, Replica, fleet_served, replica, until
from tradepods_operator.engine.manifests import names
from tradepods_operator.engine.observed import annotation
from tradepods_operator.engine.store import CHILDREN
from tradepods_operator.ports import ACCOUNT, CLAIM, CONFIG_MAP, DEPLOYMENT, NETWORK_POLICY, POD, SECRET, STRATEGY

KEYS = {"apiKey": "key-of-alice-1", "apiSecret": "secret-of-alice-1"}


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


def _serve(hands: Hands, fleet: Fleet, document: dict[str, Any], **heard: Any) -> None:
    """An account with a Ready worker."""
    made = hands.create(ACCOUNT, document)
    name = made["metadata"]["name"]
    until(lambda: hands.child(DEPLOYMENT, name), what="no Deployment")
    until(lambda: hands.child(DEPLOYMENT, name)["spec"]["replicas"] == 1, what="no worker")
    hands.pod(name)
    fleet.hear(hands.get(ACCOUNT, name), **heard)
    until(lambda: hands.said("Ready", name)[0] == "True", what=lambda: hands.get(ACCOUNT, name)["status"])


def test_changed_settings_reach_the_worker_as_it_runs(hands: Hands, fleet: Fleet, operator: Replica) -> None:
    """Created, changed, paused: its objects follow, its pod stays, and its status says what it has heard."""
    _serve(hands, fleet, account())
    assert all(hands.child(kind) for kind in CHILDREN)
    assert hands.get(ACCOUNT, "alice")["status"]["equity"] == "10000"
    template = hands.child(DEPLOYMENT)["spec"]["template"]

    hands.patch(ACCOUNT, "alice", {"spec": {"entryPct": 7}})
    until(lambda: json.loads(hands.child(CONFIG_MAP)["data"]["settings.json"])["entryPct"] == 7, what="not handed on")
    until(lambda: names.SETTINGS in hands.get(POD, "alice-pod")["metadata"]["annotations"], what="pod not told")
    until(lambda: hands.said("SettingsApplied") == ("False", "Told"), what=lambda: hands.condition("SettingsApplied"))
    fleet.hear(hands.get(ACCOUNT, "alice"))
    until(lambda: hands.said("Ready") == ("True", "Trading"), what=lambda: hands.condition("Ready"))

    hands.patch(ACCOUNT, "alice", {"spec": {"state": "Paused"}})
    until(lambda: hands.said("SettingsApplied")[0] == "False")
    fleet.hear(hands.get(ACCOUNT, "alice"))
    until(lambda: hands.said("Ready") == ("True", "Paused"), what=lambda: hands.condition("Ready"))
    assert hands.child(DEPLOYMENT)["spec"]["template"] == template
    assert operator.process.poll() is None


def test_a_pause_reaches_the_worker_though_its_secret_is_lost(hands: Hands, fleet: Fleet, operator: Replica) -> None:
    """Nothing else of its settings changes; once the Secret is back, the pause can be taken back too."""
    hands.secret("alice-exchange", **KEYS)
    _serve(hands, fleet, live())
    before = hands.child(CONFIG_MAP)
    hands.delete(SECRET, "alice-exchange")
    hands.patch(ACCOUNT, "alice", {"spec": {"entryPct": 7}})
    until(lambda: hands.said("Ready") == ("False", "SecretNotUsable"), what=operator.wrote)
    hands.patch(ACCOUNT, "alice", {"metadata": {"annotations": {names.PAUSE: "true"}}})
    until(lambda: _settings(hands.child(CONFIG_MAP)).get("state") == "Paused", what=operator.wrote)
    until(lambda: names.SETTINGS in hands.get(POD, "alice-pod")["metadata"]["annotations"], what=operator.wrote)
    assert _settings(hands.child(CONFIG_MAP)) == {**_settings(before), "state": "Paused"}
    assert hands.child(CONFIG_MAP)["metadata"]["ownerReferences"] == before["metadata"]["ownerReferences"]

    hands.secret("alice-exchange", **KEYS)
    hands.patch(ACCOUNT, "alice", {"metadata": {"annotations": {names.PAUSE: None}}})
    until(lambda: _settings(hands.child(CONFIG_MAP)).get("state") != "Paused", what=operator.wrote)
    assert _settings(hands.child(CONFIG_MAP))["entryPct"] == 7


def test_a_deletion_policy_holds_though_a_secret_is_lost(hands: Hands, fleet: Fleet, operator: Replica) -> None:
    """The account waits for it, and no object is left to garbage collection; with the Secret back it is as ever."""
    hands.secret("alice-exchange", **KEYS)
    _serve(hands, fleet, live())
    hands.delete(SECRET, "alice-exchange")
    hands.patch(ACCOUNT, "alice", {"spec": {"deletionPolicy": "Flatten"}})
    until(lambda: hands.said("Ready") == ("False", "SecretNotUsable"), what=operator.wrote)
    assert hands.get(ACCOUNT, "alice")["metadata"]["finalizers"] == [names.FINALIZER]
    until(lambda: not any("ownerReferences" in hands.child(kind)["metadata"] for kind in CHILDREN), what=operator.wrote)

    hands.secret("alice-exchange", **KEYS)
    hands.patch(ACCOUNT, "alice", {"spec": {"deletionPolicy": "Retain"}})
    until(lambda: "finalizers" not in hands.get(ACCOUNT, "alice")["metadata"], what=operator.wrote)
    assert all("ownerReferences" in hands.child(kind)["metadata"] for kind in CHILDREN.keys() - {CLAIM})


def test_a_halt_and_a_fix_reach_an_account_that_fails_at_once(hands: Hands, fleet: Fleet, operator: Replica) -> None:
    """What the API server has refused for good is tried again after minutes; what a person asks for then is not."""
    _serve(hands, fleet, account())
    hands.patch(ACCOUNT, "alice", {"spec": {"ledger": {"storage": {"size": "2Gi"}}}})
    until(lambda: hands.said("Stalled") == ("True", "Refused"), what=operator.wrote)
    hands.patch(ACCOUNT, "alice", {"metadata": {"annotations": {names.HALT: "true"}}})
    until(lambda: _settings(hands.child(CONFIG_MAP)).get("state") == "Paused", what=operator.wrote)

    hands.patch(ACCOUNT, "alice", {"spec": {"ledger": {"storage": {"size": "1Gi"}}}})
    until(lambda: hands.said("Stalled")[0] == "False", what=operator.wrote)


def _settings(config_map: Any) -> Any:
    return json.loads(config_map["data"]["settings.json"])


def test_an_account_is_stopped_and_goes(hands: Hands, fleet: Fleet, operator: Replica) -> None:
    """Its pod first; the ledger's claim stays."""
    _serve(hands, fleet, account())
    hands.patch(ACCOUNT, "alice", {"spec": {"state": "Stopped"}})
    until(lambda: hands.child(DEPLOYMENT)["spec"]["replicas"] == 0)
    hands.delete(POD, "alice-pod")
    until(lambda: hands.said("Ready") == ("True", "Stopped"), what=lambda: hands.condition("Ready"))
    hands.delete(ACCOUNT, "alice")
    until(lambda: hands.get(ACCOUNT, "alice") is None)
    assert hands.child(CLAIM)
    assert operator.process.poll() is None


def test_an_unchanged_account_is_not_written(hands: Hands, fleet: Fleet, operator: Replica) -> None:
    """Whatever the API server adds to its objects: several looks at everything leave every version as it was."""
    telegram = {"secretRef": {"name": "bot"}, "chatIds": ["1"]}
    hands.secret("bot", botToken="1:token")
    hands.secret("alice-exchange", **KEYS)
    _serve(hands, fleet, live(telegram=telegram, resources={"limits": {"cpu": "1000m"}}))
    before, seen = hands.versions(), operator.wrote().count('"resynced"')
    until(lambda: operator.wrote().count('"resynced"') >= seen + 2, what=operator.wrote)

    assert hands.versions() == before
    assert "secret-of-alice" not in operator.wrote()
    assert "1:token" not in operator.wrote()


def test_what_a_hand_changes_is_put_back_and_what_it_adds_stays(hands: Hands, fleet: Fleet, operator: Replica) -> None:
    """Under server-side apply: our fields are ours, others are not."""
    _serve(hands, fleet, account())
    name = names.worker("alice")
    hands.patch(DEPLOYMENT, name, {"metadata": {"labels": {"team": "red"}}, "spec": {"replicas": 3}})
    until(lambda: hands.child(DEPLOYMENT)["spec"]["replicas"] == 1, what=operator.wrote)
    hands.delete(NETWORK_POLICY, name)
    until(lambda: hands.child(NETWORK_POLICY), what=operator.wrote)

    assert hands.child(DEPLOYMENT)["metadata"]["labels"]["team"] == "red"


def test_what_no_watch_shows_is_healed_by_the_next_look_at_everything(
    hands: Hands, fleet: Fleet, operator: Replica
) -> None:
    """Claims aren't watched, as a watch may miss an event of any object."""
    _serve(hands, fleet, account())
    name, seen = names.ledger("alice"), operator.wrote().count('"resynced"')
    hands.patch(CLAIM, name, {"metadata": {"annotations": {names.APPLIED: None}}})
    until(lambda: operator.wrote().count('"resynced"') > seen + 1, what=operator.wrote)
    until(lambda: names.APPLIED in hands.child(CLAIM)["metadata"]["annotations"], what=operator.wrote)


def test_somebody_elses_object_stays_somebody_elses(hands: Hands, operator: Replica) -> None:
    """NameConflict."""
    data = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": names.settings("alice")}, "data": {"a": "1"}}
    hands.create(CONFIG_MAP, data)
    hands.create(ACCOUNT, account())
    until(lambda: hands.said("Stalled") == ("True", "NameConflict"), what=operator.wrote)

    assert hands.child(CONFIG_MAP)["data"] == {"a": "1"}
    assert hands.child(DEPLOYMENT) is None


def test_a_rotated_secret_rolls_the_worker_at_once(hands: Hands, fleet: Fleet, operator: Replica) -> None:
    """Also while it holds something; it is noticed when the account is looked at, or within a minute."""
    hands.secret("alice-exchange", **KEYS)
    _serve(hands, fleet, live(), held=True)
    before = hands.child(DEPLOYMENT)["spec"]["template"]["metadata"]["annotations"]
    hands.secret("alice-exchange", apiKey="another-key-7", apiSecret="another-secret-7")
    hands.patch(ACCOUNT, "alice", {"metadata": {"annotations": {"looked": "at"}}})
    until(lambda: hands.child(DEPLOYMENT)["spec"]["template"]["metadata"]["annotations"] != before, what=operator.wrote)

    assert not hands.child(DEPLOYMENT)["spec"].get("paused")


def test_a_held_change_is_in_the_paused_deployment_until_the_account_is_flat(
    hands: Hands, fleet: Fleet, operator: Replica
) -> None:
    """WhenFlat: the new template is there, `paused`; unpausing lets it roll."""
    hands.secret("alice-exchange", **KEYS)
    _serve(hands, fleet, live(), held=True)
    hands.patch(ACCOUNT, "alice", {"spec": {"resources": {"limits": {"memory": "300Mi"}}}})
    until(lambda: hands.child(DEPLOYMENT)["spec"].get("paused"), what=operator.wrote)
    until(lambda: hands.said("Reconciling") == ("True", "HoldsPosition"), what=lambda: hands.condition("Reconciling"))
    fleet.hear(hands.get(ACCOUNT, "alice"), held=False)
    until(lambda: not hands.child(DEPLOYMENT)["spec"].get("paused"), what=operator.wrote)


def test_a_flattened_account_goes_once_it_is_flat_and_comes_back_to_its_ledger(
    hands: Hands, fleet: Fleet, operator: Replica
) -> None:
    """Its worker runs until then, also under foreground deletion; the claim stays."""
    hands.secret("alice-exchange", **KEYS)
    _serve(hands, fleet, live(deletionPolicy="Flatten"), held=True)
    claim = hands.child(CLAIM)["metadata"]["uid"]
    hands.client.request("DELETE", hands.url(ACCOUNT, "alice"), json={"propagationPolicy": "Foreground"})
    until(lambda: "ending" in hands.child(CONFIG_MAP)["data"], what=operator.wrote)
    assert hands.child(DEPLOYMENT)["spec"]["replicas"] == 1
    fleet.hear(hands.get(ACCOUNT, "alice"), held=False)
    until(lambda: hands.child(DEPLOYMENT) is None, what=operator.wrote)
    hands.patch(ACCOUNT, "alice", {"metadata": {"finalizers": []}})  # as the garbage collector does with its own
    hands.create(ACCOUNT, live())
    until(lambda: hands.child(DEPLOYMENT), what=operator.wrote)

    assert hands.child(CLAIM)["metadata"]["uid"] == claim


def test_a_missing_secret_is_said_and_waited_for(hands: Hands, operator: Replica) -> None:
    """A condition and nothing else; once it is there the worker starts."""
    hands.create(ACCOUNT, live())
    until(lambda: hands.said("CredentialsValid") == ("False", "SecretNotUsable"), what=operator.wrote)
    assert hands.child(DEPLOYMENT) is None
    hands.secret("alice-exchange", **KEYS)
    hands.patch(ACCOUNT, "alice", {"metadata": {"annotations": {"looked": "at"}}})
    until(lambda: hands.child(DEPLOYMENT), what=operator.wrote)


def test_strategies_reach_the_signal_service_and_say_how_they_stand(
    hands: Hands, fleet: Fleet, operator: Replica
) -> None:
    """The ConfigMap holds what is right, its kubelet is told; status names who follows, or where it is wrong."""
    _serve(hands, fleet, account())
    labels = {"app.kubernetes.io/component": "signals"}
    containers = [{"name": "signals", "image": "signals"}]
    about = {"name": "signals-0", "labels": labels}
    hands.create(POD, {"apiVersion": "v1", "kind": "Pod", "metadata": about, "spec": {"containers": containers}})
    document = yaml.safe_load(manifest("swing"))
    hands.create(STRATEGY, document)
    until(lambda: hands.get(CONFIG_MAP, "tradepods-strategies"), what=operator.wrote)
    key = f"{hands.namespace}.swing.json"
    until(lambda: key in hands.get(CONFIG_MAP, "tradepods-strategies").get("data", {}), what=operator.wrote)
    until(lambda: hands.get(STRATEGY, "swing").get("status", {}).get("accountCount") == 1, what=operator.wrote)
    files = annotation(hands.get(CONFIG_MAP, "tradepods-strategies"), names.APPLIED)
    until(lambda: annotation(hands.get(POD, "signals-0"), names.STRATEGIES) == files, what=operator.wrote)

    assert hands.get(STRATEGY, "swing")["status"]["accounts"] == [f"{hands.namespace}/alice"]
