"""Time is aware UTC. Timeframes, candle closes and how a moment is written."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Self

from pydantic import AfterValidator

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECONDS = {"m": 60, "h": 3_600, "d": 86_400}
TIMEFRAME = re.compile(r"([1-9][0-9]{0,2})([mhd])")
DAY_SECONDS = 86_400


def utc(moment: datetime) -> datetime:
    """The moment in UTC; raises ValueError for a naive one, and for one that is outside of the calendar there."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{moment.isoformat()} is in no year from 1 to 9999 in UTC") from None


Moment = Annotated[datetime, AfterValidator(utc)]
Now = Callable[[], datetime]


def from_ms(milliseconds: int) -> datetime:
    """The moment that a venue writes as milliseconds since 1970."""
    return EPOCH + timedelta(milliseconds=milliseconds)


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970, as venues write moments."""
    return (moment - EPOCH) // timedelta(milliseconds=1)


def written(moment: datetime) -> str:
    """ISO 8601 with Z, seconds only where there is no fraction: `2026-11-20T12:05:00Z`."""
    return utc(moment).isoformat().replace("+00:00", "Z")


@dataclass(frozen=True, slots=True, order=True)
class Timeframe:
    """A candle's length. Ordered by length; whole days divide evenly, so closes fall on UTC boundaries."""

    seconds: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `1m`, `5m`, `4h`, `1d`; raises ValueError for anything that doesn't divide a day."""
        found = TIMEFRAME.fullmatch(text)
        seconds = int(found[1]) * SECONDS[found[2]] if found else 0
        if not seconds or DAY_SECONDS % seconds:
            raise ValueError(f"{text!r} is no timeframe: write 1m, 3m, 5m, 15m, 30m, 1h, 4h or 1d")
        return cls(seconds)

    def __str__(self) -> str:
        """As people and venues write it."""
        unit = next(unit for unit in ("d", "h", "m") if self.seconds % SECONDS[unit] == 0)
        return f"{self.seconds // SECONDS[unit]}{unit}"

    @property
    def length(self) -> timedelta:
        """The timeframe as a duration."""
        return timedelta(seconds=self.seconds)

    def last_close(self, now: datetime) -> datetime:
        """The latest candle close at or before `now`."""
        return now - (now - EPOCH) % self.length


def _pattern() -> str:
    """Of every text that `Timeframe.parse` takes."""
    counts = {
        unit: [str(n) for n in range(1, 1_000) if DAY_SECONDS % (n * seconds) == 0] for unit, seconds in SECONDS.items()
    }
    return "^(" + "|".join(f"({'|'.join(numbers)}){unit}" for unit, numbers in counts.items()) + ")$"


TIMEFRAME_PATTERN = _pattern()
