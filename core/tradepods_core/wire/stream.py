"""The signal service's event stream: what its events hold, and how one is written as a server-sent event."""

from typing import Literal

from tradepods_core.shapes import Amount, Message, Symbol
from tradepods_core.times import Moment
from tradepods_core.wire.published import StrategyInForce

EventName = Literal["cycle", "marks", "strategies", "halt", "ping", "reset"]


class Marks(Message):
    """Mark prices, quote, of every symbol that a strategy looks at; `step` in a replay."""

    at: Moment
    marks: dict[Symbol, Amount]
    step: int | None = None


class Ping(Message):
    """Says that the connection lives; in a replay, that all of this step has been sent."""

    at: Moment
    step: int | None = None


class Reset(Message):
    """The history since the asked-for event is gone; what follows is today's state."""

    reason: str


class Strategies(Message):
    """The strategies in force have changed; told to every newcomer too."""

    strategies: tuple[StrategyInForce, ...]


def encode(event: EventName, data: Message, *, identifier: str | None = None) -> bytes:
    """One server-sent event, ready for the wire."""
    body = data.model_dump_json(by_alias=True).encode()
    return framed(event, body) if identifier is None else identified(identifier) + framed(event, body)


def framed(event: EventName, body: bytes) -> bytes:
    """One server-sent event around JSON that is encoded already."""
    return b"event: " + event.encode() + b"\ndata: " + body + b"\n\n"


def identified(identifier: str) -> bytes:
    """The line that names an event. Alone it moves a reader's last event id and tells nothing."""
    return f"id: {identifier}\n".encode()
