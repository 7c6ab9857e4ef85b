"""A thousand accounts, none of which is served later, or written more often, for what befalls another."""

from functools import partial
from pathlib import Path

import httpx
import pytest

from support import people
from support.cluster import Cluster
from support.operating import Hands, Replica, replica, until
from support.people import NAMESPACE
from tradepods_operator.engine.store import CHILDREN
from tradepods_operator.ports import ACCOUNT, CONFIG_MAP, DEPLOYMENT, SECRET, Kind

COUNT = 1_000
BROKEN, CHANGED = "trader-00500", "trader-00700"
WITHIN = 240.0  # seconds: a deadline, on a machine that others use too
METADATA = {"Accept": "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"}


@pytest.fixture
def hands(cluster: Cluster, client: httpx.Client) -> Hands:
    """Of people, with the fleet's namespace and its accounts; one of them names a Secret that is not there."""
    client.post("/api/v1/namespaces", json={"metadata": {"name": NAMESPACE}}).raise_for_status()
    people.make(cluster, COUNT)
    found = Hands(client, NAMESPACE)
    found.delete(SECRET, f"{BROKEN}-telegram")
    return found


@pytest.mark.timeout(600)
def test_a_thousand_accounts_are_served_and_then_left_alone(hands: Hands, cluster: Cluster, tmp_path: Path) -> None:
    """All get their objects; looks at an unchanged fleet write nothing, and one change that account's alone."""
    with replica(cluster, NAMESPACE, tmp_path, resync=10) as operator:
        until(lambda: _count(hands, DEPLOYMENT) == COUNT - 1, what=operator.wrote, within=WITHIN)
        assert _are_served(hands)
        assert hands.child(DEPLOYMENT, BROKEN) is None
        until(lambda: hands.said("CredentialsValid", BROKEN) == ("False", "SecretNotUsable"), what=operator.wrote)
        _quiet(operator)
        before, writes = _versions(hands), _writes(operator)

        hands.patch(ACCOUNT, CHANGED, {"spec": {"entryPct": 7}})
        until(lambda: hands.get(ACCOUNT, CHANGED)["status"]["observedGeneration"] == 2, what=operator.wrote)
        _quiet(operator)
        after = _versions(hands)
        assert {name for name in before if before[name] != after[name]} == {
            f"{ACCOUNT.name} {CHANGED}",
            f"{CONFIG_MAP.name} {CHILDREN[CONFIG_MAP](CHANGED)}",
        }
        assert after.keys() == before.keys()
        assert _writes(operator) - writes == 2
        assert operator.wrong() == ""
        assert "Traceback" not in operator.wrote()


def _named(hands: Hands, kind: Kind) -> dict[str, str]:
    """The versions of all objects of a kind, by name."""
    found = hands.client.get(hands.url(kind), headers=METADATA).raise_for_status().json()["items"] or ()
    return {one["metadata"]["name"]: one["metadata"]["resourceVersion"] for one in found}


def _count(hands: Hands, kind: Kind) -> int:
    """How many objects of a kind there are, without reading them."""
    found = hands.client.get(hands.url(kind), params={"limit": 1}, headers=METADATA).raise_for_status().json()
    return len(found["items"] or ()) + int(found["metadata"].get("remainingItemCount", 0))


def _are_served(hands: Hands) -> bool:
    """Whether every account but the broken one has all of its objects."""
    wanted = [name for name in people.named(COUNT) if name != BROKEN]
    return all({CHILDREN[kind](name) for name in wanted} <= _named(hands, kind).keys() for kind in reversed(CHILDREN))


def _versions(hands: Hands) -> dict[str, str]:
    kinds = (ACCOUNT, *CHILDREN)
    return {f"{kind.name} {name}": version for kind in kinds for name, version in _named(hands, kind).items()}


def _writes(operator: Replica) -> int:
    """How many requests of the operator's were to change something; its Lease, every two seconds, is no account's."""
    lines = [line for line in operator.figures().splitlines() if line.startswith("tradepods_operator_api_requests_t")]
    changes = [line for line in lines if 'verb="GET"' not in line and 'resource="leases"' not in line]
    return sum(int(float(line.split()[-1])) for line in changes)


def _quiet(operator: Replica) -> None:
    """Two looks at everything in a row write nothing."""
    until(partial(_is_quiet, operator), what=operator.wrote, within=WITHIN)


def _is_quiet(operator: Replica) -> bool:
    before, seen = _writes(operator), operator.wrote().count('"resynced"')
    until(lambda: operator.wrote().count('"resynced"') >= seen + 2, what=operator.wrote, within=WITHIN)
    return _writes(operator) == before
