"""The venue's own records of what came and went: what explains a wallet that a reading shows different from ours."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from tradepods_core.money import ZERO

TRADING = ("REALIZED_PNL", "COMMISSION")  # what trades bring: fills of ours book it, and nobody books it of others'


@dataclass(frozen=True, slots=True, kw_only=True)
class Income:
    """One record.

    Attributes:
        key: what tells it from every other: made of the venue's own ids.
        kind: the venue's word for it, as TRANSFER or FUNDING_FEE.
        amount: of the asset, below zero where it was paid.
        at: the venue's time of it (market time).

    """

    key: str
    kind: str
    asset: str
    amount: Decimal
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """What the venue has on record since what the book knows; the latest where it knows nothing.

    Attributes:
        rows: oldest first; None where they could not be read.
        waited: whether they have failed to explain the wallet for so long that nothing more is to come.

    """

    rows: tuple[Income, ...] | None
    waited: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WalletKnown:
    """The venue's balance, and the last of its records that are in it: what comes later explains how it changes.

    Attributes:
        at: the venue's time of the last record, None where there was none; `keys` are those of that moment.

    """

    balance: Decimal
    at: datetime | None
    keys: tuple[str, ...]
    seen_at: datetime


def later(known: WalletKnown, rows: Iterable[Income]) -> tuple[Income, ...]:
    """The records that came after what is known."""
    return tuple(row for row in rows if known.at is None or (row.at >= known.at and row.key not in known.keys))


def known_by(balance: Decimal, rows: Iterable[Income], *, before: WalletKnown | None, seen_at: datetime) -> WalletKnown:
    """What is known once these records are in the balance, quote."""
    old = () if before is None else before.keys
    last = max((row.at for row in rows), default=None if before is None else before.at)
    same = last is not None and before is not None and last == before.at
    keys = dict.fromkeys((*(old if same else ()), *(row.key for row in rows if row.at == last)))
    return WalletKnown(balance=balance, at=last, keys=tuple(keys), seen_at=seen_at)


def total(rows: Iterable[Income], asset: str) -> Decimal:
    """All of an asset in these records."""
    return sum((row.amount for row in rows if row.asset == asset), ZERO)
