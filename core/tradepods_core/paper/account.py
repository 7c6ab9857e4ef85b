"""What a paper account is: wallet, positions, resting orders, modes; and what can happen in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

from tradepods_core.money import ZERO
from tradepods_core.paper.refusals import Refusal
from tradepods_core.shapes import Symbol

__all__ = ["Refusal"]  # beside what happens stands what doesn't

UNSET_LEVERAGE = 20  # what Binance gives a symbol whose leverage was never set
PositionSide = Literal["both", "long", "short"]  # `both` in one-way mode, one of the others in hedge mode
PaperKind = Literal[
    "market", "limit", "stop_market", "take_profit_market", "stop", "take_profit", "trailing_stop_market"
]
Forced = Literal["", "liquidation", "adl", "settlement"]  # the venue's own orders
Force = Literal["gtc", "ioc", "fok", "gtx"]  # gtx: post-only
CONDITIONAL: tuple[PaperKind, ...] = (
    "stop_market",
    "take_profit_market",
    "stop",
    "take_profit",
    "trailing_stop_market",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperOrder:
    """An order as it was asked for, and how far it has come.

    Attributes:
        number: the venue's, counted up in the account.
        quantity: base; 0 for one that closes the whole position.
        limit: worst price of a limit order, also of one that a trigger sends off; quote.
        trigger: price at which a conditional order acts; for a trailing stop the price at which it wakes up.
        side: which of a symbol's positions it is for.
        force: how long a limit order may rest.
        by_last: the last price triggers it, not the mark.
        closes: it closes whatever the position is by then.
        callback: percent by which a trailing stop lets the price come back.
        extreme: best price since a trailing stop woke up; None while it sleeps.
        sent_off: a conditional order that was triggered: a plain order by now.
        executed: base. `spent` is its value, quote.
        forced: why the venue itself has sent it; "" for a customer's.

    """

    id: str
    number: int = 0
    symbol: Symbol
    buys: bool
    kind: PaperKind
    quantity: Decimal
    limit: Decimal | None = None
    trigger: Decimal | None = None
    reduce_only: bool = False
    side: PositionSide = "both"
    force: Force = "gtc"
    by_last: bool = False
    closes: bool = False
    callback: Decimal | None = None
    extreme: Decimal | None = None
    sent_off: bool = False
    executed: Decimal = ZERO
    spent: Decimal = ZERO
    forced: Forced = ""
    at: datetime

    @property
    def waits(self) -> bool:
        """Whether it is a conditional order that nothing has triggered yet."""
        return self.kind in CONDITIONAL and not self.sent_off

    @property
    def left(self) -> Decimal:
        """What has not been executed, base."""
        return self.quantity - self.executed

    @property
    def average(self) -> Decimal:
        """Average price of what has been executed; 0 of nothing."""
        return self.spent / self.executed if self.executed else ZERO

    @property
    def position(self) -> str:
        """The position that it opens, adds to, or closes."""
        return position_key(self.symbol, self.side)

    @property
    def exits(self) -> bool:
        """Whether it can only close: by its flag, or by its direction in hedge mode."""
        if self.side == "both":
            return self.reduce_only or self.closes
        return self.buys == (self.side == "short")


def position_key(symbol: Symbol, side: PositionSide) -> str:
    """A one-way position is found by its symbol, one of hedge mode by symbol and side."""
    return symbol if side == "both" else f"{symbol} {side}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperPosition:
    """`quantity` in base, negative for short; `average` its entry price; `margin` its own wallet if it is isolated."""

    symbol: Symbol = ""
    side: PositionSide = "both"
    quantity: Decimal
    average: Decimal
    margin: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperAccount:
    """One customer's futures account.

    Attributes:
        wallet: of the settle asset, without unrealised profit, with the margin of isolated positions.
        bnb: of the asset in which commissions may be paid.
        burns: commissions are paid in that asset while there is enough of it.
        positions: by `position_key`.
        resting: by client id: limit orders, and conditional ones that wait.
        isolated: symbols whose positions have a margin of their own.
        hedge: long and short are two positions.
        multi: other assets count as margin too.
        taken: what this account has taken out of the order book since the prices moved, by symbol and side.

    """

    wallet: Decimal
    bnb: Decimal = ZERO
    burns: bool = False
    positions: Mapping[str, PaperPosition] = field(default_factory=dict)
    resting: Mapping[str, PaperOrder] = field(default_factory=dict)
    leverage: Mapping[Symbol, int] = field(default_factory=dict)
    isolated: frozenset[Symbol] = frozenset()
    hedge: bool = False
    multi: bool = False
    taken: Mapping[str, Decimal] = field(default_factory=dict)
    orders_made: int = 0
    trades_made: int = 0

    def leverage_of(self, symbol: Symbol) -> int:
        """The symbol's leverage."""
        return self.leverage.get(symbol, UNSET_LEVERAGE)

    def held(self, symbol: Symbol, side: PositionSide = "both") -> Decimal:
        """A position's signed quantity."""
        position = self.positions.get(position_key(symbol, side))
        return ZERO if position is None else position.quantity

    @property
    def cross_wallet(self) -> Decimal:
        """The wallet less what belongs to isolated positions."""
        return self.wallet - sum((p.margin or ZERO for p in self.positions.values()), ZERO)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A plain order was taken: a market or limit order, or one that a trigger sends off."""

    order: PaperOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class Rested:
    """A conditional order rests until the price reaches its trigger."""

    order: PaperOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class Triggered:
    """A conditional order's price was reached; it acts as a plain order from here on."""

    order: PaperOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class Traded:
    """A fill: `realized` is profit before the fee, quote; `fee` is in `fee_asset`.

    `order` is the order after it; `wallet`, `cross` (the part of it that isolated positions don't have) and `position`
    are the account's after it.
    """

    order: PaperOrder
    trade: int
    quantity: Decimal
    price: Decimal
    fee: Decimal
    fee_asset: str = "USDT"
    realized: Decimal
    maker: bool = False
    wallet: Decimal = ZERO
    cross: Decimal = ZERO
    position: PaperPosition | None = None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """An order is over: filled, cancelled, or expired; `why` is what stood in the way of one that was triggered."""

    order: PaperOrder
    status: Literal["filled", "cancelled", "expired"]
    at: datetime
    why: str = ""

    @property
    def executed(self) -> Decimal:
        """What was executed of it, base."""
        return self.order.executed

    @property
    def average(self) -> Decimal:
        """At what price, quote."""
        return self.order.average


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """Money that came or went without a trade: funding, a liquidation's fee, what the insurance fund gave."""

    kind: Literal["FUNDING_FEE", "INSURANCE_CLEAR", "TRANSFER"]
    symbol: Symbol
    amount: Decimal
    wallet: Decimal
    cross: Decimal = ZERO
    position: PaperPosition | None = None
    at: datetime


Happening = Placed | Rested | Triggered | Traded | Ended | Paid


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The account after something, and what happened in it, in order."""

    account: PaperAccount
    happened: tuple[Happening, ...] = ()
