"""A demo day that has run, and the command that runs one."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tradepods_cli.local.demo import Seen

MARKER = "marked-secret-"
WITHIN = 240.0  # seconds: a deadline, never a wait


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A demo that has run: where it wrote, its report, what was shown meanwhile."""

    output: Path
    report: dict[str, Any]
    shown: tuple[Seen, ...]
    recorded: bool


def command(*arguments: str, folder: Path | None = None, **variables: str) -> "subprocess.CompletedProcess[str]":
    """`tradepods demo` in a process of its own, in this folder and with these variables of its environment."""
    return subprocess.run(
        [sys.executable, "-m", "tradepods_cli", "demo", *arguments],
        cwd=folder,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=WITHIN,
        check=False,
    )
