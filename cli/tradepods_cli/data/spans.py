"""Stretches of time in candles, and which of them are missing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from tradepods_core.times import Timeframe, from_ms, to_ms, written


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Candles of one length that open from `since_ms` on and before `until_ms`; both are openings of candles."""

    since_ms: int
    until_ms: int
    timeframe: Timeframe

    @classmethod
    def of(cls, since: datetime, until: datetime, timeframe: Timeframe) -> "Span":
        """The candles that open at or after one moment and have closed by the other."""
        length = timeframe.seconds * 1000
        begin = -(-to_ms(since) // length) * length
        return cls(since_ms=begin, until_ms=max(to_ms(until) // length * length, begin), timeframe=timeframe)

    @property
    def length_ms(self) -> int:
        """Of one candle."""
        return self.timeframe.seconds * 1000

    @property
    def count(self) -> int:
        """How many candles it has room for."""
        return (self.until_ms - self.since_ms) // self.length_ms

    def __str__(self) -> str:
        """For a person: from the first opening to the last close."""
        return f"{written(from_ms(self.since_ms))} to {written(from_ms(self.until_ms))}"

    def months(self) -> "Iterator[Span]":
        """Cut where months of UTC begin: a year of minutes is not held in memory at once."""
        at = self.since_ms
        while at < self.until_ms:
            day = from_ms(at).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
            following = day.replace(year=day.year + day.month // 12, month=day.month % 12 + 1)
            end = min(to_ms(following), self.until_ms)
            yield Span(since_ms=at, until_ms=end, timeframe=self.timeframe)
            at = end


def missing(opened: Iterable[int], span: Span) -> list[Span]:
    """Where a span has no candle; `opened` is when those there are opened (ms), oldest first, inside of the span."""
    found, at = [], span.since_ms
    for open_ms in (*opened, span.until_ms):
        if open_ms > at:
            found.append(Span(since_ms=at, until_ms=open_ms, timeframe=span.timeframe))
        at = open_ms + span.length_ms
    return found
