"""One symbol's minute candles, compact, and what a venue's klines make of them."""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Candle:
    """Prices in quote, volume in base; `open_ms` is when it opened."""

    open_ms: int
    opened: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal


def _column() -> "array[float]":
    return array("d")


@dataclass(slots=True, kw_only=True)
class Series:
    """Gap-free minute candles from `start_ms` on; `digits` and `volume_digits` are the decimals of price and volume."""

    start_ms: int
    digits: int
    volume_digits: int
    opens: "array[float]" = field(default_factory=_column)
    highs: "array[float]" = field(default_factory=_column)
    lows: "array[float]" = field(default_factory=_column)
    closes: "array[float]" = field(default_factory=_column)
    volumes: "array[float]" = field(default_factory=_column)

    @property
    def end_ms(self) -> int:
        """Close of the last candle."""
        return self.start_ms + len(self.opens) * MINUTE_MS

    def price(self, value: float) -> Decimal:
        """A stored price, exact at the symbol's tick."""
        return Decimal(f"{value:.{self.digits}f}")

    def index(self, at_ms: int) -> int:
        """The candle that holds this moment; negative before the first."""
        return (at_ms - self.start_ms) // MINUTE_MS

    def minute(self, index: int) -> Candle:
        """One whole minute."""
        return Candle(
            open_ms=self.start_ms + index * MINUTE_MS,
            opened=self.price(self.opens[index]),
            high=self.price(self.highs[index]),
            low=self.price(self.lows[index]),
            close=self.price(self.closes[index]),
            volume=Decimal(f"{self.volumes[index]:.{self.volume_digits}f}"),
        )

    def span(self, first: int, last: int) -> Candle:
        """Minutes `first` to `last`, the last included, as one candle."""
        part = slice(first, last + 1)
        return Candle(
            open_ms=self.start_ms + first * MINUTE_MS,
            opened=self.price(self.opens[first]),
            high=self.price(max(self.highs[part])),
            low=self.price(min(self.lows[part])),
            close=self.price(self.closes[last]),
            volume=Decimal(f"{sum(self.volumes[part]):.{self.volume_digits}f}"),
        )


def joined(left: Candle | None, right: Candle) -> Candle:
    """Two candles in a row as one."""
    if left is None:
        return right
    return Candle(
        open_ms=left.open_ms,
        opened=left.opened,
        high=max(left.high, right.high),
        low=min(left.low, right.low),
        close=right.close,
        volume=left.volume + right.volume,
    )


def buckets(series: Series, *, minutes: int, from_ms: int, now_ms: int, forming: Candle | None) -> Iterator[Candle]:
    """Candles of so many minutes that opened at or after `from_ms`; the last one is still forming.

    `forming` is the present minute as far as it has come; whole minutes before it come from the series.
    """
    length = minutes * MINUTE_MS
    present = series.index(now_ms)
    opened = max(from_ms + (-from_ms) % length, series.start_ms + (-series.start_ms) % length)
    while opened <= now_ms:
        first, last = series.index(opened), series.index(opened) + minutes - 1
        whole = series.span(first, min(last, present - 1)) if first < present else None
        if last < present:
            yield series.span(first, last)
        elif forming is not None:
            yield joined(whole, forming)
        opened += length
