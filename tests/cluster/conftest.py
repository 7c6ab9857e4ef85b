"""One API server for all cluster tests of a run; each test has a namespace of its own."""

from collections.abc import Generator, Iterator
from pathlib import Path

import httpx
import pytest
import yaml

from support.cluster import Cluster, serving
from support.crd_verdicts import Admitting
from tradepods_cli.crds.definitions import definitions

AUDITED = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived", "ResponseStarted"],
    "rules": [{"level": "Metadata"}],
}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """All that lack the same say so in one line."""
    report = yield
    if report.skipped and isinstance(report.longrepr, tuple):
        report.longrepr = (__file__, 1, report.longrepr[2])
    return report


@pytest.fixture(scope="session")
def bare_cluster() -> Iterator[Cluster]:
    """A real API server that knows nothing of ours."""
    with serving() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def cluster(bare_cluster: Cluster) -> Cluster:
    """The same once it serves our kinds."""
    bare_cluster.define(definitions().values())
    return bare_cluster


@pytest.fixture
def namespace(bare_cluster: Cluster) -> str:
    """A new one."""
    return bare_cluster.namespace()


@pytest.fixture
def client(cluster: Cluster) -> Iterator[httpx.Client]:
    """The administrator's."""
    with cluster.client() as found:
        yield found


@pytest.fixture(scope="session")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Cluster, Path]]:
    """Another API server, that writes down what it is asked, and where."""
    folder = tmp_path_factory.mktemp("audit")
    policy, log = folder / "audit.yaml", folder / "audit.log"
    policy.write_text(yaml.safe_dump(AUDITED), "utf-8")
    with serving(f"--audit-policy-file={policy}", f"--audit-log-path={log}") as cluster:
        cluster.define(definitions().values())
        yield cluster, log


@pytest.fixture
def admitting(client: httpx.Client, namespace: str) -> Admitting:
    """The API server, asked what it would store."""
    return Admitting(client=client, namespace=namespace)
