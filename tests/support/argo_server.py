"""A real Argo CD beside the node: controller and repository server, taught by the ConfigMap that people apply."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import yaml

from support.argo_customizations import FOLDER, PATCH
from support.cluster_assets import ROOT, SHARED
from support.git_folder import GitFolder
from support.node import Json, Node, until

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
        everyone = self._node.read(f"/apis/argoproj.io/v1alpha1/namespaces/{NAMESPACE}/applications")["items"]
        return next((one for one in everyone if one["metadata"]["name"] == name), {})

    def standing(self, name: str) -> tuple[str, str]:
        """Sync and health."""
        status = self.get(name).get("status", {})
        return status.get("sync", {}).get("status", ""), status.get("health", {}).get("status", "")

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

    def delete(self, name: str, *, cascade: bool = False) -> None:
        """An Application; with all that it brought, where that is wanted."""
        if cascade and self.get(name):
            body = '{"metadata": {"finalizers": ["resources-finalizer.argocd.argoproj.io"]}}'
            self._node.kubectl("patch", GROUP, name, "--namespace", NAMESPACE, "--type=merge", "--patch", body)
        self._node.kubectl("delete", GROUP, name, "--namespace", NAMESPACE, "--ignore-not-found", within=WITHIN)


@contextmanager
def serving(node: Node) -> Iterator[Argo]:
    """Argo CD until the end of the block; its namespace and kinds go with it."""
    kinds = [f"--filename={file}" for file in (PROGRAM.parent / "argocd").glob("*-crd.yaml")]
    try:
        node.kubectl("apply", "--server-side", *kinds)
        until("Argo CD's kinds are served", lambda: not node.try_kubectl("get", GROUP).returncode)
        server = _run("up").split()[-1]
        node.kubectl("apply", "--server-side", "--field-manager=tradepods", "--filename", str(PATCH))
        yield Argo(node, server)
    finally:
        _run("down")
        node.kubectl("delete", "namespace", NAMESPACE, "--ignore-not-found", within=WITHIN)
        node.kubectl("delete", "--ignore-not-found", *kinds, within=WITHIN)


def _run(command: str) -> str:
    done = subprocess.run(
        [str(PROGRAM), command], capture_output=True, text=True, timeout=WITHIN, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
