"""Operators that die, that stand by, and an API server that goes away under them."""

import signal
from functools import partial
from pathlib import Path

import httpx
import pytest

from support.audited import Audit
from support.cluster import Cluster, serving
from support.operated import account
from support.operating import WITHIN, Hands, Replica, replica, until
from tradepods_cli.crds.definitions import definitions
from tradepods_operator.engine.store import CHILDREN
from tradepods_operator.ports import ACCOUNT, DEPLOYMENT, FIELD_MANAGER, Kind

LEASE = Kind("coordination.k8s.io/v1", "Lease", "leases")
FAILOVER = 20.0  # seconds: promised
OURS = "tradepods_operator_"


@pytest.fixture
def hands(client: httpx.Client, namespace: str) -> Hands:
    """Of people and controllers."""
    return Hands(client, namespace)


def _leader(hands: Hands) -> str:
    found = hands.get(LEASE, "tradepods-operator")
    return "" if found is None else found["spec"].get("holderIdentity") or ""


def _served(hands: Hands, operator: Replica, name: str, *, within: float = WITHIN) -> None:
    """A new account has what it gets before there is a pod."""
    hands.create(ACCOUNT, account(name))
    until(lambda: hands.child(DEPLOYMENT, name), what=operator.wrote, within=within)
    until(lambda: hands.said("Reconciling", name) == ("True", "WorkerStarting"), what=operator.wrote)


def _only_written(audit: Audit, who: str) -> None:
    """Each of its objects was, and its status, all of them once."""
    audit.read()
    whole = {kind.plural: {name(who)} for kind, name in CHILDREN.items()}
    assert audit.tally.written == {**whole, f"{ACCOUNT.plural}/status": {who}}
    assert audit.tally.writes == dict.fromkeys(audit.tally.written, 1)


def _figures(operator: Replica) -> dict[str, float]:
    """Those that it says to Prometheus of itself as a whole, by their names."""
    lines = [line.split() for line in operator.figures().splitlines() if line.startswith(OURS) and "{" not in line]
    return {name.removeprefix(OURS): float(value) for name, value in lines}


def test_when_the_leader_is_killed_the_other_one_leads_and_writes_nothing_twice(
    audited: tuple[Cluster, Path], tmp_path: Path
) -> None:
    """Within 20 seconds it serves what has changed meanwhile; what has not is as it was."""
    cluster, log = audited
    namespace, audit = cluster.namespace(), Audit(log, agent=FIELD_MANAGER)
    with cluster.client() as client, replica(cluster, namespace, tmp_path, name="one") as one:
        hands = Hands(client, namespace)
        until(lambda: _leader(hands) == "one", what=one.wrote)
        _served(hands, one, "alice")
        with replica(cluster, namespace, tmp_path, name="two") as two:
            until(lambda: '"standing_by"' in two.wrote(), what=two.wrote)
            _served(hands, one, "bob")
            assert '"leading"' not in two.wrote()
            before = [hands.versions(name) for name in ("alice", "bob")]

            one.kill()
            audit.begin()
            _served(hands, two, "carol", within=FAILOVER)

            assert _leader(hands) == "two"
            until(lambda: two.wrote().count('"resynced"') > 1, what=two.wrote)
            assert [hands.versions(name) for name in ("alice", "bob")] == before
            _only_written(audit, "carol")


def test_each_operator_says_whether_it_leads_and_how_it_keeps_up(
    cluster: Cluster, hands: Hands, namespace: str, tmp_path: Path
) -> None:
    """In figures: the one that stands by has them too."""
    with replica(cluster, namespace, tmp_path, name="one") as one:
        until(lambda: _leader(hands) == "one", what=one.wrote)
        with replica(cluster, namespace, tmp_path, name="two") as two:
            until(lambda: '"standing_by"' in two.wrote(), what=two.wrote)
            led, stood_by = _figures(one), _figures(two)

    assert (led["leader"], stood_by["leader"]) == (1.0, 0.0)
    assert led.keys() & stood_by.keys() >= {"queue_depth", "queue_oldest_seconds", "loop_lag_seconds"}


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
