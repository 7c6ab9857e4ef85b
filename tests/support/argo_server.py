"""A real Argo CD beside the node: controller and repository server, taught by the ConfigMap that people apply."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import yaml

from support.argo_customizations import FOLDER, PATCH
from support.cluster_assets import ROOT, SHARED
from support.git_folder import GitFolder
from support.node import Json, Node, until
from support.node_local import Local
from support.playground import GIT_NAMESPACE

PROGRAM = SHARED.parent / "argo"
NAMESPACE = "argocd"
MISSING = "there is no Argo CD to run beside this node"
GROUP = "applications.argoproj.io"
WITHIN = 120  # seconds


class Argo:
    """Its Applications.

    Attributes:
        server: the cluster, as an Application names it.

    """

    def __init__(self, node: Node, server: str) -> None:
        self._node, self.server = node, server

    def application(self, file: str, *, of: GitFolder, path: str, namespace: str = "", **helm: Any) -> Json:
        """One of the examples', led to another repository; `helm` are values of a chart."""
        found: Json = yaml.safe_load((FOLDER / file).read_text("utf-8"))
        source = {"repoURL": of.url, "targetRevision": "main", "path": path}
        found["spec"]["source"] = source | ({"helm": {"valuesObject": helm}} if helm else {})
        found["spec"]["destination"] = {"server": self.server, "namespace": namespace or NAMESPACE}
        return found

    def apply(self, *documents: Json) -> None:
        """Into its namespace."""
        self._node.apply(*documents, namespace=NAMESPACE)

    def get(self, name: str) -> Json:
        """An Application; empty where there is none."""
        return self._all().get(name, {})

    def standings(self) -> Mapping[str, tuple[str, str]]:
        """Sync and health of all; raises httpx.HTTPError."""
        return {name: _standing(one) for name, one in self._all().items()}

    def standing(self, name: str) -> tuple[str, str]:
        """Sync and health of one."""
        return self.standings().get(name, ("", ""))

    def synced(self, name: str) -> list[int]:
        """The numbers of its syncs."""
        return [one["id"] for one in self.get(name).get("status", {}).get("history", ())]

    def is_at(self, name: str, revision: str) -> bool:
        """Whether it has synced a commit, and all is well."""
        found = self.get(name).get("status", {}).get("sync", {}).get("revision")
        return found == revision and self.standing(name) == ("Synced", "Healthy")

    def refresh(self, *names: str) -> None:
        """Look at Git now, as a webhook would ask it to."""
        for name in names:
            note = "argocd.argoproj.io/refresh=normal"
            self._node.kubectl("annotate", GROUP, name, "--namespace", NAMESPACE, "--overwrite", note)

    def _all(self) -> Mapping[str, Json]:
        items = self._node.read(f"/apis/argoproj.io/v1alpha1/namespaces/{NAMESPACE}/applications")["items"]
        return {one["metadata"]["name"]: one for one in items}


def _standing(application: Json) -> tuple[str, str]:
    status = application.get("status", {})
    return status.get("sync", {}).get("status", ""), status.get("health", {}).get("status", "")


def possible(node: Node) -> bool:
    """Whether there is one to run beside this node."""
    return os.access(PROGRAM, os.X_OK) and isinstance(node.backend, Local)


def clear(node: Node) -> None:
    """End the one of a run that was broken off: it would bring back whatever is taken away."""
    if not possible(node):
        return
    if not node.backend.stays or node.try_kubectl("get", "namespace", GIT_NAMESPACE).returncode == 0:
        _end(node)


@contextmanager
def serving(node: Node) -> Iterator[Argo]:
    """Argo CD until the end of the block. Its Applications go with their kinds, and leave what they have brought."""
    node.kubectl("apply", "--server-side", *_kinds())
    until("Argo CD's kinds are served", lambda: not node.try_kubectl("get", GROUP).returncode)
    server = _run("up").split()[-1]  # fails where somebody's own runs, which goes on
    try:
        node.kubectl("apply", "--server-side", "--field-manager=tradepods", "--filename", str(PATCH))
        yield Argo(node, server)
    finally:
        _end(node)


def _end(node: Node) -> None:
    _run("down")
    if node.backend.stays:
        node.kubectl("delete", "namespace", NAMESPACE, "--ignore-not-found", within=WITHIN)
        node.kubectl("delete", "--ignore-not-found", *_kinds(), within=WITHIN)


def _kinds() -> Iterator[str]:
    return (f"--filename={file}" for file in (PROGRAM.parent / "argocd").glob("*-crd.yaml"))


def _run(command: str) -> str:
    done = subprocess.run(
        [str(PROGRAM), command], capture_output=True, text=True, timeout=WITHIN, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
