"""Questions to the person at the terminal; without one, what is missing is named by its option."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import typer

from tradepods_cli.exits import say_error
from tradepods_core.errors import Invalid, Problem, TradepodsError

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Asking:
    """How to get what no option gave; `asks` where there is somebody to ask."""

    asks: bool

    def text(self, question: str, *, flag: str, default: str = "") -> str:
        """One line; raises Invalid that names the option where nobody can be asked."""
        self._need(flag)
        answer: str = typer.prompt(question, default=default, show_default=bool(default))
        return answer.strip()

    def hidden(self, question: str, *, flag: str) -> str:
        """One line that is not shown as it is typed; may be empty."""
        self._need(flag)
        answer: str = typer.prompt(question, default="", show_default=False, hide_input=True)
        return answer.strip()

    def choice(self, question: str, options: Sequence[str], *, flag: str, default: str) -> str:
        """One of the options; asked again until it is one."""
        while True:
            answer = self.text(f"{question} ({', '.join(options)})", flag=flag, default=default)
            if answer in options:
                return answer
            say_error(f"write one of {', '.join(options)}")

    def agree(self, question: str, *, usually: bool = True) -> bool:
        """A yes or no, `usually` if only Enter is pressed; the usual one where nobody can be asked."""
        return typer.confirm(question, default=usually) if self.asks else usually

    def again(self, attempt: Callable[[], Result]) -> Result:
        """What an attempt gives, made again after an error for as long as the person wants."""
        while True:
            try:
                return attempt()
            except TradepodsError as error:
                if not self.asks:
                    raise
                say_error(str(error))
                if not typer.confirm("Try again?", default=True):
                    raise typer.Exit(1) from None

    def _need(self, flag: str) -> None:
        if not self.asks:
            raise missing(flag)


def missing(flag: str) -> Invalid:
    """What to say where an option is missing and nobody can be asked."""
    return Invalid(
        [Problem(field=flag, value="", fix="is required where there is no terminal to ask at, or with --yes")]
    )
