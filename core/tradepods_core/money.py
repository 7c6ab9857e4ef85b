"""Money is Decimal. Steps, ticks, percents and the 8 decimals to which venues book amounts."""

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

ZERO = Decimal(0)
ONE = Decimal(1)
HUNDRED = Decimal(100)
BOOKED = Decimal("0.00000001")  # Binance books every fee, profit and balance to 8 decimals


def floor_to(value: Decimal, step: Decimal) -> Decimal:
    """Largest multiple of `step` not above `value`."""
    return (value / step).to_integral_value(rounding=ROUND_FLOOR) * step


def ceil_to(value: Decimal, step: Decimal) -> Decimal:
    """Smallest multiple of `step` not below `value`."""
    return (value / step).to_integral_value(rounding=ROUND_CEILING) * step


def is_multiple(value: Decimal, step: Decimal) -> bool:
    """Whether a venue with this step or tick takes the value as it stands."""
    return value % step == 0


def of(percent: Decimal, value: Decimal) -> Decimal:
    """`percent` (5 means 5 %) of a value."""
    return value * percent / HUNDRED


def booked(amount: Decimal) -> Decimal:
    """Round an amount of quote currency as the venue books it: 8 decimals, half to even."""
    return amount.quantize(BOOKED, rounding=ROUND_HALF_EVEN)


def plain(value: Decimal) -> str:
    """Write without exponent and without trailing zeros: for wires, ledgers and people."""
    text = format(value.normalize(), "f")
    return "0" if text == "-0" else text
