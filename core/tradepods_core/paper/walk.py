"""A candle as the prices that a replay shows: four points that give the same candle back."""

from decimal import Decimal

POINTS = 4  # a minute: its open, its two extremes, its close


def walk(*, opened: Decimal, high: Decimal, low: Decimal, close: Decimal) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    """Open, the extreme against the candle's direction, the one with it, close: the usual assumption."""
    return (opened, low, high, close) if close >= opened else (opened, high, low, close)
