"""What a venue's answers say of its limit, and whom the feed asks before each request."""

import json
import re
from collections.abc import Mapping
from typing import Protocol

from tradepods_signals.ports.market import Purpose

USED = "x-mbx-used-weight-1m"  # header: weight of all behind our address in the venue's minute
LIMITS = re.compile(r'"rateLimits"\s*:\s*(\[[^\]]*\])')  # in exchangeInfo, before the symbols
A_MINUTE = {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE"}
FEW = 100  # candles: so few weigh least; a cycle asks for two or three, a warm-up for more


class Pace(Protocol):
    """How fast the venue may be asked."""

    async def wait(self, purpose: Purpose, *, weight: int) -> None:
        """Return once a request may leave; raises Temporary where that takes too long for what it is for."""
        ...

    def told(self, *, used: int | None, limit: int | None) -> None:
        """What an answer says of the weight that is used, and of the limit; None where it says nothing."""
        ...

    def judge(self, *, answered: bool) -> None:
        """A request was answered, or was not."""
        ...


def purpose_of(count: int) -> Purpose:
    """What so many candles are asked for."""
    return "close" if count < FEW else "backfill"


def used_of(headers: Mapping[str, str]) -> int | None:
    """The weight that is used."""
    said = {name.lower(): value for name, value in headers.items()}.get(USED, "")
    return int(said) if said.isdecimal() else None


def limit_of(url: str, text: str) -> int | None:
    """The weight that may be used in a minute, where the answer is the exchange's description of itself."""
    found = LIMITS.search(text) if "exchangeInfo" in url else None
    if found is None:
        return None
    try:
        limits = [one for one in json.loads(found[1]) if A_MINUTE.items() <= one.items()]
        return next((int(one["limit"]) // int(one["intervalNum"]) for one in limits), None)
    except (ValueError, TypeError, KeyError, AttributeError, ZeroDivisionError):
        return None
