"""Whom the signal service believes, started by the chart's command line and shown a real API server's tokens."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from support.chart import render
from support.chart_access import ACCESS, install, signals, token
from support.cluster import Cluster
from support.operating import until

AUDIENCE = "tradepods-signals"
OK, UNKNOWN, FORBIDDEN = 200, 401, 403
HALT = {"why": "a test"}


@pytest.fixture
def release(cluster: Cluster) -> str:
    """A namespace with the chart's service accounts."""
    found = cluster.namespace()
    install(cluster, render(namespace=found), *ACCESS)
    return found


@pytest.fixture
def traders(cluster: Cluster) -> str:
    """A namespace with a worker's service account, as the operator makes it, and one that is none."""
    found = cluster.namespace()
    for name in ("account-alice", "default"):
        assert cluster.kubectl("--namespace", found, "create", "serviceaccount", name).returncode == 0
    return found


@pytest.fixture
def url(cluster: Cluster, release: str, tmp_path: Path) -> Iterator[str]:
    """Of the service, once it has read the cluster's keys."""
    with signals(cluster, render(namespace=release), tmp_path, namespace=release) as found:
        shown = token(cluster, release, "tradepods-operator", audience=AUDIENCE)
        until(lambda: _asked(found, "GET", "/v1/fleet", shown) != UNKNOWN)
        yield found


def _asked(url: str, verb: str, path: str, shown: str, *, body: object = None) -> int:
    headers = {"Authorization": f"Bearer {shown}"}
    return httpx.request(verb, f"{url}{path}", headers=headers, json=body, trust_env=False).status_code


def test_each_is_believed_in_its_own_role(cluster: Cluster, release: str, traders: str, url: str) -> None:
    """Operator: reader. Worker: its account. Admin: may halt. Issuer and keys are found without being told."""
    operator, admin = (token(cluster, release, f"tradepods-{who}", audience=AUDIENCE) for who in ("operator", "admin"))
    worker = token(cluster, traders, "account-alice", audience=AUDIENCE)

    assert _asked(url, "GET", "/v1/fleet", operator) == OK
    assert _asked(url, "POST", "/v1/halt", operator, body=HALT) == FORBIDDEN
    assert _asked(url, "GET", "/v1/strategies", worker) == OK
    assert _asked(url, "GET", "/v1/fleet", worker) == FORBIDDEN
    assert _asked(url, "POST", "/v1/halt", worker, body=HALT) == FORBIDDEN
    assert _asked(url, "POST", f"/v1/accounts/{traders}/bob/heartbeat", worker, body={}) == FORBIDDEN
    assert _asked(url, "POST", f"/v1/accounts/{traders}/alice/heartbeat", worker, body={}) != FORBIDDEN
    assert _asked(url, "POST", "/v1/halt", admin, body=HALT) == OK


def test_other_tokens_of_the_cluster_open_nothing(cluster: Cluster, release: str, traders: str, url: str) -> None:
    """One for the API server, and one of a pod that is no worker, though it asks for the right audience."""
    assert _asked(url, "GET", "/v1/strategies", token(cluster, traders, "account-alice")) == UNKNOWN
    assert _asked(url, "GET", "/v1/strategies", token(cluster, traders, "default", audience=AUDIENCE)) == UNKNOWN
    assert _asked(url, "GET", "/v1/fleet", token(cluster, release, "tradepods-operator")) == UNKNOWN
