"""Who asks, and who knows whose a token is."""

from dataclasses import dataclass
from typing import Literal, Protocol

from tradepods_core.errors import TradepodsError

Role = Literal["worker", "reader", "admin"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks: a worker by its account's namespace and name, anybody else by a name of their own."""

    role: Role
    namespace: str
    name: str

    @property
    def who(self) -> str:
        """In a log, and beside what they did."""
        return f"{self.namespace}/{self.name}" if self.namespace else self.name


class Refused(TradepodsError):
    """A token that is not believed; the message says why, and never what stood in it."""


class Gate(Protocol):
    """Knows whose a token is."""

    def caller(self, token: str) -> Caller:
        """Who shows it; raises Refused."""
        ...
