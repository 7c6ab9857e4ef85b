"""What one caller, one connection and all strangers together may take of the service: each is an option."""

from dataclasses import dataclass, field
from typing import Any

KIB = 2**10


def _bound(default: float, *, least: int, most: int, says: str) -> Any:
    """A bound with what a person may make of it, and what it says."""
    return field(default=default, metadata={"least": least, "most": most, "says": says})


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Each field is the option of its name: `head_kib` is `--head-kib`."""

    requests_per_second: int = _bound(50, least=1, most=10_000, says="of one caller, on average")
    requests_at_once: int = _bound(200, least=1, most=100_000, says="of one caller, before that average counts")
    streams: int = _bound(8, least=1, most=1_000, says="event streams that one caller may read; a worker reads one")
    body_kib: int = _bound(512, least=16, most=16_384, says="a request's body; large accounts' heartbeats have 300")
    body_seconds: float = _bound(10, least=1, most=300, says="for all of a body to come")
    head_kib: int = _bound(32, least=4, most=256, says="a request's head")
    head_seconds: float = _bound(10, least=1, most=300, says="for all of a head to come, and for a TLS handshake")
    idle_seconds: float = _bound(30, least=1, most=3_600, says="between two requests of one connection")
    standing_seconds: float = _bound(30, least=1, most=3_600, says="in which a reader takes nothing of what waits")
    strangers: int = _bound(
        2_048, least=16, most=100_000, says="connections that have shown no token yet; one more, and the oldest goes"
    )


USUAL = Bounds()
