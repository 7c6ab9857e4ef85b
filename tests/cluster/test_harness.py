"""The test bed itself: it restarts, it hangs on demand, and it never outlives the tests."""

import shutil
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from support import cluster_assets
from support.cluster import Cluster, serving

TESTS = Path(__file__).parents[1]
HELD = """
import sys, time
from support.cluster import serving
with serving() as cluster:
    print(cluster._api.pid, cluster._etcd.pid, cluster.folder, flush=True)
    time.sleep(600)
"""
# Pytest where this machine has none of a cluster's programs.
LACKING = """
import pathlib, sys
import pytest
from support import cluster_assets
cluster_assets.SHARED = pathlib.Path("nowhere")
sys.exit(pytest.main(["-rs", "-p", "no:cacheprovider", *sys.argv[1:]]))
"""
EACH_WAY = (  # to lack something: an API server of all tests, one of one's own, helm, argocd
    "test_harness.py::test_each_namespace_is_a_new_one",
    "test_harness.py::test_a_user_without_rights_gets_none",
    "test_harness.py::test_a_server_that_is_killed_frozen_and_started_again_keeps_what_it_has_and_leaves_nothing",
    "test_harness.py::test_nothing_outlives_tests_that_are_killed",
    "test_chart_render.py::test_two_renders_are_the_same",
    "test_gitops_argo.py",
)


def test_each_namespace_is_a_new_one(bare_cluster: Cluster, namespace: str) -> None:
    """And the administrator's kubectl and client see the same cluster."""
    other = bare_cluster.namespace()
    listed = bare_cluster.kubectl("get", "namespaces", "-o", "name").stdout

    assert namespace != other
    assert {f"namespace/{namespace}", f"namespace/{other}"} <= set(listed.split())


def test_a_user_without_rights_gets_none(bare_cluster: Cluster, namespace: str) -> None:
    """RBAC counts, so that impersonation proves something."""
    with bare_cluster.client(impersonating=f"system:serviceaccount:{namespace}:nobody") as client:
        assert client.get(f"/api/v1/namespaces/{namespace}/secrets").status_code == httpx.codes.FORBIDDEN


def test_a_server_that_is_killed_frozen_and_started_again_keeps_what_it_has_and_leaves_nothing() -> None:
    """At the same address."""
    with serving() as cluster:
        name = cluster.namespace()
        cluster.stop()
        cluster.start()
        with cluster.client() as client, cluster.frozen(), pytest.raises(httpx.TimeoutException):
            client.get(f"/api/v1/namespaces/{name}", timeout=0.2)
        with cluster.client() as client:
            assert client.get(f"/api/v1/namespaces/{name}").is_success

    assert not cluster.folder.exists()


def test_nothing_outlives_tests_that_are_killed() -> None:
    """Not even by SIGKILL."""
    if cluster_assets.assets() is None:
        cluster_assets.skip()
    with subprocess.Popen([sys.executable, "-c", HELD], stdout=subprocess.PIPE, text=True, cwd=TESTS) as tests:
        assert tests.stdout is not None
        *pids, folder = tests.stdout.readline().split()
        tests.kill()
    deadline = time.monotonic() + 10

    while any(_runs(pid, folder) for pid in pids):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    shutil.rmtree(folder)


def test_what_is_missing_is_told_in_one_line(tmp_path: Path) -> None:
    """However many tests it costs: what there is not, and the command that makes it."""
    tests = [str(TESTS / "cluster" / one) for one in EACH_WAY]
    nothing = {"HOME": str(tmp_path), "PATH": ""}
    command = [sys.executable, "-c", LACKING, *tests]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=TESTS, env=nothing)

    (line,) = (line for line in done.stdout.splitlines() if line.startswith("SKIPPED"))
    assert "there is no etcd, kube-apiserver, kubectl, helm, argocd: make kube-assets" in line


def _runs(pid: str, folder: str) -> bool:
    """Whether it still is the process that was started, and no zombie."""
    try:
        return folder in Path(f"/proc/{pid}/cmdline").read_text("utf-8")
    except OSError:
        return False
