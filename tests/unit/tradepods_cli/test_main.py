"""The command itself: its version, its groups, its exit codes for wrong use."""

from importlib.metadata import version

import pytest
from typer.testing import CliRunner

from tradepods_cli.main import app


def test_the_version_is_the_packages() -> None:
    """And nothing else is done."""
    result = CliRunner().invoke(app, ["--version"])

    assert (result.exit_code, result.stdout) == (0, f"tradepods {version('tradepods')}\n")


@pytest.mark.parametrize("name", ["demo", "up", "strategy"])
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
