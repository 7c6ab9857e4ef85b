"""Where real pods may run: a cluster that the caller names, kind where Docker runs, else this machine's own node."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from support.cluster_assets import program
from support.node import COMPONENTS, Backend, Node, Say, timed
from support.node_access import proxied
from support.node_images import content, dockerfile, old, renamed
from support.node_local import Local, possible
from support.node_shell import failed, run

CLUSTER = "tradepods-e2e"


def choose(*, say: Say) -> Backend | None:
    """The caller's own first: whoever names a cluster means it; None where there is none at all."""
    if kubeconfig := os.environ.get("TRADEPODS_E2E_KUBECONFIG"):
        return Given(Path(kubeconfig), os.environ.get("TRADEPODS_E2E_IMAGES", ""))
    if shutil.which("kind") and _docker_runs():
        return Kind()
    if possible():
        return Local(say=say)
    return None


def _docker_runs() -> bool:
    docker = shutil.which("docker")
    return docker is not None and not failed(docker, "info")


@contextmanager
def running(backend: Backend, *, say: Say) -> Iterator[Node]:
    """The node until the end of the block; skips where kubectl or helm is missing."""
    found = {name: program(name) for name in ("kubectl", "helm")}
    if missing := [name for name, place in found.items() if place is None]:
        pytest.skip(f"{' and '.join(missing)} is not in PATH")
    try:
        with timed(f"node ({backend.name})", say=say):
            kubeconfig = backend.start()
        kubectl, helm = map(str, found.values())
        with proxied([kubectl, f"--kubeconfig={kubeconfig}"]) as api:
            yield Node(backend=backend, kubeconfig=kubeconfig, api=api, kubectl_program=kubectl, helm_program=helm)
    finally:
        with timed("end of the node", say=say):
            backend.stop()


class Given:
    """A cluster of the caller's, with dynamic volumes, whose images are in a registry."""

    name, stays = "the cluster of TRADEPODS_E2E_KUBECONFIG", True

    def __init__(self, kubeconfig: Path, images: str) -> None:
        self._kubeconfig = kubeconfig
        self.registry, _, self._tag = images.rpartition(":")
        assert self.registry, "TRADEPODS_E2E_IMAGES: write REGISTRY:TAG, under which all four images are"

    def start(self) -> Path:
        """It runs already."""
        return self._kubeconfig

    def stop(self) -> None:
        """It goes on."""

    def image(self, component: str, *, variant: str = "") -> str:
        """The caller's tag, under which a variant has to be too: TAG-next of the operator."""
        assert component in COMPONENTS
        return f"{self._tag}-{variant}" if variant else self._tag

    def forget(self, tags: Mapping[str, str]) -> None:
        """They are the caller's."""


class Kind:
    """A cluster in Docker."""

    name, registry, stays = "kind", "localhost", False

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="tradepods-e2e-"))

    def start(self) -> Path:
        """A fresh one, also after a run that was broken off; its provisioner makes volumes."""
        run("kind", "delete", "cluster", "--name", CLUSTER)
        kubeconfig = self._folder / "kubeconfig"
        run("kind", "create", "cluster", "--name", CLUSTER, "--kubeconfig", str(kubeconfig), "--wait", "120s")
        return kubeconfig

    def stop(self) -> None:
        """With all that ran in it."""
        run("kind", "delete", "cluster", "--name", CLUSTER)
        shutil.rmtree(self._folder)

    def image(self, component: str, *, variant: str = "") -> str:
        """Built by Docker, whose cache makes a second run quick."""
        tag = content(component)
        reference = f"{self.registry}/tradepods-{component}:{tag}"
        run("docker", "build", "--tag", reference, "--file", dockerfile(component), ".")
        if variant:
            with renamed(reference, variant) as file:
                tag, reference = f"{tag}-{variant}", f"{reference}-{variant}"
                run("docker", "build", "--tag", reference, "--file", str(file), str(file.parent))
        run("kind", "load", "docker-image", reference, "--name", CLUSTER)
        return tag

    def forget(self, tags: Mapping[str, str]) -> None:
        """Docker keeps the layers that it can use again."""
        built = run("docker", "image", "ls", "--format={{.Repository}}:{{.Tag}}").split()
        if gone := old(built, self.registry, tags):
            run("docker", "image", "rm", *gone)
