"""The `tradepods` command against a real API server, as a person runs it: a process, or within the test."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from typer.testing import CliRunner, Result

from support.cluster import TOKEN, Cluster
from tradepods_cli.main import app

WIDE = {"COLUMNS": "400", "KUBECONFIG": "/nonexistent"}


class Person:
    """Somebody at a terminal, with a kubeconfig of their own.

    Attributes:
        kubeconfig: its context `test` names the namespace; acts as `user` where one is named.

    """

    def __init__(
        self,
        cluster: Cluster,
        folder: Path,
        *,
        namespace: str = "default",
        user: str = "",
        groups: Sequence[str] = (),
        token: str = TOKEN,
    ) -> None:
        config: dict[str, Any] = cluster.config_of(token)
        config["contexts"][0]["context"]["namespace"] = namespace
        if user:
            config["users"][0]["user"] |= {"as": user, "as-groups": list(groups)}
        self.kubeconfig = folder / f"{user or 'admin'}.kubeconfig"
        self.kubeconfig.write_text(yaml.safe_dump(config), "utf-8")

    def says(self, *arguments: str, **terms: Any) -> Result:
        """What the command answers; nothing of the token may be in it."""
        command = [*arguments, "--kubeconfig", str(self.kubeconfig)]
        found: Result = CliRunner().invoke(app, command, env=WIDE, **terms)
        assert TOKEN not in found.output
        assert "Traceback" not in found.output
        assert found.exception is None or isinstance(found.exception, SystemExit), found.exception
        return found

    def starts(self, *arguments: str) -> "subprocess.Popen[str]":
        """The command as a process, for what takes its time."""
        command = [sys.executable, "-m", "tradepods_cli", *arguments, "--kubeconfig", str(self.kubeconfig)]
        return subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **WIDE}
        )
