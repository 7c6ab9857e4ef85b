"""The four images: what they are made of, and their tags, which name just that."""

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
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
        return dict(zip(SLOWEST_FIRST, builders.map(one, SLOWEST_FIRST), strict=True))
