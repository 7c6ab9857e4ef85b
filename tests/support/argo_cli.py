"""Argo CD's own command, asked without a cluster what it makes of an object by the ConfigMap that we give people."""

import os
import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from support.argo_customizations import PATCH
from support.cluster_assets import program, skip

WITHIN = 60.0  # seconds
SHOW = '#!/bin/sh\ncat "$2"\n'  # stands for `diff LIVE TARGET`: the whole target instead


@cache
def argocd() -> str:
    """The command; skips where there is none."""
    return program("argocd") or skip()


def health(document: Path) -> tuple[str, str]:
    """Status and message."""
    found = re.fullmatch(r"STATUS: (\w+)\nMESSAGE: (.*)\n", _asked("health", str(document)))
    assert found is not None
    return found[1], found[2]


def actions(document: Path) -> dict[str, bool]:
    """Whether each is disabled."""
    rows = [line.split() for line in _asked("list-actions", str(document)).splitlines()[1:]]
    return {name: disabled == "true" for name, disabled in rows}


def after(document: Path, action: str, *, folder: Path) -> Any:
    """The object as an action leaves it."""
    show = folder / "show"
    show.write_text(SHOW, "utf-8")
    show.chmod(0o755)
    said = _asked("run-action", str(document), action, KUBECTL_EXTERNAL_DIFF=str(show))
    _, _, text = said.partition("Following fields have been changed:\n\n")
    return yaml.safe_load(text)


def _asked(*question: str, **environment: str) -> str:
    command = [argocd(), "admin", "settings", "resource-overrides", *question, "--argocd-cm-path", str(PATCH)]
    given = {**os.environ, **environment}
    done = subprocess.run(command, capture_output=True, text=True, timeout=WITHIN, check=False, env=given)
    assert done.returncode == 0, done.stderr
    return done.stdout
