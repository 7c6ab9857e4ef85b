"""What an account costs a real API server, by its own audit log: the watches call for no pass too many."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from support.audited import Audit
from support.cluster import Cluster
from support.operated import account, live
from support.operating import Fleet, Hands, fleet_served, replica, until
from tradepods_operator.ports import ACCOUNT, DEPLOYMENT, FIELD_MANAGER

KEYS = {"apiKey": "key-of-alice", "apiSecret": "secret-of-alice"}
PLURALS = ("configmaps", "serviceaccounts", "persistentvolumeclaims", "networkpolicies", "deployments")
STATUS = "tradingaccounts/status"
NEVER = 3600  # seconds: no look at everything but the first


@dataclass(frozen=True, slots=True)
class Life:
    """An account, what is done to it, and what that costs."""

    hands: Hands
    fleet: Fleet
    audit: Audit

    def counted(self, what: str) -> int:
        """The writes so far."""
        self.audit.read()
        return self.audit.tally.writes[what]


@pytest.fixture
def life(audited: tuple[Cluster, Path], tmp_path: Path) -> Iterator[Life]:
    """An operator that has looked at everything, and an account that is new to it."""
    cluster, log = audited
    audit, fleet, namespace = Audit(log, agent=FIELD_MANAGER, about="alice"), Fleet(tmp_path), cluster.namespace()
    with cluster.client() as client, fleet_served(fleet) as url:
        hands = Hands(client, namespace)
        hands.secret("alice-exchange", **KEYS)
        with replica(cluster, namespace, tmp_path, signals=url, resync=NEVER) as operator:
            until(lambda: '"resynced"' in operator.wrote(), what=operator.wrote)
            audit.begin()
            hands.create(ACCOUNT, live())
            until(lambda: hands.said("Reconciling")[0] == "True", what=operator.wrote)
            yield Life(hands, fleet, audit)


def test_a_new_account_is_written_once(life: Life) -> None:
    """Each of its objects, and one status; each name and Secret is asked for once."""
    until(lambda: life.counted(STATUS))
    writes, reads = life.audit.tally.writes, life.audit.tally.reads

    assert dict(writes) == dict.fromkeys((*PLURALS, STATUS), 1)
    assert {plural: reads[plural] for plural in (*PLURALS, "secrets")} == dict.fromkeys((*PLURALS, "secrets"), 1)


def test_changed_settings_are_three_writes(life: Life) -> None:
    """The ConfigMap, the word to the pod, one status: what belongs to a running worker is known, and not asked for.

    A worker that is heard later than three seconds was not ready meanwhile: that is a status, and two Events.
    """
    hands = life.hands
    until(lambda: hands.child(DEPLOYMENT)["spec"]["replicas"] == 1)
    hands.pod("alice")
    life.fleet.hear(hands.get(ACCOUNT, "alice"))
    until(lambda: _is_told(hands), what=lambda: hands.get(ACCOUNT, "alice")["status"])
    life.audit.begin()
    life.fleet.hear(hands.patch(ACCOUNT, "alice", {"spec": {"entryPct": 7}}))
    until(lambda: _is_told(hands), what=lambda: hands.get(ACCOUNT, "alice")["status"])
    until(lambda: life.counted(STATUS))

    told = {"configmaps": 1, "pods": 1}
    assert dict(life.audit.tally.writes) in ({**told, STATUS: 1}, {**told, STATUS: 2, "events": 2})
    reads = life.audit.tally.reads
    assert {plural: reads[plural] for plural in (*PLURALS, "secrets")} == {**dict.fromkeys(PLURALS, 0), "secrets": 1}


def _is_told(hands: Hands) -> bool:
    """Whether its status is of its spec as it is now, and good."""
    generation = hands.get(ACCOUNT, "alice")["metadata"]["generation"]
    return all(
        hands.condition(kind).get("observedGeneration") == generation and hands.said(kind)[0] == "True"
        for kind in ("Ready", "SettingsApplied")
    )


TAINT = {"key": "dedicated", "operator": "Equal", "value": "trading"}
CPUS = [{"key": "cpus", "operator": "Gt", "values": ["1"]}, {"key": "cpus", "operator": "Lt", "values": ["9"]}]
NODES = {"nodeSelectorTerms": [{"matchExpressions": CPUS}]}
ODD: dict[str, dict[str, Any]] = {
    "two effects of one taint": {"tolerations": [{**TAINT, "effect": "NoSchedule"}, {**TAINT, "effect": "NoExecute"}]},
    "every taint": {"tolerations": [{"key": "", "operator": "Exists", "effect": ""}]},
    "two bounds of one label": {
        "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": NODES}}
    },
    "a variable without a value": {"extraEnv": [{"name": "HTTPS_PROXY", "value": ""}]},
    "a label without a value": {"nodeSelector": {"node-role.kubernetes.io/trading": ""}},
}


@pytest.mark.parametrize("odd", ODD)
def test_a_worker_is_written_once_whatever_the_api_server_makes_of_its_pod(
    audited: tuple[Cluster, Path], tmp_path: Path, odd: str
) -> None:
    """It leaves out what is empty, and keeps lists in which two have one key: no look finds the account behind."""
    cluster, log = audited
    audit, namespace = Audit(log, agent=FIELD_MANAGER, about="alice"), cluster.namespace()
    with cluster.client() as client:
        hands = Hands(client, namespace)
        with replica(cluster, namespace, tmp_path, resync=0.5, worker={"image": "w:1", **ODD[odd]}) as operator:
            hands.create(ACCOUNT, account())
            until(lambda: hands.said("Reconciling") == ("True", "WorkerStarting"), what=operator.wrote)
            audit.begin()
            looks = operator.wrote().count('"resynced"')
            until(lambda: operator.wrote().count('"resynced"') > looks + 6, what=operator.wrote)
            audit.read()

    assert dict(audit.tally.writes) == {}
