"""A demo day that has run."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tradepods_cli.local.demo import Seen

MARKER = "marked-secret-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A demo that has run: where it wrote, its report, what was shown meanwhile."""

    output: Path
    report: dict[str, Any]
    shown: tuple[Seen, ...]
    recorded: bool
