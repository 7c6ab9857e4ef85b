"""What happened on the account outside of its ledger: trades that are not ours, and the facts drawn from them."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from tradepods_core.book.intents import Leg, PlaceOrder, Side, Terms
from tradepods_core.ids import ClientOrderId
from tradepods_core.shapes import Symbol

Cause = Literal["by_hand", "liquidation", "adl", "settlement", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignTrade:
    """One trade of an order that is not ours.

    Attributes:
        trade: the venue's id, unique within the symbol.
        side: the position that it was for in hedge mode; None in one-way mode.
        fee: commission in the settle asset, quote.
        realized: profit that the venue booked with it, quote, before fees.
        cause: who has sent the order: a person or another program, or the venue itself.
        at: the venue's time of it (market time).

    """

    trade: str
    buys: bool
    side: Side | None = None
    quantity: Decimal
    price: Decimal
    fee: Decimal
    realized: Decimal
    cause: Cause
    at: datetime

    def reduces(self, leg: Leg) -> bool:
        """Whether it can have made a position on this leg smaller."""
        return self.buys == (leg.side == "short") and self.side in (None, leg.side)


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What a venue knows of a symbol: its latest trades that are not ours, oldest first, and the mark price at `at`.

    There is no mark price of a symbol that is listed no more.
    """

    trades: tuple[ForeignTrade, ...] = ()
    mark: Decimal | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignSeen:
    """An order or a fill that is not ours was heard of: the account may look different from the book."""

    symbol: Symbol
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternallyReduced:
    """So much of a position is gone without an order of ours.

    Attributes:
        price: average of the venue's trades; the mark price for what no trade explains.
        unproven: how much of the quantity no trade explains: its price and profit (`estimated`, quote) are by the mark.
        trades: the venue's ids of the trades that explain it.
        at: the venue's time of the last of them, else of the reading (market time).

    """

    number: int
    leg: Leg
    quantity: Decimal
    price: Decimal
    realized: Decimal
    fee: Decimal
    why: Cause
    unproven: Decimal
    estimated: Decimal
    trades: tuple[str, ...]
    at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Unproven:
    """How much was taken off a position without a trade that explains it, at what estimated profit, and until when."""

    quantity: Decimal
    realized: Decimal
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReductionTakenBack:
    """A late fill of ours explains what was booked as an external reduction without proof: it counts once.

    Attributes:
        realized: the estimated profit that goes with it, quote.
        paid: what that fill adds to the wallet, which a reading had brought already, quote.

    """

    number: int
    leg: Leg
    quantity: Decimal
    realized: Decimal
    paid: Decimal
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionAdopted:
    """A position that the venue holds is ours from now on, as a person has asked.

    Attributes:
        step: all the steps of the ladder: how many it has had is not known.
        stop: the level at which a better stop than that of its terms rests already, quote.

    """

    number: int
    leg: Leg
    quantity: Decimal
    average: Decimal
    terms: Terms
    step: int
    stop: Decimal | None
    at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderAdopted:
    """An order of our pattern that rests at the venue is in this ledger from now on."""

    order: PlaceOrder
    seen_at: datetime

    @property
    def id(self) -> ClientOrderId:
        """Its id at the venue."""
        return self.order.id
