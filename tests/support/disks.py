"""Disks that are really full, really read-only, and ledgers that another program really holds."""

import os
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

SIZE = "8m"


class SmallDisk:
    """A file system of its own, in memory."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        """Not one byte is left."""
        with self._ballast.open("wb", buffering=0) as file:
            for size in (65_536, 4_096, 1):
                _fill(file.fileno(), size)

    def empty(self) -> None:
        """There is room again."""
        self._ballast.unlink(missing_ok=True)

    @contextmanager
    def full(self) -> Iterator[None]:
        """Not one byte is left meanwhile."""
        self.fill()
        yield
        self.empty()

    @contextmanager
    def read_only(self) -> Iterator[None]:
        """Nothing on it can be written meanwhile."""
        _mounted(["mount", "-o", "remount,ro", str(self.folder)])
        yield
        _mounted(["mount", "-o", "remount,rw", str(self.folder)])


def _fill(descriptor: int, size: int) -> None:
    try:
        while os.write(descriptor, bytes(size)):
            pass
    except OSError:
        return


@contextmanager
def small_disk(folder: Path) -> Iterator[SmallDisk]:
    """Mounted on a folder of a test; skips where mounting is not permitted."""
    folder.mkdir()
    _mounted(["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=700", "tmpfs", str(folder)])
    try:
        yield SmallDisk(folder)
    finally:
        _unmounted(folder)


@contextmanager
def read_only(file: Path) -> Iterator[None]:
    """Who opens the file can't write it, not even root."""
    _mounted(["mount", "--bind", "-o", "ro", str(file), str(file)])
    try:
        yield
    finally:
        _unmounted(file)


def _mounted(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"mounting is not permitted here: {done.stderr.strip()}")


def _unmounted(place: Path) -> None:
    subprocess.run(["umount", "--lazy", str(place)], check=True)  # noqa: S607 - where it is differs


@contextmanager
def held(file: Path) -> Iterator[None]:
    """Another program holds the ledger and does not let anybody write."""
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")
