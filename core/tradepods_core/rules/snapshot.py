"""All that a decision may see, and what it gives back."""

from collections.abc import Collection, Container, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from tradepods_core.book.book import apply
from tradepods_core.book.events import AccountRead, Event
from tradepods_core.book.facts import Fact
from tradepods_core.book.intents import Intent, Leg, Preparation, PrepareSymbol, SetMarginMode, SetPositionMode
from tradepods_core.book.reasons import Reason
from tradepods_core.book.values import Book
from tradepods_core.market import Market
from tradepods_core.money import ZERO
from tradepods_core.settings.account import AccountSpec
from tradepods_core.settings.overrides import Terms
from tradepods_core.settings.parts import MarginMode, Trailing
from tradepods_core.shapes import Symbol
from tradepods_core.wire.published import PublishedStrategy


@dataclass(frozen=True, slots=True)
class Best:
    """A position's best mark while its average and the settings for trailing were these, quote."""

    average: Decimal
    trailing: Trailing
    mark: Decimal


@dataclass(frozen=True, slots=True)
class Peak:
    """A position's best profit_rate while its average was this, quote."""

    average: Decimal
    rate: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueState:
    """How the account is set at the venue; read, never assumed."""

    leverage: Mapping[Symbol, int] = field(default_factory=dict)
    margin_modes: Mapping[Symbol, MarginMode] = field(default_factory=dict)
    one_way: bool = True
    single_asset: bool = True

    def prepared(self, intent: Preparation) -> "VenueState":
        """The state after the venue has taken this intent."""
        match intent:
            case SetPositionMode():
                return replace(self, one_way=not intent.hedge)
            case SetMarginMode():
                return replace(self, margin_modes={**self.margin_modes, intent.symbol: intent.mode})
            case PrepareSymbol():
                return replace(self, leverage={**self.leverage, intent.symbol: intent.leverage})


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One moment of one account.

    Attributes:
        account: the account's key; client order ids are made of it.
        now: market time: cooldowns, validity, staleness.
        wall: wall time: the second of protection, retries, signatures.
        event: what happened.
        before: the book as it was.
        news: the facts in the event.
        book: the book with them, and with what was decided so far.
        marks: latest mark prices, quote.
        marks_at: market time of each of them.
        best: the best mark of each position, by its number, since this run knows its present average.
        peaks: its best profit_rate since this run knows its present average, with that average.
        strategies: those in force, by their keys; empty until the service has told them.
        connected: whether the private stream is up: without it a fill would be noticed late.
        since: wall time since when this run knows the account; waiting begins no earlier.
        paper: whether this is the dry run's book; the account's other book may have something open too.
        elsewhere: ids of signals that the account decided in its other book.
        ledger_down: whether the ledger can't be written.
        reading: the latest reading of the account.
        withheld: what the venue kept from new orders in that reading, and our own positions do not explain, quote.
        unexplained: whether that reading has shown another balance than ours, and nobody knows yet what it was.

    """

    account: UUID
    now: datetime
    wall: datetime
    event: Event
    before: Book
    news: tuple[Fact, ...]
    book: Book
    terms: Terms
    markets: Mapping[Symbol, Market]
    marks: Mapping[Symbol, Decimal]
    marks_at: Mapping[Symbol, datetime]
    venue: VenueState
    connected: bool
    since: datetime
    best: Mapping[int, Best] = field(default_factory=dict)
    peaks: Mapping[int, Peak] = field(default_factory=dict)
    strategies: Mapping[str, PublishedStrategy] = field(default_factory=dict)
    paper: bool = False
    elsewhere: Container[str] = ()
    ledger_down: bool = False
    reading: AccountRead | None = None
    withheld: Decimal = ZERO
    unexplained: bool = False

    @property
    def settings(self) -> AccountSpec:
        """The settings in force: the manifest's, with the overrides that stand."""
        return self.terms.effective

    def valued(self) -> bool:
        """Whether every open position has a mark price: what the account is worth is known only then."""
        return all(leg.symbol in self.marks for leg in self.book.positions)

    def after(self, facts: Collection[Fact]) -> "Snapshot":
        """The same moment with these facts decided."""
        return replace(self, book=apply(self.book, facts)) if facts else self

    def leverage(self, symbol: Symbol) -> int:
        """The leverage by which the venue binds margin: its own, else what the setting will make it."""
        known = self.venue.leverage.get(symbol)
        return self.wanted_leverage(symbol) if known is None else known

    def wanted_leverage(self, symbol: Symbol) -> int:
        """The setting's, or the most that the symbol offers."""
        market = self.markets.get(symbol)
        return self.settings.leverage if market is None else market.leverage(self.settings.leverage)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A rule said no: why, in a word for counting and a sentence for people."""

    reason: Reason
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something to tell the person: its kind, and the values that its text needs."""

    kind: str
    at: datetime
    values: Mapping[str, str] = field(default_factory=dict)
    leg: Leg | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What follows from a snapshot.

    Attributes:
        facts: to be recorded, the intents among them. book: the snapshot's with them.
        intents: to be carried out, in this order.
        notices: to be told.
        alarm: wall time at which time alone changes the answer; None when it can't.
        strange: whether an answer suggests that the account looks different from the book: it is read at once.
        overdue: whether something expected has not come: the account is read, less and less often.
        outdated: symbols of which the venue has refused an order for its steps: its market is read anew.

    """

    facts: tuple[Fact, ...]
    book: Book
    intents: tuple[Intent, ...]
    notices: tuple[Notice, ...]
    alarm: datetime | None
    strange: bool
    overdue: bool
    outdated: tuple[Symbol, ...] = ()
