"""What a ledger records: the only things that change a book, and in one transaction an event."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from tradepods_core.book.events import IntentSettled
from tradepods_core.book.income import WalletKnown
from tradepods_core.book.intents import CancelOrder, Leg, PlaceOrder, Preparation, Purpose, Reservation
from tradepods_core.book.management import Managed
from tradepods_core.book.outside import (
    Cause,
    ExternallyReduced,
    OrderAdopted,
    PositionAdopted,
    ReductionTakenBack,
)
from tradepods_core.book.reasons import Reason
from tradepods_core.book.steering import (
    ExitBegan,
    GuardChanged,
    LevelReached,
    OverrideEnded,
    OverrideSet,
    SettingsRefused,
    SettingsSeen,
    TermsChanged,
    TroubleBegan,
    TroubleEnded,
)
from tradepods_core.book.today import DayTurned
from tradepods_core.ids import ClientOrderId
from tradepods_core.shapes import Symbol

Limit = Literal["DailyLossLimit", "MaxDrawdown", "ConsecutiveLosses"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """One fill of one of our orders, as the venue booked it."""

    order: ClientOrderId
    trade: str
    leg: Leg
    purpose: Purpose
    position: int
    quantity: Decimal
    price: Decimal
    fee: Decimal
    fee_asset: str
    realized: Decimal
    at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderEnded:
    """Nothing more of this order will execute."""

    id: ClientOrderId
    leg: Leg
    purpose: Purpose
    executed: Decimal
    status: str
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionClosed:
    """A position became flat, by an order of that purpose or by somebody. Amounts: quote.

    `price` is the average of all exits; earlier releases have recorded the last one's. `moved` is what had moved the
    stop that closed it, as in StopMoved. `estimated` where no trade of the venue explains how it was closed.
    """

    number: int
    leg: Leg
    by: Purpose | Cause | Literal["rule"]
    quantity: Decimal
    average: Decimal
    price: Decimal
    realized: Decimal
    fees: Decimal
    opened_at: datetime
    at: datetime
    estimated: bool = False
    moved: str = ""

    @property
    def ended_by(self) -> str:
        """What ended it, for people: a stop that was moved is no stop-loss any more."""
        return self.moved or self.by


@dataclass(frozen=True, slots=True, kw_only=True)
class StopMoved:
    """A position's stop belongs at a better level from now on; `why`: break_even, trailing, move_stop."""

    number: int
    leg: Leg
    level: Decimal
    why: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LiquidationNear:
    """The venue's own liquidation price leaves a position's stop too little room: nothing is added to it any more."""

    number: int
    leg: Leg
    price: Decimal
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderSkipped:
    """A step of the ladder was due, and could not be taken: it is behind the position."""

    number: int
    leg: Leg
    step: int
    why: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalDecided:
    """A signal was decided, once and for all; `refusal` is why it led to nothing."""

    signal: str
    symbol: Symbol
    expires: datetime
    refusal: Reason | None
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WalletSeen:
    """The venue's own balance where it differs from ours: at the start, and after transfers or funding."""

    balance: Decimal
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentBooked:
    """Funding, a transfer, a liquidation's fee: `amount` of the asset, below zero where it was paid."""

    key: str
    kind: str
    asset: str
    amount: Decimal
    at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandTaken:
    """A person's request was taken, and what came of it: the audit."""

    id: str
    name: str
    symbol: Symbol
    by: str
    result: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingPaused:
    """Nothing is opened until then, or until a person says so where `until` is None; by a person, or by a limit."""

    why: str
    until: datetime | None
    at: datetime
    limit: Limit | None = None

    @property
    def by_person(self) -> bool:
        """Whether a person asked for it."""
        return self.limit is None


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingResumed:
    """Positions may be opened again; `anew`: losses are counted from this equity, or from the next that is known."""

    why: str
    equity: Decimal | None
    at: datetime
    by_person: bool = False
    anew: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class DayBegan:
    """The first sight of a UTC day, and what the account was worth then."""

    day: str
    equity: Decimal
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PeakSeen:
    """The account was worth more than ever."""

    equity: Decimal
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SymbolDoubted:
    """Ledger and venue disagree about a symbol, or it holds what is not ours: no entries until they agree.

    `quantity` where less is held than the ledger says: nothing is closed by itself, a second reading decides.
    """

    symbol: Symbol
    why: str
    seen_at: datetime
    quantity: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SymbolTrusted:
    """Ledger and venue agree about a symbol again."""

    symbol: Symbol
    seen_at: datetime


Fact = (
    PlaceOrder
    | CancelOrder
    | Preparation
    | Reservation
    | IntentSettled
    | Filled
    | OrderEnded
    | PositionClosed
    | StopMoved
    | LiquidationNear
    | LadderSkipped
    | SignalDecided
    | WalletSeen
    | WalletKnown
    | PaymentBooked
    | CommandTaken
    | TradingPaused
    | TradingResumed
    | DayBegan
    | DayTurned
    | PeakSeen
    | SymbolDoubted
    | SymbolTrusted
    | ExternallyReduced
    | ReductionTakenBack
    | PositionAdopted
    | OrderAdopted
    | TermsChanged
    | GuardChanged
    | ExitBegan
    | LevelReached
    | TroubleBegan
    | TroubleEnded
    | SettingsSeen
    | SettingsRefused
    | OverrideSet
    | OverrideEnded
    | Managed
)
