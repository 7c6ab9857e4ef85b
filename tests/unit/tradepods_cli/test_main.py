"""The command itself: its version, its groups, its exit codes for wrong use."""

import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tradepods_cli.cluster.options import PLUGIN
from tradepods_cli.main import app, kubectl_plugin


def test_the_version_is_the_packages() -> None:
    """And nothing else is done."""
    result = CliRunner().invoke(app, ["--version"])

    assert (result.exit_code, result.stdout) == (0, f"tradepods {version('tradepods')}\n")


@pytest.mark.parametrize("name", ["demo", "up", "strategy", "doctor"])
def test_every_group_is_in_the_help(name: str) -> None:
    """A person finds it without reading the source."""
    result = CliRunner().invoke(app, ["--help"])

    assert result.exit_code == 0
    assert name in result.stdout


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["--nonsense"], ["up"], ["strategy", "validate"], ["demo", "--hours", "0"]]
)
def test_wrong_use_ends_with_code_2(arguments: list[str]) -> None:
    """Before anything is started."""
    assert CliRunner().invoke(app, arguments).exit_code == 2


def test_nobody_waits_for_a_cluster_who_does_not_ask_for_one() -> None:
    """The client's library takes half a second to load: only a command that asks a cluster loads it."""
    look = "import sys, tradepods_cli.main; print('kubernetes' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, timeout=60, check=True)

    assert done.stdout.strip() == "False"


def test_kubectl_finds_the_plugin() -> None:
    """By the name of a program, which is this function."""
    scripts = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text("utf-8"))["project"]["scripts"]

    assert scripts["kubectl-tradepods"] == f"{kubectl_plugin.__module__}:{kubectl_plugin.__name__}"


@pytest.mark.parametrize("command", [["list"], ["status", "alice"], ["pause", "alice"]])
def test_the_plugin_never_means_a_run_on_this_machine(command: list[str]) -> None:
    """Without any option it asks the kubeconfig's cluster; `tradepods account pause` wants one named."""
    environment = {"KUBECONFIG": "/nowhere"}
    result = CliRunner().invoke(app, ["account", *command], obj=PLUGIN, env=environment)

    assert result.exit_code == 2
    assert "there is none at KUBECONFIG=/nowhere" in result.stderr


def test_a_pause_names_its_cluster() -> None:
    """A current context may be anybody's: money isn't stopped, or let go, by what happens to be set."""
    result = CliRunner().invoke(app, ["account", "resume", "alice"])

    assert result.exit_code == 2
    assert "cluster: name it by --cluster or --context" in result.stderr
