"""An account as its facts tell it: positions, money, cooldowns, levels; reckoned without core's own reckoning."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from tradepods_core.book.events import IntentSettled
from tradepods_core.book.facts import (
    Fact,
    Filled,
    LadderSkipped,
    OrderEnded,
    PaymentBooked,
    PeakSeen,
    PositionClosed,
    StopMoved,
    TradingPaused,
    TradingResumed,
    WalletSeen,
)
from tradepods_core.book.intents import Leg, PlaceOrder, Rejected
from tradepods_core.book.outside import ExternallyReduced, ReductionTakenBack
from tradepods_core.book.steering import GuardChanged, LevelReached, TermsChanged
from tradepods_core.money import ZERO
from tradepods_core.settings.account import AccountSpec


@dataclass(slots=True)
class Held:
    """A position by its number, as its fills tell it."""

    leg: Leg
    quantity: Decimal = ZERO
    entered: Decimal = ZERO
    first: Decimal = ZERO
    steps: int = 0
    cost: int = 0  # how often its average has changed
    trigger: Decimal | None = None  # of its newest stop; `priced` the cost at that time
    priced: int = 0
    earned: Decimal | None = None  # the best level to which a rule has moved its stop
    person: bool = False  # a person has asked to close it
    told: set[str] = field(default_factory=set)

    def move(self, fact: StopMoved) -> None:
        """A rule has moved its stop: never back."""
        assert self.earned is None or better(self.leg, fact.level, self.earned), f"{fact} after {self}"
        self.earned = fact.level

    def switch(self, fact: GuardChanged) -> None:
        """Its orders rest from now on, or don't; a stop that is set anew from the mark begins anew."""
        self.told = set()
        if fact.stop is not None:
            self.trigger, self.earned = None, fact.stop


@dataclass(slots=True)
class Opening:
    """An entry or an add that is not over; `executed` once it has ended."""

    leg: Leg
    booked: Decimal = ZERO
    executed: Decimal | None = None


class Reckoning:
    """What is open, and what was when."""

    def __init__(self) -> None:
        self.wallet: Decimal | None = None
        self.peak: Decimal | None = None  # what losses are measured from, until a person says that they are forgiven
        self._reached = False  # a limit of losses
        self.held: dict[int, Held] = {}
        self.opening: dict[str, Opening] = {}
        self.missing = False  # whether an opening order has never arrived: core waits until a reading confirms it
        self.closed_at: dict[str, datetime] = {}
        self.entered_at: dict[str, datetime] = {}
        self._fills: set[tuple[str, str]] = set()
        self._adds: Counter[int] = Counter()  # asked for, by position: one that is opened anew goes on from there

    def learn(self, fact: Fact) -> None:
        """One fact more."""
        self._money(fact)
        self._peaks(fact)
        self._orders(fact)
        self._positions(fact)
        self._guards(fact)

    def _money(self, fact: Fact) -> None:
        match fact:
            case WalletSeen():
                self.wallet = fact.balance
            case PaymentBooked(kind="TRANSFER") if self.peak is not None:
                self._paid(fact.amount)
                self.peak = max(self.peak + fact.amount, ZERO)
            case Filled():
                key = (fact.leg.symbol, fact.trade)
                assert key not in self._fills, f"booked twice: {fact}"
                self._fills.add(key)
                self._paid(fact.realized - (fact.fee if fact.fee_asset == "USDT" else ZERO))
            case PaymentBooked(asset="USDT"):
                self._paid(fact.amount)
            case ReductionTakenBack():
                self._paid(-fact.paid)
            case _:
                pass

    def _peaks(self, fact: Fact) -> None:
        """Only where a limit was reached is there anything to forgive."""
        match fact:
            case PeakSeen():
                self.peak = fact.equity
            case TradingPaused(limit=str()):
                self._reached = True
            case TradingResumed():
                if self._reached and fact.by_person:
                    self.peak = fact.equity
                self._reached = False
            case _:
                pass

    def _paid(self, amount: Decimal) -> None:
        self.wallet = None if self.wallet is None else self.wallet + amount

    def _orders(self, fact: Fact) -> None:
        match fact:
            case PlaceOrder(purpose="enter" | "add"):
                self.opening[fact.id] = Opening(fact.leg)
                if fact.purpose == "add":
                    self.held[fact.position].steps += 1
                    self._adds[fact.position] += 1
            case OrderEnded() if fact.id in self.opening:
                self.opening[fact.id].executed = fact.executed
                self._over(fact.id)
            case IntentSettled(outcome=Rejected(code=code)):
                self.missing |= code == "not_placed" and fact.id in self.opening
                self.opening.pop(fact.id, None)
            case _:
                pass

    def _positions(self, fact: Fact) -> None:
        match fact:
            case Filled():
                self._filled(fact)
            case ExternallyReduced():
                self.held[fact.number].quantity -= fact.quantity
            case ReductionTakenBack() if fact.number in self.held:
                self.held[fact.number].quantity += fact.quantity
            case PositionClosed():
                self.closed_at[fact.leg.symbol] = max(fact.at, self.closed_at.get(fact.leg.symbol, fact.at))
                self.held.pop(fact.number)
            case _:
                pass

    def _filled(self, fill: Filled) -> None:
        opens = fill.purpose in ("enter", "add")
        if fill.order in self.opening:
            self.opening[fill.order].booked += fill.quantity
            self._over(fill.order)
        if fill.position not in self.held and not opens:
            return  # the rest of an exit whose position is closed
        held = self.held.setdefault(fill.position, Held(fill.leg, steps=self._adds[fill.position]))
        held.quantity += fill.quantity if opens else -fill.quantity
        if opens:
            held.entered += fill.quantity
            held.cost += 1
        if fill.purpose == "enter":
            held.first += fill.quantity
            self.entered_at[fill.leg.symbol] = max(fill.at, self.entered_at.get(fill.leg.symbol, fill.at))

    def _over(self, identifier: str) -> None:
        """An opening order is over once it has ended and all its fills are booked."""
        opening = self.opening[identifier]
        if opening.executed is not None and opening.booked >= opening.executed:
            del self.opening[identifier]

    def _guards(self, fact: Fact) -> None:
        match fact:
            case PlaceOrder(purpose="stop"):
                held = self.held[fact.position]
                held.trigger, held.priced = fact.trigger, held.cost
            case LadderSkipped():
                self.held[fact.number].steps += 1
            case StopMoved():
                self.held[fact.number].move(fact)
            case GuardChanged():
                self.held[fact.number].switch(fact)
            case TermsChanged():
                self.held[fact.number].told = set()
            case LevelReached():
                assert fact.what not in self.held[fact.number].told, f"told twice: {fact}"
                self.held[fact.number].told.add(fact.what)
            case _:
                pass

    def taken(self) -> set[Leg]:
        """Legs that are held or being entered."""
        return {held.leg for held in self.held.values()} | {order.leg for order in self.opening.values()}

    def cooling(self, spec: AccountSpec, symbol: str, now: datetime) -> set[str]:
        """The cooldowns that run."""
        closed, entered = self.closed_at.get(symbol), self.entered_at.get(symbol)
        found = set()
        if closed is not None and now < closed + timedelta(hours=float(spec.exit_cooldown_hours)):
            found.add("ExitCooldown")
        if entered is not None and now < entered + timedelta(minutes=float(spec.entry_cooldown_minutes)):
            found.add("EntryCooldown")
        return found


def better(leg: Leg, new: Decimal, old: Decimal) -> bool:
    """Whether a level is not behind another, in the position's favour."""
    return (new - old) * leg.sign >= ZERO
