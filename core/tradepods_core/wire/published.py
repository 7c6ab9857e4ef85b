"""What the signal service says of itself: its strategies and whether each may signal, halts, pages of cycles."""

from typing import Annotated

from pydantic import Field

from tradepods_core.shapes import Message, Name
from tradepods_core.strategy.model import StrategySpec
from tradepods_core.times import Moment
from tradepods_core.wire.cycle import Cycle

Line = Annotated[str, Field(max_length=300, pattern=r"^[^\x00-\x1f\x7f]*$")]  # one line, for a log and a chat
Why = Annotated[
    str, Field(min_length=1, max_length=300, pattern=r"^[^\x00-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$")
]


class Request(Message):
    """What is asked of the service by a person: `why` is kept, and told to every account."""

    why: Why


class Halt(Message):
    """Whether trading is halted, for all accounts.

    Attributes:
        why: as the person wrote it; "" where trading is not halted.
        who: who halted or resumed; "" where nobody ever did.

    """

    why: Line = ""
    who: Line = ""
    at: Moment | None = None


class Switched(Message):
    """A strategy was disabled by request: who, why, when."""

    why: Line
    who: Line
    at: Moment


class StrategyInForce(Message):
    """A strategy as the service computes it.

    Attributes:
        revision: names the spec's content.
        enabled: whether it may signal: its manifest says so, and nobody has disabled it since.
        disabled: who disabled it by request, if somebody did.

    """

    namespace: Name
    name: Name
    revision: str
    enabled: bool
    disabled: Switched | None = None

    @property
    def key(self) -> str:
        """`{namespace}.{name}`, as signals and positions write it."""
        return f"{self.namespace}.{self.name}"


class PublishedStrategy(StrategyInForce):
    """The same, with what it says."""

    spec: StrategySpec


class StrategyProblem(Message):
    """What keeps a strategy out: file and path, what stands there, and what would do."""

    field: str
    value: str
    fix: str


class CyclePage(Message):
    """Cycles in the order of their publication; `more` where others follow: ask again after the last one's id."""

    cycles: tuple[Cycle, ...]
    more: bool = False
