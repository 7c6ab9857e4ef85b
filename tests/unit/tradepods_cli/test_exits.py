"""Errors become one readable line and an exit code."""

import pytest
import typer

from tradepods_cli.exits import readable, say_error
from tradepods_core.errors import Invalid, Permanent, Problem, Temporary

PROBLEMS = [Problem(field="spec.a", value="1", fix="write 2"), Problem(field="spec.b", value="", fix="is required")]


def _code(error: BaseException) -> int:
    @readable
    def command() -> None:
        raise error

    with pytest.raises(typer.Exit) as caught:
        command()
    return caught.value.exit_code


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (Invalid(PROBLEMS), 2, "error: spec.a is 1: write 2\nerror: spec.b: is required\n"),
        (Permanent("no such file"), 1, "error: no such file\n"),
        (Temporary("no answer"), 1, "error: no answer\n"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_our_errors_end_with_a_line_and_a_code(
    capsys: pytest.CaptureFixture[str], error: BaseException, code: int, said: str
) -> None:
    """2 for what a person wrote wrong, 1 for what went wrong, 130 for Ctrl-C; nothing of a traceback."""
    assert _code(error) == code
    assert capsys.readouterr() == ("", said)


def test_a_mistake_of_ours_is_not_made_pretty() -> None:
    """Its traceback is what we need."""

    @readable
    def command() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        command()


def test_a_command_that_goes_well_gives_its_result() -> None:
    """Its arguments reach it, and its name stays."""

    @readable
    def command(number: int, *, times: int) -> int:
        return number * times

    assert command(3, times=2) == 6
    assert command.__name__ == "command"


def test_an_error_is_one_line_whatever_is_in_it(capsys: pytest.CaptureFixture[str]) -> None:
    """Neither broken at the terminal's width, nor read as markup."""
    text = "[red]" + "x" * 300
    say_error(text)

    assert capsys.readouterr().err == f"error: {text}\n"
