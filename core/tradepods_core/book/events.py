"""What can happen to an account: the only things that reach its desk."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

from tradepods_core.book.income import Records
from tradepods_core.book.intents import Leg, OrderKind, Outcome
from tradepods_core.book.outside import ForeignSeen, Past
from tradepods_core.book.steering import Steering, Trouble
from tradepods_core.ids import ClientOrderId
from tradepods_core.market import Bracket, Market
from tradepods_core.money import ZERO
from tradepods_core.settings.overrides import Overridable, Terms
from tradepods_core.settings.parts import MarginMode
from tradepods_core.shapes import Symbol
from tradepods_core.wire.cycle import Cycle
from tradepods_core.wire.published import PublishedStrategy

CommandName = Literal["pause", "resume", "close", "set", "reset"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleArrived:
    """The signal service published a cycle."""

    cycle: Cycle


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategiesSeen:
    """The strategies in force from now on, each by its key."""

    strategies: Mapping[str, PublishedStrategy]


@dataclass(frozen=True, slots=True, kw_only=True)
class MarksMoved:
    """New mark prices, quote."""

    at: datetime
    marks: Mapping[Symbol, Decimal]
    step: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamChanged:
    """The private stream was connected, or broke: what happened before a reading of the account may be unheard."""

    connected: bool
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderReported:
    """The venue says how an order of ours stands.

    Attributes:
        ended: filled, cancelled, expired or refused: nothing more will execute.
        executed: quantity executed so far, base.
        status: the venue's own word, for people.

    """

    id: ClientOrderId
    ended: bool
    executed: Decimal
    status: str
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FillReported:
    """One trade of one order of ours.

    Attributes:
        trade: the venue's id, unique within the symbol.
        fee: commission in `fee_asset`, positive where it was paid.
        realized: profit that the venue booked with it, quote, before fees.
        at: the venue's time of the trade (market time).
        seen_at: wall time at which it reached us.

    """

    order: ClientOrderId
    trade: str
    symbol: Symbol
    quantity: Decimal
    price: Decimal
    fee: Decimal
    fee_asset: str
    realized: Decimal
    at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentReported:
    """Money came or went without a trade: funding, a transfer, a liquidation's fee.

    Attributes:
        kind: the venue's word for it, as FUNDING_FEE.
        amount: below zero where it was paid.
        balance: of the asset after it.
        at: the venue's time of it (market time).
        seen_at: wall time at which it reached us.

    """

    kind: str
    asset: str
    amount: Decimal
    balance: Decimal
    at: datetime
    seen_at: datetime

    @property
    def key(self) -> str:
        """What tells it from every other."""
        return f"{self.kind}/{self.asset}/{self.at.isoformat()}/{self.balance}"


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueOrder:
    """An order as the venue shows it; `quantity` and `trigger` let a reserved one be taken into the book."""

    id: ClientOrderId
    symbol: Symbol
    buys: bool
    kind: OrderKind | None
    quantity: Decimal
    trigger: Decimal | None
    ended: bool
    executed: Decimal
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VenuePosition:
    """A position as the venue shows it; in hedge mode a symbol may have two.

    Attributes:
        quantity: base, below zero for a short one, in either position mode.
        liquidation: mark price at which the venue would liquidate it, quote; None where it names none.
        entry: its average entry price, quote; 0 where the venue names none.
        mark: the mark price by which the venue reckoned its margin in this reading, quote; None where it names none.

    """

    symbol: Symbol
    quantity: Decimal
    liquidation: Decimal | None = None
    entry: Decimal = ZERO
    mark: Decimal | None = None

    @property
    def leg(self) -> Leg:
        """Which of the symbol's two sides it is on."""
        return Leg(self.symbol, "short" if self.quantity < ZERO else "long")


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountView:
    """One reading of the whole account.

    Attributes:
        wallet: balance of the settle asset, quote.
        available: what the venue lets new orders bind of it, quote; None where it does not say.
        orders: every open order, plain and conditional, and those of ours that were looked up.
        fills: since the moment that was asked for, oldest first.
        pasts: of the symbols that were asked about: what happened there that is not ours.
        leverage: per symbol, as the venue has it; `margin_modes` likewise.
        brackets: leverage brackets per symbol.
        one_way: False in hedge mode.
        single_asset: False with multi-assets or portfolio margin.
        records: of the wallet, where they were asked for; None where they were not.

    """

    wallet: Decimal
    available: Decimal | None = None
    positions: tuple[VenuePosition, ...] = ()
    orders: tuple[VenueOrder, ...] = ()
    fills: tuple[FillReported, ...] = ()
    pasts: Mapping[Symbol, Past] = field(default_factory=dict)
    leverage: Mapping[Symbol, int] = field(default_factory=dict)
    margin_modes: Mapping[Symbol, MarginMode] = field(default_factory=dict)
    brackets: Mapping[Symbol, tuple[Bracket, ...]] = field(default_factory=dict)
    one_way: bool = True
    single_asset: bool = True
    records: Records | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRead:
    """The account was read: at the start, after a gap in the private stream, or because something did not add up."""

    view: AccountView
    begun_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentSettled:
    """What became of an intent. Unknown is not final: the order may still turn up."""

    id: ClientOrderId
    outcome: Outcome
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsChanged:
    """The account trades by these terms from now on; `news` is what the ledger is to keep of it."""

    terms: Terms
    news: tuple[Steering, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TroublesSeen:
    """What keeps the account from opening, as it stands now: each trouble with why."""

    troubles: Mapping[Trouble, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandGiven:
    """A person asks for something.

    Attributes:
        id: the same however often it is delivered, as `telegram/4711`.
        symbol: what to close; "" for all.
        foreign: whether a close means what the ledger does not know, too.
        field: with `set`, which setting; `value` as the person wrote it.
        by: who, for the record.

    """

    id: str
    name: CommandName
    symbol: Symbol = ""
    field: Overridable | None = None
    value: str = ""
    foreign: bool = False
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketRead:
    """The price and quantity steps by which the venue judges orders now, read after it refused one for them."""

    market: Market


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmRang:
    """The wall time has come at which the desk asked to be woken."""

    at: datetime


Event = (
    CycleArrived
    | StrategiesSeen
    | MarksMoved
    | StreamChanged
    | OrderReported
    | FillReported
    | PaymentReported
    | ForeignSeen
    | AccountRead
    | IntentSettled
    | SettingsChanged
    | TroublesSeen
    | CommandGiven
    | MarketRead
    | AlarmRang
)
