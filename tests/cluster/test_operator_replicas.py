"""Operators that die, that stand by, and an API server that goes away under them."""

import signal
import time
from functools import partial
from pathlib import Path

import httpx
import pytest

from support.cluster import Cluster, serving
from support.operated import account
from support.operating import Hands, replica, until
from tradepods_cli.crds.definitions import definitions
from tradepods_operator.ports import ACCOUNT, DEPLOYMENT, Kind

LEASE = Kind("coordination.k8s.io/v1", "Lease", "leases")
FAILOVER = 20.0  # seconds: promised


@pytest.fixture
def hands(client: httpx.Client, namespace: str) -> Hands:
    """Of people and controllers."""
    return Hands(client, namespace)


def _leader(hands: Hands) -> str:
    found = hands.get(LEASE, "tradepods-operator")
    return "" if found is None else found["spec"].get("holderIdentity") or ""


def test_when_the_leader_is_killed_the_other_one_leads_and_writes_nothing_twice(
    cluster: Cluster, hands: Hands, namespace: str, tmp_path: Path
) -> None:
    """Within 20 seconds it serves what has changed meanwhile; what has not is as it was."""
    with replica(cluster, namespace, tmp_path, name="one") as one:
        until(lambda: _leader(hands) == "one", what=one.wrote)
        hands.create(ACCOUNT, account())
        until(lambda: hands.said("Reconciling") == ("True", "WorkerStarting"), what=one.wrote)
        with replica(cluster, namespace, tmp_path, name="two") as two:
            until(lambda: '"standing_by"' in two.wrote(), what=two.wrote)
            hands.create(ACCOUNT, account("bob"))
            until(lambda: hands.child(DEPLOYMENT, "bob"), what=one.wrote)
            until(lambda: hands.said("Reconciling", "bob") == ("True", "WorkerStarting"), what=one.wrote)
            assert '"leading"' not in two.wrote()
            before = hands.versions()

            one.kill()
            killed = time.monotonic()
            hands.create(ACCOUNT, account("carol"))
            until(lambda: hands.child(DEPLOYMENT, "carol"), what=two.wrote)

            assert time.monotonic() - killed < FAILOVER, two.wrote()
            assert _leader(hands) == "two"
            until(lambda: two.wrote().count('"resynced"') > 1, what=two.wrote)
            assert hands.versions() == before


def test_a_leader_that_is_told_to_stop_hands_over_at_once(
    cluster: Cluster, hands: Hands, namespace: str, tmp_path: Path
) -> None:
    """It lets go of the Lease, and ends with 0."""
    with replica(cluster, namespace, tmp_path, name="one") as one:
        until(lambda: '"resynced"' in one.wrote(), what=one.wrote)
        one.process.send_signal(signal.SIGTERM)

        assert one.process.wait(20) == 0, one.wrote()
        assert _leader(hands) == ""


def test_an_operator_that_cannot_renew_its_lease_ends(tmp_path: Path) -> None:
    """The API server hangs: another one might lead by now, so nothing of this one goes on. Then all is well again."""
    with serving() as cluster:
        cluster.define(definitions().values())
        namespace = cluster.namespace()
        with cluster.client() as client, replica(cluster, namespace, tmp_path) as one:
            hands = Hands(client, namespace)
            until(lambda: '"resynced"' in one.wrote(), what=one.wrote)
            with cluster.frozen():
                assert one.process.wait(30) == 1
            assert "leadership_lost" in one.wrote()
            with replica(cluster, namespace, tmp_path, name="two") as two:
                hands.create(ACCOUNT, account())
                until(lambda: hands.child(DEPLOYMENT), what=two.wrote)


def test_an_operator_may_serve_every_namespace(tmp_path: Path) -> None:
    """Those that come while it runs included; its own Lease is where it was released."""
    with serving() as cluster:
        cluster.define(definitions().values())
        release = cluster.namespace()
        with cluster.client() as client, replica(cluster, release, tmp_path, everywhere=True) as one:
            until(lambda: '"resynced"' in one.wrote(), what=one.wrote)
            for hands in (Hands(client, cluster.namespace()), Hands(client, cluster.namespace())):
                hands.create(ACCOUNT, account())
                until(partial(hands.child, DEPLOYMENT), what=one.wrote)
                hands.delete(DEPLOYMENT, "account-alice")
                until(partial(hands.child, DEPLOYMENT), what=one.wrote)
            assert _leader(Hands(client, release)) == "one"


def test_an_operator_waits_for_its_api_server_and_heals_what_it_missed(tmp_path: Path) -> None:
    """An unreachable API server is no error; what was changed while no watch was there is put right."""
    with serving() as cluster:
        namespace = cluster.namespace()
        cluster.stop()
        with replica(cluster, namespace, tmp_path) as one:
            until(lambda: '"waiting"' in one.wrote(), what=one.wrote)
            assert one.process.poll() is None
            cluster.start()
            cluster.define(definitions().values())
            with cluster.client() as client:
                hands = Hands(client, namespace)
                hands.create(ACCOUNT, account())
                until(lambda: hands.child(DEPLOYMENT), what=one.wrote)
