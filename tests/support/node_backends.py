"""Where real pods may run: a cluster that the caller names, kind where Docker runs, else this machine's own node."""

import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from support.cluster_assets import ROOT, SHARED
from support.node import COMPONENTS, Backend, Json, Node, Say, program, timed
from support.node_access import proxied
from support.node_images import content, dockerfile

CLUSTER = "tradepods-e2e"
CLAIMS = {"ReadWriteOnce": 4, "ReadWriteOncePod": 24}  # volumes that are made beforehand, by how they are claimed
MADE_BY = "tradepods.dev/e2e-run"
WITHIN = 600  # seconds for a build


def choose(*, say: Say) -> Backend | None:
    """The caller's own first: whoever names a cluster means it; None where there is none at all."""
    if kubeconfig := os.environ.get("TRADEPODS_E2E_KUBECONFIG"):
        return Given(Path(kubeconfig), os.environ.get("TRADEPODS_E2E_IMAGES", ""))
    if shutil.which("kind") and _docker_runs():
        return Kind()
    if os.access(SHARED, os.X_OK) and os.geteuid() == 0:
        return Local(say=say)
    return None


def _docker_runs() -> bool:
    docker = shutil.which("docker")
    return docker is not None and not _failed(docker, "info")


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

    name = "the cluster of TRADEPODS_E2E_KUBECONFIG"

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


class Kind:
    """A cluster in Docker."""

    name, registry = "kind", "localhost"

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="tradepods-e2e-"))

    def start(self) -> Path:
        """A fresh one: its provisioner makes volumes."""
        kubeconfig = self._folder / "kubeconfig"
        _run("kind", "create", "cluster", "--name", CLUSTER, "--kubeconfig", str(kubeconfig), "--wait", "120s")
        return kubeconfig

    def stop(self) -> None:
        """With all that ran in it."""
        _run("kind", "delete", "cluster", "--name", CLUSTER)
        shutil.rmtree(self._folder)

    def image(self, component: str, *, variant: str = "") -> str:
        """Built by Docker, whose cache makes a second run quick."""
        tag = "-".join(filter(None, (content(component), variant)))
        reference = f"{self.registry}/tradepods-{component}:{tag}"
        named = ["--tag", reference, "--label", f"variant={variant}"]
        _run("docker", "build", *named, "--file", dockerfile(component), ".")
        _run("kind", "load", "docker-image", reference, "--name", CLUSTER)
        return tag


class Local:
    """One node on this machine, without Docker; one that runs already is used, and goes on."""

    name, registry = "containerd on this machine", "localhost"
    base = "localhost/python:3.11"

    def __init__(self, *, say: Say) -> None:
        self._say = say
        self._kubeconfig = Path(_run(str(SHARED), "kubeconfig").split()[-1])
        self._volumes: Path | None = None
        self._ours, self._one = False, threading.Lock()

    def start(self) -> Path:
        """With local volumes: nothing here makes them when they are claimed."""
        kubectl = [str(program("kubectl")), f"--kubeconfig={self._kubeconfig}"]
        if self._kubeconfig.exists() and not _failed(*kubectl, "get", "--raw=/readyz"):
            self._say("a node runs already: it is used, and goes on after the tests")
        else:
            self._ours = True
            _run(str(SHARED), "up")
        self._volumes = Path(tempfile.mkdtemp(prefix="tradepods-e2e-"))
        self._volumes.chmod(0o755)
        _run(*kubectl, "apply", "--filename=-", given=yaml.safe_dump_all(_volumes(self._volumes)))
        return self._kubeconfig

    def stop(self) -> None:
        """But for the images: the next run finds them."""
        if self._ours:
            _run(str(SHARED), "down", "--keep-images")
        elif self._volumes is not None:
            kubectl = [str(program("kubectl")), f"--kubeconfig={self._kubeconfig}"]
            _run(*kubectl, "delete", "persistentvolumes", f"--selector={MADE_BY}={os.getpid()}")
        if self._volumes is not None:
            shutil.rmtree(self._volumes)

    def image(self, component: str, *, variant: str = "") -> str:
        """Built by buildah; unchanged ones are in the node already."""
        tag = "-".join(filter(None, (content(component), variant)))
        reference = f"{self.registry}/tradepods-{component}:{tag}"
        if reference not in self._loaded():
            arguments = ["--layers", "--label", f"variant={variant}", "--build-arg", f"PYTHON_IMAGE={self.base}"]
            self._have_base()
            _run(str(SHARED), "build", reference, *arguments, "--file", dockerfile(component), ".")
        return tag

    def _have_base(self) -> None:
        """Made once: another one would be another base, on which nothing is cached."""
        with self._one:
            storage = {**os.environ, "CONTAINERS_STORAGE_CONF": str(self._kubeconfig.parent / "storage.conf")}
            builder = shutil.which("buildah")
            if builder is None or _failed(builder, "inspect", "--type=image", self.base, environment=storage):
                _run(str(SHARED), "base")

    def _loaded(self) -> set[str]:
        socket = self._kubeconfig.parent / "containerd.sock"
        return set(_run("ctr", "--address", str(socket), "--namespace", "k8s.io", "images", "ls", "--quiet").split())


def _volumes(folder: Path) -> list[Json]:
    made = []
    for mode, count in CLAIMS.items():
        for number in range(count):
            place = folder / f"{mode.lower()}-{number}"
            place.mkdir()
            here = {"key": "kubernetes.io/os", "operator": "In", "values": ["linux"]}  # the only node
            spec = {
                "capacity": {"storage": "10Gi"},
                "accessModes": [mode],
                "local": {"path": str(place)},
                "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [here]}]}},
            }
            about = {"name": f"{place.name}-{os.getpid()}", "labels": {MADE_BY: str(os.getpid())}}
            made.append({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": about, "spec": spec})
    return made


def _run(*command: str, given: str | None = None) -> str:
    done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=WITHIN, check=False, cwd=ROOT)
    assert done.returncode == 0, f"{' '.join(command)}: {(done.stderr or done.stdout)[-3000:]}"
    return done.stdout


def _failed(*command: str, environment: Mapping[str, str] | None = None) -> bool:
    return bool(subprocess.run(command, capture_output=True, check=False, timeout=30, env=environment).returncode)
