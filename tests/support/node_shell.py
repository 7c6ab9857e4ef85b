"""Programs that the tests start for their node, from the repository's folder."""

import subprocess
from collections.abc import Mapping

from support.cluster_assets import ROOT

WITHIN = 600  # seconds for a build


def run(*command: str, given: str | None = None, environment: Mapping[str, str] | None = None) -> str:
    """What it prints; a failure says why."""
    done = subprocess.run(
        command, input=given, capture_output=True, text=True, timeout=WITHIN, check=False, cwd=ROOT, env=environment
    )
    assert done.returncode == 0, f"{' '.join(command)}: {(done.stderr or done.stdout)[-3000:]}"
    return done.stdout


def failed(*command: str, environment: Mapping[str, str] | None = None) -> bool:
    """Whether it says no."""
    return bool(subprocess.run(command, capture_output=True, check=False, timeout=30, env=environment).returncode)
