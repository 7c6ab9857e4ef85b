"""The four images: what they are made of, and their tags, which name just that."""

import hashlib
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from support.cluster_assets import ROOT
from support.node import COMPONENTS, Backend, Say, timed

AT_ONCE = 2  # builds: a third one would only wait for a processor
ROOMS = {"operator": "operator", "signals": "signal_service", "simulator": "simulator", "worker": "worker"}
SLOWEST_FIRST = ("signals", "worker", "operator", "simulator")


def dockerfile(component: str) -> str:
    """Its name in the repository."""
    return f"Dockerfile.{component}"


def content(component: str) -> str:
    """A tag that changes with whatever the image is made of."""
    found = hashlib.sha256()
    for file in _made_of(component):
        found.update(f"{file.relative_to(ROOT)} {file.stat().st_size}\n".encode())
        found.update(file.read_bytes())
    return f"e2e-{found.hexdigest()[:12]}"


def _made_of(component: str) -> Iterator[Path]:
    room = ROOMS[component]
    yield from (ROOT / dockerfile(component), ROOT / ".dockerignore", ROOT / "requirements" / f"{component}.txt")
    for folder in (ROOT / "core" / "tradepods_core", ROOT / room / f"tradepods_{component}"):
        yield from sorted(file for file in folder.rglob("*") if file.is_file() and "__pycache__" not in file.parts)


def build(backend: Backend, *, say: Say) -> dict[str, str]:
    """All of them, side by side; tags by component."""

    def one(component: str) -> str:
        with timed(f"image {component}", say=say):
            return backend.image(component)

    assert set(SLOWEST_FIRST) == set(COMPONENTS)
    with ThreadPoolExecutor(AT_ONCE) as builders:
        tags = dict(zip(SLOWEST_FIRST, builders.map(one, SLOWEST_FIRST), strict=True))
    backend.forget(tags)
    return tags


def old(references: Iterable[str], registry: str, tags: Mapping[str, str]) -> list[str]:
    """Those of our four images that are of an earlier run; variants are made anew each time."""
    ours = tuple(f"{registry}/tradepods-{component}:" for component in COMPONENTS)
    kept = {f"{registry}/tradepods-{component}:{tag}" for component, tag in tags.items()}
    return sorted(one for one in references if one.startswith(ours) and one not in kept)


@contextmanager
def renamed(reference: str, variant: str) -> Iterator[Path]:
    """The folder and Dockerfile of an image that differs from another one by a label."""
    with tempfile.TemporaryDirectory(prefix="tradepods-e2e-") as folder:
        (file := Path(folder) / "Dockerfile").write_text(f"FROM {reference}\nLABEL variant={variant}\n", "utf-8")
        yield file
