"""The signal service's event stream: what its events hold, and how one is written as a server-sent event."""

from typing import Literal

from tradepods_core.shapes import Amount, Message, Symbol
from tradepods_core.times import Moment

EventName = Literal["cycle", "marks", "ping", "reset"]


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


def encode(event: EventName, data: Message, *, identifier: str | None = None) -> bytes:
    """One server-sent event, ready for the wire."""
    head = f"id: {identifier}\n" if identifier is not None else ""
    return f"{head}event: {event}\ndata: {data.model_dump_json(by_alias=True)}\n\n".encode()
