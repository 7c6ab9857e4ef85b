"""One API server for all cluster tests of a run; each test has a namespace of its own."""

from collections.abc import Iterator

import httpx
import pytest

from support.cluster import Cluster, serving
from support.crd_verdicts import Admitting
from tradepods_cli.crds.definitions import definitions


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


@pytest.fixture
def admitting(client: httpx.Client, namespace: str) -> Admitting:
    """The API server, asked what it would store."""
    return Admitting(client=client, namespace=namespace)
