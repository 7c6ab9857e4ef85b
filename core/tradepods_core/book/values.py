"""What is open in an account: orders, positions, the book that holds them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from tradepods_core.book.facts import DayBegan, PaymentBooked, SymbolDoubted, TradingPaused
from tradepods_core.book.income import WalletKnown
from tradepods_core.book.intents import (
    OPENING,
    Intent,
    Leg,
    LegKey,
    PlaceOrder,
    Purpose,
    RejectCode,
    Reservation,
    Terms,
)
from tradepods_core.book.management import RuleMark
from tradepods_core.book.outside import Unproven
from tradepods_core.book.steering import Trouble, TroubleBegan
from tradepods_core.book.today import Today
from tradepods_core.ids import ClientOrderId
from tradepods_core.money import ONE, ZERO
from tradepods_core.shapes import Symbol

COMMANDS_KNOWN = 200  # the latest requests, which may be delivered a second time
PAYMENTS_KNOWN = 100  # the latest payments, which may be told a second time
WALLET: Symbol = ""  # among the symbols of `Book.touched`: payments, which move the wallet alone
COPY_WITHIN = timedelta(seconds=5)  # of an order's acceptance: a second copy of its request may arrive until then


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order of ours, from its intent until it has ended and all its fills are booked.

    Attributes:
        accepted: the venue has said that it has it.
        unsure: an answer was ambiguous and look-ups have not settled it.
        repeated: an answer was ambiguous at some time: a second copy of the request may be on its way.
        lost: not found, refused or gone while another copy may come: it stays until a reading doesn't show it either.
        ended: nothing more will execute; `executed` is then final.
        executed: quantity executed by the venue's word, base.
        booked: quantity of the fills in this ledger, base.
        trades: ids of those fills.
        accepted_at: wall time of the acceptance.
        filled_at: wall time at which its last fill was seen; None again once a second copy of it rests.
        ended_at: wall time at which its end was seen.
        cancels: how often we have asked the venue to cancel it, and when last (wall time).

    """

    intent: PlaceOrder
    accepted: bool = False
    unsure: bool = False
    repeated: bool = False
    lost: bool = False
    ended: bool = False
    executed: Decimal = ZERO
    booked: Decimal = ZERO
    trades: frozenset[str] = frozenset()
    accepted_at: datetime | None = None
    filled_at: datetime | None = None
    ended_at: datetime | None = None
    cancels: int = 0
    cancel_at: datetime | None = None

    @property
    def settled(self) -> bool:
        """Whether nothing more can be learned of it."""
        return self.ended and self.booked >= self.executed and not self.lost

    @property
    def acts(self) -> bool:
        """Whether it fills at this moment: its end is on the way."""
        return self.booked > ZERO and self.filled_at is not None

    def may_come_again(self, *, at: datetime) -> bool:
        """Whether a second copy of a conditional order may come to rest after the first has ended: its id is free."""
        twice = self.repeated and self.intent.conditional
        return twice and self.accepted_at is not None and at < self.accepted_at + COPY_WITHIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The venue refused an order, at this wall time."""

    code: RejectCode
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """An open position.

    Attributes:
        quantity: now open, base, positive on either side; at or below zero while exits were heard before the entry.
        average: entry price, quote.
        entered: base quantity of all its entry fills, adds included; `first` without them.
        step: how many steps of the ladder are behind it, taken, refused or skipped, or whose place an add of a rule
            has taken; `adds` of them were filled.
        realized: profit booked so far by the venue, quote, before fees.
        fees: commissions so far, quote.
        naked_since: wall time since when no accepted stop rests; None while one does.
        stop: the level to which its stop was moved, quote; None while it stands where the entry put it.
        stop_by: what moved it, and when (market time).
        anew: whether it was moved from where it had been set anew from the mark: the level of its terms was passed,
            and counts no more.
        target: where its take-profit was set anew, quote; None while it stands where its terms put it.
        alerts: whether nothing rests for it at the venue: its levels only alert; `alerted` are those told of.
        liquidation: the venue's liquidation price once it was too near the stop, quote; nothing is added from then on.
        outside: ids of the trades that reduced it without an order of ours.
        refused: the venue's last refusal of a protective or closing order, by purpose, until the next is placed.
        refusals: how many there were, by purpose; of a stop or take-profit since one was accepted.
        rules: what it remembers of its strategy's management rules, by their names.
        managed: the latest cycle in which one of them has acted on it.
        trail: how far behind the best price a rule has its stop follow, %; None while none does.
        peak: its best profit_rate as far as it was recorded; an add leaves the fall from it as it is.
        funding: paid since it was opened, quote; None where it was adopted, and once a payment was not for it alone.
        exited: what its exits have come to, quantity times price, quote; None where an earlier release has opened it.

    """

    number: int
    leg: Leg
    quantity: Decimal
    average: Decimal
    entered: Decimal
    terms: Terms
    opened_at: datetime
    strategy: str
    signal: str
    realized: Decimal = ZERO
    fees: Decimal = ZERO
    naked_since: datetime | None = None
    first: Decimal = ZERO
    step: int = 0
    adds: int = 0
    stop: Decimal | None = None
    stop_by: str = ""
    stop_at: datetime | None = None
    anew: bool = False
    target: Decimal | None = None
    alerts: bool = False
    alerted: frozenset[str] = frozenset()
    liquidation: Decimal | None = None
    outside: frozenset[str] = frozenset()
    refused: Mapping[Purpose, Refused] = field(default_factory=dict)
    refusals: Mapping[Purpose, int] = field(default_factory=dict)
    rules: Mapping[str, RuleMark] = field(default_factory=dict)
    managed: str = ""
    trail: Decimal | None = None
    peak: Decimal = ZERO
    funding: Decimal | None = None
    exited: Decimal | None = None

    def rate(self, price: Decimal) -> Decimal:
        """How far a price lies from the average in the position's favour: 0.02 is +2 %."""
        return (price / self.average - ONE) * self.leg.sign

    def unrealized(self, mark: Decimal) -> Decimal:
        """Profit at this mark price, quote."""
        return (mark - self.average) * self.quantity * self.leg.sign


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """What is open in one account. What was, is in the ledger.

    Attributes:
        wallet: balance of the settle asset, quote; None until the venue has been read once.
        orders: ours, until they have ended and all their fills are booked.
        unsettled: intents without a final outcome.
        reserved: ids committed with an entry for its first stop, take-profit and emergency close, until they are used.
        revisions: how many orders of each purpose a position has had, by its number.
        decided: signals decided whose cycle may still be repeated, with the time when it no longer may.
        entered_at: last entry fill by symbol, market time.
        closed_at: when a position on a symbol was last closed, market time.
        touched: wall time of what was last learned of a symbol's orders: an older reading says nothing about it.
        paid: keys of the latest payments; `commands` ids of the latest requests.
        heard: the latest payments of the settle asset, oldest first; of the stream's, those since `known`.
        known: the venue's balance with the last of its records in it; None until they were read.
        pause: why nothing is opened, and until when; `covered` is a limit's that stands under a person's.
        resumed_at: when a person last said that trading goes on, market time.
        troubles: what outside keeps the account from opening, by its kind.
        day: the present UTC day and what the account was worth at its beginning, 0 where losses count anew from what
            it is worth next; transfers move it.
        today: what the present UTC day has brought so far.
        peak: the most that the account was worth; transfers move it.
        losses: positions in a row that were closed with a loss.
        doubts: symbols that no entry may touch, and why: `Unreconciled: ...`, `ForeignPosition: ...`.
        unproven: what was taken off a position, by its number, without a trade that explains it.
        leaving: why all of a position is to go, by its number: also what is still to fill of it.

    """

    wallet: Decimal | None = None
    next_position: int = 1
    positions: Mapping[LegKey, Position] = field(default_factory=dict)
    orders: Mapping[ClientOrderId, Order] = field(default_factory=dict)
    unsettled: Mapping[ClientOrderId, Intent] = field(default_factory=dict)
    reserved: Mapping[ClientOrderId, Reservation] = field(default_factory=dict)
    revisions: Mapping[int, Mapping[Purpose, int]] = field(default_factory=dict)
    decided: Mapping[str, datetime] = field(default_factory=dict)
    entered_at: Mapping[Symbol, datetime] = field(default_factory=dict)
    closed_at: Mapping[Symbol, datetime] = field(default_factory=dict)
    touched: Mapping[Symbol, datetime] = field(default_factory=dict)
    doubts: Mapping[Symbol, SymbolDoubted] = field(default_factory=dict)
    unproven: Mapping[int, Unproven] = field(default_factory=dict)
    leaving: Mapping[int, str] = field(default_factory=dict)
    paid: tuple[str, ...] = ()
    heard: tuple[PaymentBooked, ...] = ()
    known: WalletKnown | None = None
    commands: tuple[str, ...] = ()
    pause: TradingPaused | None = None
    covered: TradingPaused | None = None
    resumed_at: datetime | None = None
    troubles: Mapping[Trouble, TroubleBegan] = field(default_factory=dict)
    day: DayBegan | None = None
    today: Today | None = None
    peak: Decimal | None = None
    losses: int = 0

    @property
    def breach(self) -> TradingPaused | None:
        """The pause of a limit that was reached, whether or not a person has paused the account beside it."""
        return self.covered if self.pause is None or self.pause.by_person else self.pause

    def position(self, number: int) -> Position | None:
        """The open position of this number."""
        return next((p for p in self.positions.values() if p.number == number), None)

    def entering(self, number: int) -> bool:
        """Whether the venue has executed more of the position's entry than was heard of."""
        entries = (o for o in self.orders.values() if o.intent.position == number and o.intent.purpose in OPENING)
        return any(order.booked < order.executed for order in entries)

    def opening(self) -> list[Order]:
        """The orders that may yet bring something, of entries and adds: under way, or executed and not heard of."""
        return [
            o for o in self.orders.values() if o.intent.purpose in OPENING and not (o.ended and o.booked >= o.executed)
        ]

    def revision(self, number: int, purpose: Purpose) -> int:
        """How many orders of this purpose the position has had: the revision of the next."""
        return self.revisions.get(number, {}).get(purpose, 0)

    def live(self, number: int, purpose: Purpose) -> list[Order]:
        """The position's orders of this purpose that may still execute, oldest revision first."""
        found = [
            o
            for o in self.orders.values()
            if o.intent.position == number and o.intent.purpose == purpose and not o.ended
        ]
        return sorted(found, key=lambda order: order.intent.revision)
