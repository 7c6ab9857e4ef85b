"""Every error code of the venue in one table: what it means for an intent."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta

from tradepods_core.book.intents import Outcome, RejectCode, Rejected, Throttled, Unknown
from tradepods_core.errors import Temporary

CODE = re.compile(r'"code":\s*"?(-?\d+)"?')
TEXT = re.compile(r'"msg":\s*"([^"]*)"')
THROTTLED_FOR = 5.0  # seconds, where the venue does not say how long

# The venue did not act, or nobody knows whether it did: look the order up.
AMBIGUOUS = frozenset({-1000, -1001, -1006, -1007})
# The venue did not look at the request: ask again later.
LIMITED = frozenset({-1003, -1008, -1015})
REJECTED: Mapping[int, RejectCode] = {
    -1021: "too_late",
    -5028: "too_late",
    -1022: "credentials",
    -2014: "credentials",
    -2015: "credentials",
    -1111: "precision",
    -4014: "precision",
    -4029: "precision",
    -2011: "unknown_order",
    -2013: "unknown_order",
    -2018: "insufficient_margin",
    -2019: "insufficient_margin",
    -2024: "insufficient_margin",
    -2027: "too_large",
    -2028: "insufficient_margin",
    -4005: "too_large",
    -2021: "would_trigger",
    -2022: "reduce_only",
    -4118: "reduce_only",
    -2025: "too_many_orders",
    -4045: "too_many_orders",
    -4003: "too_small",
    -4164: "too_small",
    -4116: "duplicate_id",
}


@contextmanager
def readable() -> Iterator[None]:
    """What is not of the shape that the venue promises is no answer; raises Temporary instead."""
    try:
        yield
    except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
        raise Temporary(f"the exchange's answer is not readable ({type(error).__name__})") from error


def code_of(text: str) -> int | None:
    """The venue's code in an error's text; None where it gave none."""
    found = CODE.search(text)
    return int(found[1]) if found else None


def retry_after(headers: Mapping[str, str] | None) -> float:
    """Seconds that the venue asks for in its answer's headers."""
    lower = {name.lower(): value for name, value in (headers or {}).items()}
    found = lower.get("retry-after", "")
    return float(found) if found.isdecimal() else THROTTLED_FOR


def outcome_of(text: str, *, limited: bool, after: float, now: datetime) -> Outcome:
    """What an error means for the intent that met it.

    `limited` where the HTTP status was 429 or 418; `after` is how many seconds a limit is to be respected.
    """
    code = code_of(text)
    if limited or code in LIMITED:
        return Throttled(until=now + timedelta(seconds=after))
    if code is None or code in AMBIGUOUS:
        return Unknown(why=_said(text))
    return Rejected(code=REJECTED.get(code, "other"), message=f"{code} {_said(text)}")


def _said(text: str) -> str:
    """The venue's own sentence; of any other error only its beginning, without the request's address."""
    found = TEXT.search(text)
    return found[1] if found else text.partition("http")[0].strip()[:120]
