"""What an answer that is no success means for the intent that met it. The table of codes is beside it."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from tradepods_core.book.intents import Accepted, Outcome, Rejected, Throttled, Unknown
from tradepods_core.errors import Temporary
from tradepods_core.times import from_ms
from tradepods_worker.adapters.venues.binanceusdm.codes import MEANINGS, Meaning

CODE = re.compile(r'"code":\s*"?(-?\d{1,9})\b')
TEXT = re.compile(r'"msg":\s*"([^"]*)"')
BANNED_UNTIL = re.compile(r"banned until (\d{13})\b")
SECONDS = re.compile(r"\d{1,9}")  # of a header
TOO_MANY, BANNED, TIMED_OUT, UNAVAILABLE, THEIRS = 429, 418, 408, 503, 500  # HTTP status; from 500 on the venue's fault
NOT_AVAILABLE = "Service Unavailable."  # the venue's own sentence; a proxy's page that says so may stand for anything
BUSY_FOR = timedelta(milliseconds=200)  # at first: whoever sends again waits longer each time
LIMITED_FOR = timedelta(seconds=5)  # where the venue does not say how long
ORDERS_HELD_FOR = timedelta(seconds=10)  # the shorter of its windows of orders
BANNED_FOR = timedelta(minutes=2)  # its shortest ban
LONGEST_BAN = timedelta(days=3)


class Refused(Exception):
    """An answer of the venue that is no success; it ends in this adapter."""

    def __init__(self, *, status: int, headers: Mapping[str, str], text: str) -> None:
        super().__init__(f"HTTP {status}")
        self.status, self.headers, self.text = status, headers, text

    @property
    def code(self) -> int | None:
        """The venue's code; None where it gave none."""
        found = CODE.search(self.text)
        return int(found[1]) if found else None

    @property
    def message(self) -> str:
        """The venue's own sentence; of any other answer its beginning, without the request's address."""
        found = TEXT.search(self.text)
        return found[1] if found else f"HTTP {self.status} {self.text.partition('http')[0].strip()[:120]}"


class StreamExpired(Temporary):
    """The listen key is gone: a new one has to be taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What follows from a refusal: for the intent, for the address, and for the account's orders."""

    outcome: Outcome
    address_until: datetime | None = None
    orders_until: datetime | None = None


@contextmanager
def readable() -> Iterator[None]:
    """What is not of the shape that the venue promises is no answer; raises Temporary instead."""
    try:
        yield
    except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
        raise Temporary(f"the exchange's answer is not readable ({type(error).__name__})") from error


def meaning_of(refused: Refused) -> Meaning:
    """What a refusal means: by its code, where the venue gave one that we know; else by its HTTP status."""
    known = MEANINGS.get(refused.code or 0)
    if refused.status in (TOO_MANY, BANNED):
        return "order_limit" if known == "order_limit" and refused.status == TOO_MANY else "address_limit"
    if refused.status == UNAVAILABLE and refused.code is not None and refused.message == NOT_AVAILABLE:
        return "busy"
    if known is not None:
        return known
    judged = refused.code is not None and refused.status != TIMED_OUT and refused.status < THEIRS
    return "other" if judged else "ambiguous"


def ruling_of(refused: Refused, *, now: datetime) -> Ruling:
    """What follows from a refusal."""
    match meaning_of(refused):
        case "ambiguous":
            return Ruling(outcome=Unknown(why=refused.message))
        case "busy":
            return Ruling(outcome=Throttled(until=now + (_retry_after(refused) or BUSY_FOR)))
        case "address_limit":
            until = limited_until(refused, now=now)
            return Ruling(outcome=Throttled(until=until), address_until=until)
        case "order_limit":
            until = now + (_retry_after(refused) or ORDERS_HELD_FOR)
            return Ruling(outcome=Throttled(until=until), orders_until=until)
        case "unchanged":
            return Ruling(outcome=Accepted())
        case "stream_expired":
            return Ruling(outcome=Rejected(code="other", message=_shown(refused)))
        case code:
            return Ruling(outcome=Rejected(code=code, message=_shown(refused)))


def limited_until(refused: Refused, *, now: datetime) -> datetime:
    """Until when the address is refused: as the venue says in a header or in words, else as it usually does."""
    wait = _retry_after(refused)
    if wait is not None:
        return now + wait
    if (said := BANNED_UNTIL.search(refused.text)) is not None:
        return min(max(from_ms(int(said[1])), now + LIMITED_FOR), now + LONGEST_BAN)
    return now + (BANNED_FOR if refused.status == BANNED else LIMITED_FOR)


def _retry_after(refused: Refused) -> timedelta | None:
    lower = {name.lower(): value for name, value in refused.headers.items()}
    found = lower.get("retry-after", "")
    if not SECONDS.fullmatch(found) or not int(found):
        return None
    return timedelta(seconds=min(int(found), int(LONGEST_BAN.total_seconds())))


def _shown(refused: Refused) -> str:
    return f"{refused.code} {refused.message}"
