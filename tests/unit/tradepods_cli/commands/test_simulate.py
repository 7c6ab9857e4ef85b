"""`tradepods simulate`: the simulators' own command line, under the command's name."""

from collections.abc import Iterator

import pytest
import structlog
from typer.testing import CliRunner

from tradepods_cli.main import app


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """The simulator sets its log up for a process of its own."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([], 0, "usage: tradepods simulate"),
        (["exchange", "--help"], 0, "--limits"),
        (["telegram", "--help"], 0, "--transcript"),
        (["exchange", "--accounts", "x", "--port", "99999"], 2, "99999 is no port: write a number from 0 to 65535"),
        (["exchange", "--accounts", "x", "--hours", "0"], 2, "0 is no number of at least 1"),
        (["exchange", "--accounts", "x", "--pace", "nan"], 2, "nan is no number of seconds"),
        (["exchange", "--accounts", "/nope"], 3, "can't read /nope"),
    ],
)
def test_arguments_go_to_the_simulator_and_its_words_come_back(
    arguments: list[str], code: int, said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Help and errors alike."""
    result = CliRunner().invoke(app, ["simulate", *arguments])
    shown = result.output + "".join(capfd.readouterr())

    assert result.exit_code == code
    assert said in shown
