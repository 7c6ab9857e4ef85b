"""What a UTC day brings: counted while it runs, final once the next one is seen."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from tradepods_core.money import ZERO
from tradepods_core.wire.fleet import Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class Today:
    """One UTC day of market time.

    Attributes:
        day: its date, as `2026-11-20`.
        equity: what the account was worth when the day was first seen, quote.
        tally: what was done since.
        wins: how many of its exits brought more than their fees.
        moved: what a person has put in since, quote; below 0 what was taken out.
        valued: whether every position had a mark price then: else `equity` counts one at its average.

    """

    day: str
    equity: Decimal
    tally: Tally
    wins: int = 0
    moved: Decimal = ZERO
    valued: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class DayTurned:
    """A UTC day was seen for the first time; `ended` is what the one before it brought, None before the first."""

    ended: Today | None
    begun: Today
    at: datetime
