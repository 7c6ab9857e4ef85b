"""A cluster of nodes that kwok plays: real API server, controllers and scheduler, pods that run nothing."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import yaml

from support.cluster import Cluster, serving
from support.cluster_assets import assets
from support.people import NAMESPACE
from tradepods_cli.crds.definitions import definitions
from tradepods_core.errors import Permanent
from tradepods_operator.ports import Kind

KWOK, CONTROLLERS, SCHEDULER = NEEDED = ("kwok", "kube-controller-manager", "kube-scheduler")
ONE_FILE = "--audit-log-maxsize=10000"  # MB; else it is begun anew after 100, which 5,000 accounts fill
NODES, PODS_EACH = 10, 2_000
FAST = 1_000  # requests per second of the cluster's own parts: they are not what is measured
RELEASE = "tradepods"
USER = "operator"
AUDITED = f"system:serviceaccount:{RELEASE}:{USER}"
STAGES = Path(__file__).with_name("stages.yaml")
VOLUMES = ("VolumeBinding", "VolumeRestrictions", "NodeVolumeLimits", "VolumeZone")  # nothing here makes any
MERGE = {"Content-Type": "application/merge-patch+json"}
METADATA = {"Accept": "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"}


class Place:
    """The cluster.

    Attributes:
        kubeconfig: of the user whose requests are written down in `audit`.
        processes: of the cluster, by name.

    """

    def __init__(self, cluster: Cluster, folder: Path) -> None:
        self._cluster = cluster
        self.processes = cluster.processes
        self.audit, self.kubeconfig = folder / "audit.log", folder / "operator.yaml"

    def client(self) -> httpx.Client:
        """The administrator's."""
        return self._cluster.client()

    def furnish(self) -> None:
        """Namespaces, our kinds, a user for the operator, nodes."""
        self._cluster.define(definitions().values())
        with self.client() as client:
            for name in (NAMESPACE, RELEASE):
                _post(client, "/api/v1/namespaces", {"metadata": {"name": name}})
            account = f"/api/v1/namespaces/{RELEASE}/serviceaccounts"
            _post(client, account, {"metadata": {"name": USER}})
            _post(client, "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", _rights())
            token = _post(client, f"{account}/{USER}/token", {"spec": {"expirationSeconds": 86_400}})["status"]["token"]
            for number in range(NODES):
                _post(client, "/api/v1/nodes", _node(number))
                client.patch(
                    f"/api/v1/nodes/node-{number}", json={"spec": {"taints": None}}, headers=MERGE
                ).raise_for_status()
        self.kubeconfig.write_text(yaml.safe_dump(self._cluster.config_of(token)), "utf-8")

    def count(self, kind: Kind) -> int:
        """How many objects of a kind the fleet's namespace holds."""
        root = f"/apis/{kind.api}" if "/" in kind.api else f"/api/{kind.api}"
        with self.client() as client:
            url = f"{root}/namespaces/{NAMESPACE}/{kind.plural}"
            found = client.get(url, params={"limit": 1}, headers=METADATA).raise_for_status().json()
        return len(found["items"] or ()) + int(found["metadata"].get("remainingItemCount", 0))

    def cpu(self) -> dict[str, float]:
        """Seconds that each of its processes has computed."""
        found = {name: Path(f"/proc/{one.pid}/stat") for name, one in self.processes.items()}
        return {name: computed(file.read_text("ascii")) for name, file in found.items()}

    def running(self) -> int:
        """How many pods run."""
        query = {"fieldSelector": "status.phase=Running", "resourceVersion": "0"}
        with self.client() as client:
            answer = client.get(f"/api/v1/namespaces/{NAMESPACE}/pods", params=query, headers=METADATA)
        return len(answer.raise_for_status().json()["items"] or ())


def computed(stat: str) -> float:
    """Seconds, by the kernel's line on a process."""
    fields = stat.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def opened(folder: Path) -> Iterator[Place]:
    """One that nobody has used, until the end of the block; raises Permanent where a program is missing."""
    programs = assets()
    missing = [name for name in NEEDED if programs is None or not shutil.which(str(programs / name))]
    if missing:
        raise Permanent(
            f"{', '.join(missing)}: not beside the API server's programs (KUBEBUILDER_ASSETS names a folder)"
        )
    policy = folder / "audit-policy.yaml"
    policy.write_text(yaml.safe_dump(_audited()), "utf-8")
    audited = (f"--audit-policy-file={policy}", f"--audit-log-path={folder / 'audit.log'}", ONE_FILE)
    with serving(*audited) as cluster:
        place = Place(cluster, folder)
        place.furnish()
        parts = dict(_parts(cluster, folder))
        place.processes |= parts  # the cluster's own are ended by it
        try:
            yield place
        finally:
            for part in parts.values():
                part.kill()
                part.wait()


def _parts(cluster: Cluster, folder: Path) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    quick = (f"--kube-api-qps={FAST}", f"--kube-api-burst={FAST}")
    yield (
        CONTROLLERS,
        cluster.spawn(
            CONTROLLERS,
            f"--kubeconfig={cluster.kubeconfig}",
            "--controllers=deployment-controller,replicaset-controller",
            "--leader-elect=false",
            "--secure-port=0",
            *quick,
        ),
    )
    config = folder / "scheduler.yaml"
    config.write_text(yaml.safe_dump(_scheduler(cluster.kubeconfig)), "utf-8")
    yield SCHEDULER, cluster.spawn(SCHEDULER, f"--config={config}", "--secure-port=0")
    yield (
        NEEDED[0],
        cluster.spawn(NEEDED[0], f"--kubeconfig={cluster.kubeconfig}", "--manage-all-nodes", f"--config={STAGES}"),
    )


def _scheduler(kubeconfig: Path) -> dict[str, Any]:
    """One that places pods whose volumes nobody makes."""
    return {
        "apiVersion": "kubescheduler.config.k8s.io/v1",
        "kind": "KubeSchedulerConfiguration",
        "leaderElection": {"leaderElect": False},
        "clientConnection": {"kubeconfig": str(kubeconfig), "qps": FAST, "burst": FAST},
        "profiles": [{"plugins": {"multiPoint": {"disabled": [{"name": name} for name in VOLUMES]}}}],
    }


def _audited() -> dict[str, Any]:
    """One line for each request of the operator that has ended, whichever operator it is."""
    return {
        "apiVersion": "audit.k8s.io/v1",
        "kind": "Policy",
        "omitStages": ["RequestReceived", "ResponseStarted"],
        "rules": [{"level": "Metadata", "users": [AUDITED]}, {"level": "None"}],
    }


def _rights() -> dict[str, Any]:
    return {
        "metadata": {"name": USER},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"kind": "ServiceAccount", "name": USER, "namespace": RELEASE}],
    }


def _node(number: int) -> dict[str, Any]:
    room = {"cpu": "1000", "memory": "4Ti", "pods": str(PODS_EACH)}
    return {"metadata": {"name": f"node-{number}"}, "status": {"allocatable": room, "capacity": room}}


def _let_in(client: httpx.Client, node: str) -> None:
    """The API server keeps pods off a new node until a controller says that it is well; none such is here."""
    client.patch(node, content='{"spec": {"taints": null}}', headers=MERGE).raise_for_status()


def _post(client: httpx.Client, url: str, body: dict[str, Any]) -> Any:
    return client.post(url, json=body).raise_for_status().json()
