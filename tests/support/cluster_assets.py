"""Where the programs of the cluster tests are: a real API server's, as envtest has them, and who speaks to it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "kube" / "cluster"
NEEDED = ("etcd", "kube-apiserver", "kubectl")
BESIDE = ("helm", "argocd")


def assets() -> Path | None:
    """The first folder that holds all of them; None where there is none."""
    return next((folder for folder in _places() if _complete(folder)), None)


def program(name: str) -> str | None:
    """Where a program of a cluster is: beside the API server, else in PATH; None where there is none."""
    folder = assets()
    return shutil.which(name, path=str(folder) if folder else "") or shutil.which(name)


def skip() -> NoReturn:
    """End a test that lacks a program; in the same words for whichever, so that all such tests are told as one."""
    absent = [*(NEEDED if assets() is None else ()), *(name for name in BESIDE if program(name) is None)]
    pytest.skip(
        f"there is no {', '.join(absent)}: make kube-assets builds an API server (once, some minutes), "
        f"KUBEBUILDER_ASSETS names a folder with all of them; {' and '.join(BESIDE)} may be in PATH"
    )


def _places() -> Iterator[Path]:
    """The caller's own, this machine's, `setup-envtest`'s store (its newest), what `make kube-assets` has built."""
    if own := os.environ.get("KUBEBUILDER_ASSETS"):
        yield Path(own)
    if os.access(SHARED, os.X_OK):
        done = subprocess.run([str(SHARED), "assets"], capture_output=True, text=True, check=False)
        yield from map(Path, done.stdout.split()[-1:])
    data = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    yield from _newest_first((data / "kubebuilder-envtest" / "k8s").glob("*"))
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    yield from _newest_first((cache / "tradepods" / "kube-assets").glob("*"))


def _newest_first(folders: Iterator[Path]) -> list[Path]:
    """By version: 1.35 comes after 1.9."""
    return sorted(folders, key=_version, reverse=True)


def _version(folder: Path) -> tuple[int, ...]:
    parts = folder.name.removeprefix("v").partition("-")[0].split(".")
    return tuple(int(part) for part in parts if part.isdigit())


def _complete(folder: Path) -> bool:
    return all(os.access(folder / name, os.X_OK) for name in NEEDED)


if __name__ == "__main__":
    found = assets()
    sys.stdout.write(f"{found or 'no kube-apiserver on this machine'}\n")
    sys.exit(found is None)
