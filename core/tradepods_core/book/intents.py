"""What an account means to do, and what becomes of it: legs, intents, outcomes."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, PlainSerializer

from tradepods_core.ids import ClientOrderId
from tradepods_core.money import ZERO
from tradepods_core.settings.parts import MarginMode
from tradepods_core.shapes import Symbol

Side = Literal["long", "short"]
Purpose = Literal["enter", "add", "stop", "take_profit", "reduce", "close"]
OPENING: tuple[Purpose, ...] = ("enter", "add")
OrderKind = Literal["market", "stop_market", "take_profit_market"]
PROTECTIVE: tuple[Purpose, ...] = ("stop", "take_profit")

RejectCode = Literal[
    "would_trigger",  # a conditional order whose level the price has already passed
    "insufficient_margin",
    "reduce_only",  # nothing to reduce: the position is gone at the venue
    "too_small",
    "too_large",
    "precision",
    "too_many_orders",
    "unknown_order",
    "duplicate_id",
    "not_placed",  # looked up after its window had closed: it never arrived
    "too_late",  # its window closed before it could be sent
    "throttled",
    "credentials",
    "position_mode",  # made for the other position mode: somebody has changed it
    "other",
]


@dataclass(frozen=True, slots=True)
class Leg:
    """One side of one symbol: what a position is on."""

    symbol: Symbol
    side: Side

    @property
    def sign(self) -> int:
        """1 for long, -1 for short: the direction in which a rising price pays."""
        return 1 if self.side == "long" else -1

    def __str__(self) -> str:
        """`long BTC/USDT:USDT`."""
        return f"{self.side} {self.symbol}"


def _leg(key: object) -> object:
    """A leg that JSON holds as a mapping's key."""
    if not isinstance(key, str):
        return key
    side, symbol = key.split(" ")
    return {"symbol": symbol, "side": side}


LegKey = Annotated[Leg, PlainSerializer(str, return_type=str), BeforeValidator(_leg)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The targets that a position keeps from its entry on, in % of its average."""

    take_profit_pct: Decimal
    stop_loss_pct: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """An order id that was committed before it is needed, so that placing the order needs no further commit."""

    id: ClientOrderId
    leg: Leg
    position: int
    purpose: Purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceOrder:
    """The intent to place one order.

    Attributes:
        cause: what led to it, for people: a signal's id, `protection`, `no stop within a second`.
        position: the account's own number of the position.
        revision: how many orders of this purpose the position had before.
        trigger: mark price at which a conditional order acts, quote.
        committed_at: wall time of the intent; an opening order is signed with it and never again.
        terms: with an entry and its adds, what their position keeps.
        strategy: with them, `{namespace}.{name}@{revision}` of the strategy that asked for it.
        rule: the management rule that asked for it; "" where none did.
        reserves: with an entry, the ids of its first stop, take-profit and emergency close.
        moved: of a stop, what has moved it to where it is: trailing, break_even, move_stop; "" where nothing has.

    """

    id: ClientOrderId
    cause: str
    leg: Leg
    purpose: Purpose
    kind: OrderKind
    quantity: Decimal
    position: int
    revision: int = 0
    trigger: Decimal | None = None
    committed_at: datetime
    terms: Terms | None = None
    strategy: str = ""
    rule: str = ""
    reserves: tuple[Reservation, ...] = ()
    moved: str = ""

    @property
    def reduce_only(self) -> bool:
        """Only an entry and its adds may open."""
        return self.purpose not in OPENING

    @property
    def buys(self) -> bool:
        """Entering long and leaving short buy; the other two sell."""
        return (self.leg.side == "long") == (self.purpose in OPENING)

    @property
    def conditional(self) -> bool:
        """Whether it rests until the mark price reaches its trigger."""
        return self.kind != "market"


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelOrder:
    """The intent to cancel; it has an id of its own, and an unsure one is repeated, never looked up."""

    id: ClientOrderId
    cause: str
    target: ClientOrderId
    leg: Leg
    committed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PrepareSymbol:
    """The intent to set a symbol's leverage at the venue."""

    id: ClientOrderId
    symbol: Symbol
    leverage: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SetMarginMode:
    """The intent to set a flat symbol's margin mode at the venue."""

    id: ClientOrderId
    symbol: Symbol
    mode: MarginMode


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPositionMode:
    """The intent to set a flat account's position mode at the venue."""

    id: ClientOrderId
    hedge: bool


Preparation = PrepareSymbol | SetMarginMode | SetPositionMode  # it changes how the account is set, and nothing in it
Intent = PlaceOrder | CancelOrder | Preparation


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The venue has it.

    Attributes:
        executed: what its answer already says of a market order, base.
        ended: whether its answer says that nothing more will execute.

    """

    kind: Literal["accepted"] = "accepted"
    executed: Decimal = ZERO
    ended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """The venue definitely does not have it."""

    kind: Literal["rejected"] = "rejected"
    code: RejectCode
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """The venue may or may not have it."""

    kind: Literal["unknown"] = "unknown"
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Throttled:
    """The venue did not look at it: a rate limit, until then."""

    kind: Literal["throttled"] = "throttled"
    until: datetime


Outcome = Annotated[Accepted | Rejected | Unknown | Throttled, Field(discriminator="kind")]
