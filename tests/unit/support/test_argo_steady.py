"""What the watch over a fleet in Git sees: without it, a fleet that drifts would look steady."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from support import argo_steady
from support.argo_server import Argo
from support.argo_steady import FLEET, HOLDS, Steady
from support.node import Node, until
from support.node_backends import Given
from support.playground import Playground

WELL = {"sync": {"status": "Synced"}, "health": {"status": "Healthy"}, "history": [{"id": 1}]}
DEPLOYMENTS = "/apis/apps/v1/namespaces/n/deployments"


class Cluster:
    """An API server that lists these objects, by the last part of their path."""

    def __init__(self) -> None:
        self.lists: dict[str, list[dict[str, Any]]] = {
            "applications": [{"metadata": {"name": name}, "status": WELL} for name in FLEET],
            "configmaps": [_worker("account-dave-settings", "dave", resourceVersion="1")],
            "deployments": [_worker("account-erin", "erin", generation=1), _named("tradepods-operator", generation=1)],
            "tradingaccounts": [_named("dave", generation=1), _named("carol", generation=1)],
        }
        self.written, self.away = 1, False

    def answer(self, request: httpx.Request) -> httpx.Response:
        """A list, or one of the accounts, another time another one."""
        if self.away:
            raise httpx.ConnectError("nobody is there")
        *_, kind, name = request.url.path.split("/")
        if kind == "tradingaccounts":
            return httpx.Response(200, json=_named(name, resourceVersion=str(self.written)))
        return httpx.Response(200, json={"items": self.lists.get(name, [])})


def _named(name: str, **about: Any) -> dict[str, Any]:
    return {"metadata": {"name": name, **about}}


def _worker(name: str, account: str, **about: Any) -> dict[str, Any]:
    return _named(name, labels={"tradepods.dev/account": account}, **about)


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Cluster:
    """It is looked at often."""
    monkeypatch.setattr(argo_steady, "EVERY", 0.01)
    return Cluster()


@contextmanager
def _looking(cluster: Cluster) -> Iterator[Steady]:
    with httpx.Client(base_url="http://cluster", transport=httpx.MockTransport(cluster.answer)) as api:
        backend = Given(Path("none"), "registry:tag")
        node = Node(backend=backend, kubeconfig=Path("none"), api=api, kubectl_program="no", helm_program="no")
        steady = Steady(Argo(node, "https://cluster"), Playground(node, {}, namespace="n"))
        try:
            until("it has looked", lambda: len(steady.standings) >= len(FLEET))
            yield steady
        finally:
            steady.stop()


def test_a_fleet_that_nobody_touches_is_steady(cluster: Cluster) -> None:
    """And so it stays when people change accounts beside it."""
    with _looking(cluster) as steady:
        cluster.lists["deployments"][0]["metadata"]["generation"] = 2
        cluster.lists["tradingaccounts"][1]["metadata"]["generation"] = 2
        assert steady.changed() == {}
    assert set(steady.standings) == {f"{name} Synced Healthy" for name in FLEET}
    assert steady.versions[HOLDS] == {"1"}


def test_an_application_that_is_out_of_sync_for_a_moment_is_seen(cluster: Cluster) -> None:
    """And one that is synced anew, even where nothing comes of it."""
    with _looking(cluster) as steady:
        cluster.lists["applications"][1]["status"] = {**WELL, "sync": {"status": "OutOfSync"}}
        until("it is seen", lambda: steady.standings[f"{FLEET[1]} OutOfSync Healthy"])
        cluster.lists["applications"][1]["status"] = {**WELL, "history": [{"id": 1}, {"id": 2}]}
        assert steady.changed() == {f"syncs of {FLEET[1]}": ([1], [1, 2])}


def test_one_that_is_gone_is_seen(cluster: Cluster) -> None:
    """It is not passed over."""
    with _looking(cluster) as steady:
        del cluster.lists["applications"][0]
        until("it is seen", lambda: steady.standings[f"{FLEET[0]} gone "])


@pytest.mark.parametrize(
    ("kind", "place", "field"),
    [("configmaps", 0, "resourceVersion"), ("deployments", 1, "generation"), ("tradingaccounts", 0, "generation")],
)
def test_a_write_is_seen(cluster: Cluster, kind: str, place: int, field: str) -> None:
    """Of a spec, and of anything that is made of an account."""
    with _looking(cluster) as steady:
        about = cluster.lists[kind][place]["metadata"]
        about[field] = 2
        ((name, _),) = steady.changed().items()
    assert name.endswith(about["name"])


def test_writes_of_a_status_are_counted(cluster: Cluster) -> None:
    """By the account's versions."""
    with _looking(cluster) as steady:
        cluster.written = 2
        until("it is seen", lambda: steady.versions[HOLDS] == {"1", "2"})


def test_a_time_without_a_look_is_told(cluster: Cluster) -> None:
    """A cluster that can't be seen proves nothing."""
    with _looking(cluster) as steady:
        cluster.away = True
        until("nothing is seen", lambda: steady.blind > 0.2)
