"""What a paper account is: wallet, positions, resting orders; and what can happen in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from tradepods_core.book.intents import OrderKind, RejectCode
from tradepods_core.money import ZERO
from tradepods_core.shapes import Symbol

UNSET_LEVERAGE = 20  # what Binance gives a symbol whose leverage was never set


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperOrder:
    """An order as it was asked for; `number` is the venue's, counted up in the account."""

    id: str
    number: int = 0
    symbol: Symbol
    buys: bool
    kind: OrderKind
    quantity: Decimal
    trigger: Decimal | None = None
    reduce_only: bool = False
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperPosition:
    """A one-way position: `quantity` in base, negative for short; `average` its entry price."""

    quantity: Decimal
    average: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperAccount:
    """A cross-margin, one-way account. `wallet` is quote currency, without unrealised profit."""

    wallet: Decimal
    positions: Mapping[Symbol, PaperPosition] = field(default_factory=dict)
    resting: Mapping[str, PaperOrder] = field(default_factory=dict)
    leverage: Mapping[Symbol, int] = field(default_factory=dict)
    orders_made: int = 0
    trades_made: int = 0

    def leverage_of(self, symbol: Symbol) -> int:
        """The symbol's leverage."""
        return self.leverage.get(symbol, UNSET_LEVERAGE)

    def held(self, symbol: Symbol) -> Decimal:
        """The symbol's signed quantity."""
        position = self.positions.get(symbol)
        return ZERO if position is None else position.quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class Rested:
    """A conditional order rests until the price reaches its trigger."""

    order: PaperOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class Triggered:
    """A conditional order's price was reached; it acts as a market order from here on."""

    order: PaperOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class Traded:
    """A fill: `realized` is profit before the fee; both in quote."""

    order: PaperOrder
    trade: int
    quantity: Decimal
    price: Decimal
    fee: Decimal
    realized: Decimal
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """An order is over: filled, cancelled, or expired with nothing left to reduce."""

    order: PaperOrder
    status: str
    executed: Decimal
    average: Decimal
    at: datetime


Happening = Rested | Triggered | Traded | Ended


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """The engine does not take the order."""

    code: RejectCode
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The account after something, and what happened in it, in order."""

    account: PaperAccount
    happened: tuple[Happening, ...] = ()
