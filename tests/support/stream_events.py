"""What a reader of the stream makes of its bytes."""

import json
from dataclasses import dataclass
from typing import Any

from tradepods_signals.engine.hub import Hub
from tradepods_signals.engine.subscribers import Stream


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One server-sent event; `identifier` is "" where it has none, `name` where it is an id alone."""

    identifier: str
    name: str
    data: dict[str, Any]


def parsed(chunk: bytes) -> list[Event]:
    """The events of a chunk."""
    return [_event(text) for text in chunk.decode().split("\n\n") if text]


def _event(text: str) -> Event:
    fields = dict(line.split(": ", 1) for line in text.split("\n"))
    data = json.loads(fields.get("data", "{}"))
    return Event(identifier=fields.get("id", ""), name=fields.get("event", ""), data=data)


async def waiting(stream: Stream) -> list[Event]:
    """What waits for this reader now; then it leaves."""
    chunks = stream.chunks()
    found = parsed(await anext(chunks))
    await chunks.aclose()
    return found


async def shown(hub: Hub) -> list[Event]:
    """What a reader hears who comes now."""
    return await waiting(hub.subscribe(last_event=None))


def names(events: list[Event]) -> list[str]:
    """What kind each event is of."""
    return [event.name for event in events]
