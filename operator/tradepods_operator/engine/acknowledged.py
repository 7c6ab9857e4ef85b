"""Whether the signal service goes by the newest text of a strategy, by its own word."""

from dataclasses import dataclass
from typing import Literal

from tradepods_core.wire.published import StrategyProblem
from tradepods_operator.ports import Key, StrategiesHeard

TOLD = "handed on, and its pod is told: the signal service, which looks each minute, has not said yet that it has it"
PENDING = "handed on: no signal service runs that could have it"
UNKNOWN = "handed on: whether the signal service has it is unknown, it does not answer the operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What is said of a strategy. Unknown: nothing is wrong, as far as anybody knows."""

    status: Literal["True", "False", "Unknown"]
    reason: str
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """A strategy that was handed on.

    Attributes:
        file: the name of its file.
        revision: names its text.
        stood: whether the service had this very text when it was last heard.

    """

    key: Key
    file: str
    revision: str
    stood: bool


RIGHT = Word(status="True", reason="Valid")
PENDS = Word(status="Unknown", reason="Pending", message=PENDING)


def word_on(one: Handed, heard: StrategiesHeard | None, *, told: bool) -> Word:
    """How it stands by what is heard, None where the service doesn't answer; `told`: one runs, and knows of new files.

    A service that is away has kept what it had: it goes on from its own files.
    """
    if heard is None:
        return RIGHT if one.stood else Word(status="Unknown", reason="FleetUnknown", message=UNKNOWN)
    if heard.revisions.get(one.key) == one.revision:
        return RIGHT
    if wrong := [problem for problem in heard.problems if problem.field.startswith(f"{one.file}: ")]:
        return Word(status="False", reason="Refused", message="; ".join(map(_said, wrong)))
    return Word(status="Unknown", reason="Told", message=TOLD) if told else PENDS


def _said(problem: StrategyProblem) -> str:
    """By its path inside of the resource: the file is ours."""
    shown = f" is {problem.value}" if problem.value else ""
    return f"the signal service refuses it: {problem.field.partition(': ')[2]}{shown}: {problem.fix}"
