"""What is seen and never recorded: marks, markets, settings, how the account is set at the venue, who can be heard."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from tradepods_core.book.events import (
    AccountRead,
    CycleArrived,
    Event,
    FillReported,
    IntentSettled,
    MarketRead,
    MarksMoved,
    SettingsChanged,
    StrategiesSeen,
    StreamChanged,
)
from tradepods_core.book.facts import Fact
from tradepods_core.book.holdings import undecided
from tradepods_core.book.intents import OPENING, Accepted, Preparation, SetPositionMode
from tradepods_core.book.outside import ForeignSeen
from tradepods_core.book.steering import after
from tradepods_core.book.values import Book, Position
from tradepods_core.market import Market
from tradepods_core.money import ZERO
from tradepods_core.rules.snapshot import Best, Peak, Snapshot, VenueState
from tradepods_core.rules.withheld import judged
from tradepods_core.settings.account import AccountSpec
from tradepods_core.settings.overrides import Terms, in_force
from tradepods_core.shapes import Symbol
from tradepods_core.wire.published import PublishedStrategy

Steps = Mapping[str, Decimal]  # fields of a market by which the venue judges prices and quantities
JUDGED = ("tick", "step", "min_quantity", "max_quantity", "min_notional")


class Sight:
    """The newest of everything that a decision needs beside the book."""

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self.markets: Mapping[Symbol, Market] = {}
        self.marks: Mapping[Symbol, Decimal] = {}
        self.marks_at: Mapping[Symbol, datetime] = {}
        self.best: Mapping[int, Best] = {}
        self.peaks: Mapping[int, Peak] = {}
        self.strategies: Mapping[str, PublishedStrategy] = {}
        self.venue = VenueState()
        self.since: datetime | None = None
        self.last_cycle = ""
        self.reading: AccountRead | None = None
        self.read_at: datetime | None = None
        self._connected_at: datetime | None = None
        self._filled_at: datetime | None = None
        self._stirred_at: datetime | None = None
        self.undecided = False
        self.withheld = ZERO
        self.unexplained = False
        self._set: dict[tuple[str, Symbol], tuple[Preparation, datetime]] = {}
        self._renewed: dict[Symbol, tuple[Steps, Steps]] = {}  # those that were outdated, and the venue's own

    @property
    def settings(self) -> AccountSpec:
        """The settings in force."""
        return self.terms.effective

    @property
    def connected(self) -> bool:
        """Whether the private stream is up, and the account was read after it came up."""
        if self._connected_at is None or self.read_at is None:
            return False
        return self.read_at >= self._connected_at

    @property
    def unread(self) -> bool:
        """Whether an entry was filled after the last reading: the venue has not named its liquidation price yet."""
        return self._filled_at is not None and (self.read_at is None or self._filled_at > self.read_at)

    @property
    def stirred(self) -> bool:
        """Whether something that is not ours was heard of after the last reading."""
        return self._stirred_at is not None and (self.read_at is None or self._stirred_at > self.read_at)

    def look(self, event: Event, book: Book) -> None:
        """Take in an event; `book` is the book before it."""
        match event:
            case MarksMoved():
                self._mark(event, book)
            case StreamChanged():
                self._connected_at = event.seen_at if event.connected else None
            case AccountRead():
                self._see(event)
            case IntentSettled(outcome=Accepted()):
                self._prepared(event, book)
            case FillReported() | ForeignSeen():
                self._heard(event, book)
            case SettingsChanged():
                self.terms = event.terms
            case CycleArrived() | StrategiesSeen() | MarketRead():
                self._told(event)
            case _:
                pass

    def _told(self, event: CycleArrived | StrategiesSeen | MarketRead) -> None:
        match event:
            case StrategiesSeen():
                self.strategies = event.strategies
            case CycleArrived():
                self.last_cycle = event.cycle.id
            case MarketRead():
                self._renew(event.market)

    def _renew(self, market: Market) -> None:
        """The venue's own word of a market holds until those who told us of it before say something else."""
        symbol, known = market.symbol, self.markets.get(market.symbol)
        if known is not None:
            outdated, _ = self._renewed.get(symbol, (_steps(known), {}))
            self._renewed[symbol] = outdated, _steps(market)
            self.markets = {**self.markets, symbol: known.model_copy(update=_steps(market))}

    def judge(self, snapshot: Snapshot) -> Snapshot:
        """Note what a reading says beside the book: what is kept from us, and whether it could decide."""
        if isinstance(snapshot.event, AccountRead):
            self.undecided = undecided(snapshot.before, snapshot.book, snapshot.event)
            snapshot = judged(snapshot)
            self.withheld, self.unexplained = snapshot.withheld, snapshot.unexplained
        return snapshot

    def _heard(self, event: FillReported | ForeignSeen, book: Book) -> None:
        if isinstance(event, ForeignSeen):
            self._stirred_at = event.seen_at
        else:
            self._filled(event, book)

    def heard(self, facts: Iterable[Fact]) -> None:
        """A command counts from its commit on, also for what waits before the new terms are told to every book."""
        overrides = after(self.terms.overrides, facts)
        if overrides != self.terms.overrides:
            self.terms = in_force(self.terms.spec, overrides)

    def learn(self, markets: Mapping[Symbol, Market]) -> None:
        """The venue's markets; the brackets and the newer steps that it has told this account stay."""
        known = {symbol: market.brackets for symbol, market in self.markets.items() if market.brackets}
        self.markets = {
            symbol: market.model_copy(update={"brackets": known.get(symbol, market.brackets), **self._newer(market)})
            for symbol, market in markets.items()
        }

    def _newer(self, market: Market) -> Steps:
        """The steps that the venue has named itself, while who tells of the market still has those before them."""
        outdated, newer = self._renewed.get(market.symbol, ({}, {}))
        if _steps(market) == outdated:
            return newer
        self._renewed.pop(market.symbol, None)
        return {}

    def _mark(self, event: MarksMoved, book: Book) -> None:
        self.marks = {**self.marks, **event.marks}
        known = [position for position in book.positions.values() if position.leg.symbol in self.marks]
        self.best = {position.number: self._best(position) for position in known}
        self.peaks = {position.number: self._peak(position) for position in known}
        self.marks_at = {**self.marks_at, **dict.fromkeys(event.marks, event.at)}

    def _best(self, position: Position) -> Best:
        """While nothing rests for it no stop follows the price: the one that rests some day is not hit by the past.

        Likewise after an add, and after another setting.
        """
        mark, known = self.marks[position.leg.symbol], self.best.get(position.number)
        begun = Best(position.average, self.settings.trailing, mark)
        if position.alerts or known is None or replace(known, mark=mark) != begun:
            return begun
        return max(known, begun, key=lambda best: best.mark * position.leg.sign)

    def _peak(self, position: Position) -> Peak:
        rate, known = position.rate(self.marks[position.leg.symbol]), self.peaks.get(position.number)
        if known is None or known.average != position.average:
            return Peak(position.average, rate)
        return Peak(position.average, max(known.rate, rate))

    def _see(self, event: AccountRead) -> None:
        """What was set while the account was being read is newer than what the reading says of it."""
        view = event.view
        self.venue = VenueState(
            leverage=view.leverage,
            margin_modes=view.margin_modes,
            one_way=view.one_way,
            single_asset=view.single_asset,
        )
        for intent, at in self._set.values():
            if at > event.begun_at:
                self.venue = self.venue.prepared(intent)
        self.markets = {
            symbol: market.model_copy(update={"brackets": view.brackets.get(symbol, market.brackets)})
            for symbol, market in self.markets.items()
        }
        self.since = self.since or event.seen_at
        self.reading = event
        self.read_at = event.begun_at

    def _prepared(self, event: IntentSettled, book: Book) -> None:
        intent = book.unsettled.get(event.id)
        if isinstance(intent, Preparation):
            symbol = "" if isinstance(intent, SetPositionMode) else intent.symbol
            self._set[type(intent).__name__, symbol] = intent, event.seen_at
            self.venue = self.venue.prepared(intent)

    def _filled(self, event: FillReported, book: Book) -> None:
        order = book.orders.get(event.order)
        if order is not None and order.intent.purpose in OPENING:
            self._filled_at = event.seen_at


def _steps(market: Market) -> Steps:
    return {name: getattr(market, name) for name in JUDGED}
