"""The claims of ledgers on a real API server, which refuses nearly every change of one."""

from pathlib import Path

import httpx
import pytest

from support.cluster import Cluster
from support.operated import account
from support.operating import Hands, Replica, replica, until
from tradepods_operator.ports import ACCOUNT, CLAIM, DEPLOYMENT


@pytest.fixture
def hands(client: httpx.Client, namespace: str) -> Hands:
    """Of people and controllers."""
    return Hands(client, namespace)


def _looked(operator: Replica) -> None:
    """It has looked at everything once more."""
    before = operator.wrote().count('"resynced"')
    until(lambda: operator.wrote().count('"resynced"') > before, what=operator.wrote)


def test_accounts_go_on_where_the_access_mode_of_new_claims_changes(
    cluster: Cluster, hands: Hands, tmp_path: Path
) -> None:
    """The storage can't do ReadWriteOncePod, and a person follows the chart's README: old accounts aren't Refused.

    A claim that stays Pending is deleted, and comes back as the storage can serve it.
    """
    namespace = hands.namespace
    with replica(cluster, namespace, tmp_path, name="one", resync=1) as operator:
        hands.create(ACCOUNT, account())
        hands.create(ACCOUNT, account("bob", ledger={"storage": {"storageClassName": "fast"}}))
        until(lambda: hands.child(DEPLOYMENT) and hands.child(DEPLOYMENT, "bob"), what=operator.wrote)
    before = [hands.child(CLAIM, name) for name in ("alice", "bob")]

    with replica(cluster, namespace, tmp_path, name="two", resync=1, accessMode="ReadWriteOnce") as operator:
        hands.patch(ACCOUNT, "bob", {"spec": {"leverage": 3, "ledger": {"storage": {"storageClassName": "slow"}}}})
        generation = hands.get(ACCOUNT, "bob")["metadata"]["generation"]
        until(lambda: hands.get(ACCOUNT, "bob")["status"].get("observedGeneration") == generation, what=operator.wrote)
        _looked(operator)
        for name, old in zip(("alice", "bob"), before, strict=True):
            assert hands.said("Stalled", name) == ("False", "NotStalled")
            assert hands.child(CLAIM, name)["spec"] == old["spec"]

        hands.patch(CLAIM, "account-alice-ledger", {"metadata": {"finalizers": None}})  # as its controller does
        hands.delete(CLAIM, "account-alice-ledger")
        until(lambda: hands.child(CLAIM), what=operator.wrote)
        assert hands.child(CLAIM)["spec"]["accessModes"] == ["ReadWriteOnce"]
        assert hands.child(CLAIM)["metadata"]["uid"] != before[0]["metadata"]["uid"]
