"""A Git repository on this machine: what a fleet's people commit to."""

import os
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

WHO = {"GIT_AUTHOR_NAME": "test", "GIT_AUTHOR_EMAIL": "test@example.com", "GIT_CONFIG_GLOBAL": os.devnull}
COMMITTER = {"GIT_COMMITTER_NAME": "test", "GIT_COMMITTER_EMAIL": "test@example.com"}


class GitFolder:
    """Its working tree; every change is a commit on main."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        self._git("init", "--quiet", "--initial-branch=main")

    @property
    def url(self) -> str:
        """As a tool on this machine clones it."""
        return f"file://{self.folder}"

    def write(self, path: str, documents: Iterable[Mapping[str, Any]]) -> None:
        """A file of manifests, committed."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(yaml.safe_dump_all(map(dict, documents)), "utf-8")
        self.commit(f"Write {path}")

    def remove(self, path: str) -> None:
        """It is in Git no longer."""
        (self.folder / path).unlink()
        self.commit(f"Remove {path}")

    def commit(self, why: str) -> None:
        """All that has changed."""
        self._git("add", "--all")
        self._git("commit", "--quiet", "--message", why)

    def head(self) -> str:
        """The newest commit."""
        return self._git("rev-parse", "HEAD").strip()

    def _git(self, *arguments: str) -> str:
        command = ["git", "-C", str(self.folder), *arguments]
        given = {**os.environ, **WHO, **COMMITTER}
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60, env=given).stdout
