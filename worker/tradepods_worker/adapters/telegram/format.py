"""Numbers as people read them, in every language alike."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from tradepods_core.money import plain

CENT = Decimal("0.01")
MINUTE, HOUR, DAY = 60, 3_600, 86_400


def money(text: str) -> str:
    """An amount of quote currency with two decimals: `1,234.50`."""
    return f"{Decimal(text).quantize(CENT, rounding=ROUND_HALF_UP):,}"


def signed(text: str) -> str:
    """An amount whose sign matters: `+12.30`."""
    value = Decimal(text).quantize(CENT, rounding=ROUND_HALF_UP)
    return f"{value:+,}" if value else "0.00"


def price(text: str) -> str:
    """A price: at most eight significant digits, without trailing zeros."""
    value = Decimal(text)
    return plain(value if len(value.as_tuple().digits) <= 8 else Decimal(f"{value:.8g}"))  # noqa: PLR2004


def lengths(seconds: str) -> Sequence[tuple[str, int]]:
    """A length of time in its two largest units: 3 h and 12 m."""
    left = int(seconds)
    parts = []
    for unit, length in (("d", DAY), ("h", HOUR), ("m", MINUTE), ("s", 1)):
        count, left = divmod(left, length)
        if count:
            parts.append((unit, count))
    return parts[:2] or [("s", 0)]
