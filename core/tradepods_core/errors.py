"""Errors, named by what the one who catches them does next.

TradepodsError
├── Invalid    a person wrote something wrong: show field, value and fix; change nothing
├── Temporary  the outside did not answer: try again, not before `after` seconds
└── Permanent  it will fail again: stop and tell the person
"""

from collections.abc import Iterable
from dataclasses import dataclass


class TradepodsError(Exception):
    """What all our own errors have in common; nothing else is caught at a program's door."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong with what a person wrote.

    Attributes:
        field: path from the document's root, as in `spec.entries[0].when.all[1].var`.
        value: what stands there, shown as JSON would; "" where nothing does.
        fix: what would do, in words: the allowed range, the nearest name.

    """

    field: str
    value: str
    fix: str

    def __str__(self) -> str:
        """One line for a person."""
        shown = f" is {self.value}" if self.value else ""
        return f"{self.field}{shown}: {self.fix}"


class Invalid(TradepodsError):
    """What a person wrote can't be used; says everything that is wrong at once."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class Temporary(TradepodsError):
    """The outside did not answer or refused for now; `after` seconds is when to try again, 0 if it did not say."""

    def __init__(self, message: str, *, after: float = 0.0) -> None:
        super().__init__(message)
        self.after = after


class Permanent(TradepodsError):
    """Trying again would fail in the same way."""
