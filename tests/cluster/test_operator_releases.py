"""Two releases' operators that serve one namespace of a real API server."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from support.cluster import Cluster
from support.operated import account
from support.operating import Hands, Replica, replica, until
from tradepods_operator.engine.manifests import names
from tradepods_operator.engine.store import CHILDREN
from tradepods_operator.ports import ACCOUNT, CONFIG_MAP, DEPLOYMENT

FLEETS = {name: f"00000000-0000-4000-8000-0000000000{name * 2}" for name in ("a", "b")}


@pytest.fixture
def hands(client: httpx.Client, namespace: str) -> Hands:
    """Of people and controllers, in the namespace that both serve."""
    return Hands(client, namespace)


@pytest.fixture
def playground(cluster: Cluster, tmp_path: Path) -> Iterator[Replica]:
    """An operator of another namespace that serves all of them (`rbac.mode: Cluster`)."""
    home = cluster.namespace()
    with replica(cluster, home, tmp_path, name="a", everywhere=True, fleetId=FLEETS["a"], resync=1) as one:
        until(lambda: '"resynced"' in one.wrote(), what=one.wrote)
        yield one


def _looked(*operators: Replica) -> None:
    """Each has looked at everything twice more."""
    for one in operators:
        before = one.wrote().count('"resynced"')
        until(lambda one=one, before=before: one.wrote().count('"resynced"') >= before + 2, what=one.wrote)


def _marks(hands: Hands) -> set[str]:
    return {hands.child(kind)["metadata"]["labels"][names.FLEET] for kind in CHILDREN}


def _fleet_of(hands: Hands) -> str:
    arguments = hands.child(DEPLOYMENT)["spec"]["template"]["spec"]["containers"][0]["args"]
    return str(arguments[arguments.index("--fleet-id") + 1])


def test_an_account_that_both_see_first_has_one_owner(
    cluster: Cluster, hands: Hands, playground: Replica, tmp_path: Path
) -> None:
    """Both make it at once; within two looks it is one's, and nothing is written any more."""
    with replica(cluster, hands.namespace, tmp_path, name="b", fleetId=FLEETS["b"], resync=1) as own:
        until(lambda: '"resynced"' in own.wrote(), what=own.wrote)
        for name in ("alice", "bob", "carol"):
            hands.create(ACCOUNT, account(name))
        until(lambda: all(hands.child(DEPLOYMENT, name) for name in ("alice", "bob", "carol")), what=own.wrote)
        _looked(own, playground)
        before = [hands.versions(name) for name in ("alice", "bob", "carol")]
        _looked(own, playground)

        assert [hands.versions(name) for name in ("alice", "bob", "carol")] == before
        assert hands.child(DEPLOYMENT)["metadata"]["generation"] <= 3
        assert len(_marks(hands)) == 1
        told = own if _fleet_of(hands) == FLEETS["a"] else playground
        assert '"served_elsewhere"' in told.wrote()
        assert hands.said("Reconciling") == ("True", "WorkerStarting")


def test_a_release_that_comes_later_touches_nothing(
    cluster: Cluster, hands: Hands, playground: Replica, tmp_path: Path
) -> None:
    """The documented playground beside real accounts: neither their objects nor their status get another version."""
    hands.create(ACCOUNT, account())
    until(lambda: hands.said("Reconciling") == ("True", "WorkerStarting"), what=playground.wrote)
    _looked(playground)
    before = hands.versions()
    with replica(cluster, hands.namespace, tmp_path, name="b", fleetId=FLEETS["b"], resync=1) as later:
        until(lambda: '"served_elsewhere"' in later.wrote(), what=later.wrote)
        _looked(later, playground)

        assert hands.versions() == before
        assert _fleet_of(hands) == FLEETS["a"]


def test_what_the_other_one_serves_changes_and_ends_as_if_it_were_alone(
    cluster: Cluster, hands: Hands, playground: Replica, tmp_path: Path
) -> None:
    """A change reaches it, its status is its operator's, and its deletion is that one's too."""
    hands.create(ACCOUNT, account(deletionPolicy="Flatten"))
    until(lambda: hands.child(DEPLOYMENT), what=playground.wrote)
    with replica(cluster, hands.namespace, tmp_path, name="b", fleetId=FLEETS["b"], resync=1) as later:
        until(lambda: '"served_elsewhere"' in later.wrote(), what=later.wrote)
        hands.patch(ACCOUNT, "alice", {"spec": {"leverage": 3}})
        until(lambda: "leverage" in hands.child(CONFIG_MAP)["data"]["settings.json"], what=playground.wrote)
        until(lambda: hands.said("Stalled") == ("False", "NotStalled"), what=playground.wrote)
        _looked(later, playground)
        assert hands.said("Reconciling") == ("True", "WorkerStarting")

        hands.delete(ACCOUNT, "alice")
        until(lambda: hands.said("Reconciling") == ("True", "Deleting"), what=playground.wrote)
        _looked(later, playground)
        assert hands.said("Reconciling") == ("True", "Deleting")
        assert hands.child(DEPLOYMENT)["spec"]["replicas"] == 1
