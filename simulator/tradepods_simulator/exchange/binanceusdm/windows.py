"""How much of a list a request asks for: how many entries, from when, until when."""

from tradepods_simulator.exchange.binanceusdm.errors import VenueError
from tradepods_simulator.exchange.binanceusdm.signing import Params, number

WEEK_MS = 7 * 86_400_000


def limit_of(params: Params, *, default: int, most: int) -> int:
    """How many entries at most; raises -1130 for none or too many."""
    if "limit" not in params:
        return default
    found = number(params, "limit")
    if not 1 <= found <= most:
        raise VenueError(-1130, "limit")
    return found


def span_of(params: Params, *, now_ms: int) -> tuple[int | None, int]:
    """From when, None where nothing says so, until when; raises -1023 where the end is before the start."""
    since = number(params, "startTime") if "startTime" in params else None
    until = number(params, "endTime") if "endTime" in params else now_ms
    if since is not None and "endTime" in params and since > until:
        raise VenueError(-1023)
    return since, until


def week_of(params: Params, *, now_ms: int) -> tuple[int, int]:
    """As `span_of`, where the venue gives seven days at most, and the last seven unasked; raises -4165 too."""
    since, until = span_of(params, now_ms=now_ms)
    if since is not None and "endTime" in params and until - since > WEEK_MS:
        raise VenueError(-4165, 7)
    return until - WEEK_MS if since is None else since, until
