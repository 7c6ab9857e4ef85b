"""A release from `helm install` to `helm uninstall`, on a real API server."""

import json
import os
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from support.chart import CHART, helm
from support.cluster import Cluster, serving

Json = dict[str, Any]


@pytest.fixture
def fresh() -> Iterator[Cluster]:
    """A cluster that has never heard of us."""
    with serving() as found:
        yield found


def _helm(cluster: Cluster, *arguments: str, values: Json | None = None) -> str:
    environment = {**os.environ, "KUBECONFIG": str(cluster.kubeconfig), "HOME": str(cluster.folder)}
    done = subprocess.run(
        [helm(), *arguments],
        input=json.dumps(values or {}),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _left(cluster: Cluster, namespace: str) -> set[str]:
    """Everything of the release that is there, and not about to go."""
    kinds = "deployments,services,configmaps,secrets,serviceaccounts,pvc,networkpolicies,roles,rolebindings,pdb"
    everywhere = "clusterroles,clusterrolebindings,customresourcedefinitions"
    names: set[str] = set()
    for place, which in (([f"--namespace={namespace}"], kinds), ([], everywhere)):
        label = "--selector=app.kubernetes.io/instance=tradepods"
        done = cluster.kubectl("get", which, *place, label, "--output=json")
        assert done.returncode == 0, done.stderr
        found = [one for one in json.loads(done.stdout)["items"] if "deletionTimestamp" not in one["metadata"]]
        names |= {f"{one['kind']} {one['metadata']['name']}" for one in found}
    return names


def test_a_release_comes_changes_and_goes_but_leaves_what_is_dear(fresh: Cluster) -> None:
    """Notes say the next command; accounts' kinds and the signal service's volume outlive the release."""
    namespace = fresh.namespace()
    place = ("--namespace", namespace, "--no-hooks", "--values", "-")
    said = _helm(fresh, "install", "tradepods", str(CHART), *place)
    assert f"kubectl --namespace {namespace} apply --filename examples/dry-run" in said
    before = _left(fresh, namespace)
    assert {"Deployment tradepods-operator", "Deployment tradepods-signals", "Service tradepods-signals"} <= before

    said = _helm(fresh, "upgrade", "tradepods", str(CHART), *place, values={"simulator": {"enabled": True}})
    assert "port-forward service/tradepods-simulator 9001" in said
    after = _left(fresh, namespace)
    assert "Deployment tradepods-simulator" in after
    _helm(fresh, "upgrade", "tradepods", str(CHART), *place, "--reset-values")
    assert _left(fresh, namespace) == before

    _helm(fresh, "uninstall", "tradepods", "--namespace", namespace, "--no-hooks", "--cascade", "background")
    assert _left(fresh, namespace) == {
        "CustomResourceDefinition tradingaccounts.tradepods.dev",
        "CustomResourceDefinition tradingstrategies.tradepods.dev",
        "PersistentVolumeClaim tradepods-signals",
    }
    _helm(fresh, "install", "tradepods", str(CHART), *place)
    assert _left(fresh, namespace) == before
