"""One node on this machine, without Docker: the one of ../shared/kube/cluster."""

import fcntl
import os
import re
import shutil
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

import yaml

from support.cluster_assets import SHARED, program
from support.node import Json, Say
from support.node_images import content, dockerfile, old, renamed
from support.node_shell import failed, run

CLAIMS = {"ReadWriteOnce": 8, "ReadWriteOncePod": 24}  # volumes that are made beforehand, by how they are claimed
MADE_BY = "tradepods.dev/e2e-run"
NET_ADMIN, SYS_ADMIN = 12, 21  # what root itself may lack, in a container


def possible() -> bool:
    """Whether this machine can be a node."""
    if sys.platform != "linux" or os.geteuid() != 0 or not os.access(SHARED, os.X_OK):
        return False
    found = re.search(r"^CapEff:\s*([0-9a-f]+)$", Path("/proc/self/status").read_text("utf-8"), re.MULTILINE)
    return found is not None and all(int(found[1], 16) >> right & 1 for right in (NET_ADMIN, SYS_ADMIN))


class Local:
    """The only one here: what a run of these tests has left is begun anew; somebody else's is used, and goes on."""

    name, registry = "containerd on this machine", "localhost"
    base = "localhost/python:3.11"

    def __init__(self, *, say: Say) -> None:
        self._say = say
        self._kubeconfig = Path(run(str(SHARED), "kubeconfig").split()[-1])
        self._state = self._kubeconfig.parent
        self._claim: TextIO | None = None
        self._volumes: Path | None = None
        self._ours, self._one = False, threading.Lock()

    @property
    def stays(self) -> bool:
        """One that ran before goes on."""
        return not self._ours

    def start(self) -> Path:
        """With local volumes: nothing here makes them when they are claimed."""
        self._begin()
        self._volumes = Path(tempfile.mkdtemp(prefix="tradepods-e2e-"))
        self._volumes.chmod(0o755)
        self._kubectl("delete", "persistentvolumes", f"--selector={MADE_BY}", "--wait=false")  # of a run broken off
        self._kubectl("apply", "--filename=-", given=yaml.safe_dump_all(_volumes(self._volumes)))
        return self._kubeconfig

    def stop(self) -> None:
        """But for the images: the next run finds them."""
        if self._claim is None:
            return
        if self._ours:
            self._end()
        elif self._volumes is not None:
            self._kubectl("delete", "persistentvolumes", f"--selector={MADE_BY}={os.getpid()}")
        if self._volumes is not None:
            shutil.rmtree(self._volumes)
        self._claim.close()

    def image(self, component: str, *, variant: str = "") -> str:
        """Built by buildah; unchanged ones are in the node already."""
        tag = content(component)
        reference = f"{self.registry}/tradepods-{component}:{tag}"
        if reference not in self._loaded():
            self._have_base()
            base = ("--build-arg", f"PYTHON_IMAGE={self.base}")
            run(str(SHARED), "build", reference, "--layers", *base, "--file", dockerfile(component), ".")
        if not variant:
            return tag
        with renamed(reference, variant) as file:
            run(str(SHARED), "build", f"{reference}-{variant}", "--file", str(file), str(file.parent))
        return f"{tag}-{variant}"

    def forget(self, tags: Mapping[str, str]) -> None:
        """Also the layers that nothing is made of any more: a run's are most of a gigabyte."""
        storage = self._storage()
        built = run("buildah", "images", "--format={{.Name}}:{{.Tag}}", environment=storage).split()
        if gone := old(built, self.registry, tags):
            run("buildah", "rmi", *gone, environment=storage)
        if gone := old(self._loaded(), self.registry, tags):
            self._ctr("images", "rm", *gone)
        if self._ours and (gone := self._nameless()):
            self._ctr("images", "rm", *gone)
            run("buildah", "rm", "--all", environment=storage)  # of builds that were broken off
            run("buildah", "rmi", "--prune", environment=storage)

    def _begin(self) -> None:
        """Whoever holds the claim has the node; what stands in it says whether these tests have started it."""
        self._claim = claim = self._state.with_name(f"{self._state.name}.e2e").open("a+")
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._claim = None
            raise AssertionError("another run has this machine's node: wait for its end") from None
        claim.seek(0)
        if claim.read():
            self._say("a run was broken off: its node is started anew")
            self._end()
        if self._kubeconfig.exists() and not failed(*self._command(), "get", "--raw=/readyz"):
            self._say("a node runs already: it is used, and goes on after the tests")
            return
        self._ours = True
        print("up", file=claim, flush=True)
        run(str(SHARED), "up")

    def _end(self) -> None:
        run(str(SHARED), "down", "--keep-images")
        if self._claim is not None:
            self._claim.truncate(0)

    def _have_base(self) -> None:
        """Made once: another one would be another base, on which nothing is cached."""
        with self._one:
            builder = shutil.which("buildah")
            if builder is None or failed(builder, "inspect", "--type=image", self.base, environment=self._storage()):
                run(str(SHARED), "base")

    def _storage(self) -> dict[str, str]:
        return {**os.environ, "CONTAINERS_STORAGE_CONF": str(self._state / "storage.conf")}

    def _loaded(self) -> dict[str, str]:
        """The digest of each by its name; the kubelet's runtime gives each another one, which begins with sha256."""
        rows = (row.split() for row in self._ctr("images", "ls").splitlines()[1:])
        return {name: digest for name, _, digest, *_ in rows}

    def _nameless(self) -> list[str]:
        """Second names of images whose first is gone: they alone would keep them."""
        loaded = self._loaded()
        named = {digest for name, digest in loaded.items() if not name.startswith("sha256:")}
        return [name for name, digest in loaded.items() if digest not in named]

    def _ctr(self, *arguments: str) -> str:
        return run("ctr", "--address", str(self._state / "containerd.sock"), "--namespace", "k8s.io", *arguments)

    def _command(self) -> list[str]:
        return [str(program("kubectl")), f"--kubeconfig={self._kubeconfig}"]

    def _kubectl(self, *arguments: str, given: str | None = None) -> None:
        run(*self._command(), *arguments, given=given)


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
