"""`kubectl tradepods`: the command as kubectl finds and starts it."""

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from support.cluster import Cluster
from support.commanding import Person
from support.operated import account
from support.operating import Hands
from tradepods_operator.ports import ACCOUNT

PROGRAM = "import sys; from tradepods_cli.main import kubectl_plugin; sys.exit(kubectl_plugin())"


@pytest.fixture
def environment(cluster: Cluster, client: httpx.Client, namespace: str, tmp_path: Path) -> dict[str, str]:
    """A person's, with the plugin in the PATH and an account in the namespace of their kubeconfig."""
    Hands(client, namespace).create(ACCOUNT, account())
    plugin = tmp_path / "kubectl-tradepods"
    plugin.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{PROGRAM}" "$@"\n', "utf-8")
    plugin.chmod(0o755)
    config = Person(cluster, tmp_path, namespace=namespace).kubeconfig
    own = {"HOME": str(tmp_path), "KUBECONFIG": str(config), "COLUMNS": "80"}
    return {**os.environ, **own, "PATH": f"{tmp_path}:{os.environ['PATH']}"}


def _says(cluster: Cluster, environment: dict[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [str(cluster.programs / "kubectl"), "tradepods", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environment)


def test_kubectl_starts_it_for_the_cluster_of_its_own_kubeconfig(cluster: Cluster, environment: dict[str, str]) -> None:
    """No option is needed; nothing is wider than a terminal, nor coloured where there is none."""
    listed = _says(cluster, environment, "account", "list")
    assert listed.returncode == 0, listed.stderr
    assert [line.split()[0] for line in listed.stdout.splitlines()] == ["account", "alice"]
    assert "\x1b" not in listed.stdout + listed.stderr
    found = _says(cluster, environment, "doctor")
    assert found.returncode == 1
    assert "alice: NotLookedAt" in found.stdout
    assert max(map(len, found.stdout.splitlines())) <= 80


def test_its_help_names_it_as_one_types_it(cluster: Cluster, environment: dict[str, str]) -> None:
    """`kubectl tradepods`, not the name of a file."""
    assert "Usage: kubectl tradepods account list" in _says(cluster, environment, "account", "list", "--help").stdout
