"""Errors become one readable line and an exit code; nothing else of an exception reaches the person."""

import contextlib
import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import typer
from rich.console import Console

from tradepods_core.errors import Invalid, TradepodsError

Given = ParamSpec("Given")
Result = TypeVar("Result")
OK, FAILED, INVALID, INTERRUPTED = 0, 1, 2, 130
console = Console()
wide = Console(width=1_000)  # for tables whose rows are lines however narrow the terminal: half a name is none
stderr = Console(stderr=True, soft_wrap=True)


def readable(command: Callable[Given, Result]) -> Callable[Given, Result]:
    """Make a command end with a line and a code: 2 for what a person wrote wrong, 1 for what went wrong."""

    @functools.wraps(command)
    def wrapped(*args: Given.args, **kwargs: Given.kwargs) -> Result:
        try:
            return command(*args, **kwargs)
        except Invalid as error:
            for problem in error.problems:
                say_error(str(problem))
            raise typer.Exit(INVALID) from None
        except TradepodsError as error:
            say_error(str(error))
            raise typer.Exit(FAILED) from None
        except OSError as error:
            place = f"{error.filename}: " if error.filename else ""
            say_error(f"{place}{error.strerror or error}")
            raise typer.Exit(FAILED) from None
        except KeyboardInterrupt:
            raise typer.Exit(INTERRUPTED) from None

    return wrapped


def say_error(text: str) -> None:
    """One line on standard error; its text is shown as it is, without markup. A closed terminal hears nothing."""
    _say("error:", "bold red", text)


def say_warning(text: str) -> None:
    """Likewise, of what does not end the command."""
    _say("warning:", "bold yellow", text)


def _say(what: str, style: str, text: str) -> None:
    with contextlib.suppress(OSError):
        stderr.print(what, style=style, end=" ")
        stderr.print(text, markup=False, highlight=False)
