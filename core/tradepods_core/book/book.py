"""`apply`: the only way a book changes. One small function a kind of fact, in one table."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from tradepods_core.book import accounting, externals, guarding, managed, orders, trading
from tradepods_core.book.events import IntentSettled
from tradepods_core.book.facts import (
    CommandTaken,
    DayBegan,
    Fact,
    Filled,
    LadderSkipped,
    LiquidationNear,
    OrderEnded,
    PaymentBooked,
    PeakSeen,
    PositionClosed,
    SignalDecided,
    StopMoved,
    SymbolDoubted,
    SymbolTrusted,
    TradingPaused,
    TradingResumed,
    WalletSeen,
)
from tradepods_core.book.income import WalletKnown
from tradepods_core.book.intents import (
    CancelOrder,
    PlaceOrder,
    PrepareSymbol,
    Reservation,
    SetMarginMode,
    SetPositionMode,
)
from tradepods_core.book.management import ProfitPeaked, RuleActed, RuleCeased, RuleSkipped
from tradepods_core.book.orders import including, latest, released, without
from tradepods_core.book.outside import ExternallyReduced, OrderAdopted, PositionAdopted, ReductionTakenBack
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
from tradepods_core.book.tally import counted_on
from tradepods_core.book.today import DayTurned
from tradepods_core.book.values import WALLET, Book, Position
from tradepods_core.shapes import Symbol

REMEMBERED = timedelta(days=30)  # the longest cooldown that settings allow


def apply(book: Book, facts: Iterable[Fact]) -> Book:
    """The book after these facts, in their order."""
    for fact in facts:
        book = _APPLY[type(fact)](_counted(_touched(book, fact), fact), fact)
    return book


def _counted(book: Book, fact: Fact) -> Book:
    """With what the day has brought so far."""
    if book.today is None:
        return book
    today = counted_on(book.today, (fact,))
    return book if today is book.today else replace(book, today=today)


def _touched(book: Book, fact: Fact) -> Book:
    """Note when a symbol's orders were heard of, so that a reading which is older does not overrule it."""
    match fact:
        case Filled() | OrderEnded():
            symbol: Symbol | None = fact.leg.symbol
        case IntentSettled():
            order = book.orders.get(fact.id)
            symbol = None if order is None else order.intent.leg.symbol
        case PaymentBooked():
            symbol = WALLET
        case _:
            return book
    return book if symbol is None else replace(book, touched=including(book.touched, symbol, fact.seen_at))


def _closed(book: Book, fact: PositionClosed) -> Book:
    closed_at = latest(book.closed_at, fact.leg.symbol, fact.at)
    book = replace(
        book,
        positions=without(book.positions, fact.leg),
        closed_at={s: at for s, at in closed_at.items() if fact.at - at < REMEMBERED},
        entered_at={s: at for s, at in book.entered_at.items() if fact.at - at < REMEMBERED},
    )
    return trading.closed(released(book, fact.number), fact)


def _of_position(change: Callable[[Position, Any], Position]) -> Callable[[Book, Any], Book]:
    """What a fact changes about the one position that it names."""

    def applied(book: Book, fact: Any) -> Book:
        position = book.positions.get(fact.leg)
        if position is None or position.number != fact.number:
            return book
        return replace(book, positions=including(book.positions, fact.leg, change(position, fact)))

    return applied


def _decided(book: Book, fact: SignalDecided) -> Book:
    kept = {signal: expires for signal, expires in book.decided.items() if expires >= fact.expires - REPEATABLE}
    return replace(book, decided={**kept, fact.signal: fact.expires})


def _audited(book: Book, _fact: Any) -> Book:
    """What is recorded for people and for the next start, and changes nothing that is open."""
    return book


REPEATABLE = timedelta(minutes=10)  # how long after its cycle expired a decided signal is remembered


_APPLY: Mapping[type, Callable[[Book, Any], Book]] = MappingProxyType(
    {
        PlaceOrder: orders.placed,
        CancelOrder: orders.cancelling,
        PrepareSymbol: orders.preparing,
        SetMarginMode: orders.preparing,
        SetPositionMode: orders.preparing,
        Reservation: orders.reserved,
        IntentSettled: orders.settled,
        Filled: orders.filled,
        OrderEnded: orders.ended,
        PositionClosed: _closed,
        StopMoved: _of_position(accounting.stop_moved),
        LiquidationNear: _of_position(lambda position, fact: replace(position, liquidation=fact.price)),
        LadderSkipped: _of_position(lambda position, fact: replace(position, step=fact.step + 1)),
        TermsChanged: _of_position(guarding.terms_changed),
        GuardChanged: _of_position(guarding.guard_changed),
        LevelReached: _of_position(guarding.level_reached),
        ExitBegan: lambda book, fact: replace(book, leaving=including(book.leaving, fact.number, fact.why)),
        SignalDecided: _decided,
        RuleActed: _of_position(managed.acted),
        RuleSkipped: _of_position(managed.skipped),
        RuleCeased: _of_position(managed.ceased),
        ProfitPeaked: _of_position(lambda position, fact: replace(position, peak=fact.rate)),
        WalletSeen: trading.seen,
        WalletKnown: trading.known,
        PaymentBooked: trading.paid,
        CommandTaken: trading.commanded,
        TradingPaused: trading.paused,
        TradingResumed: trading.resumed,
        DayBegan: trading.began,
        DayTurned: lambda book, fact: replace(book, today=fact.begun),
        PeakSeen: trading.peaked,
        SymbolDoubted: lambda book, fact: replace(book, doubts=including(book.doubts, fact.symbol, fact)),
        TroubleBegan: trading.troubled,
        TroubleEnded: trading.relieved,
        SettingsSeen: _audited,
        SettingsRefused: _audited,
        OverrideSet: _audited,
        OverrideEnded: _audited,
        SymbolTrusted: lambda book, fact: replace(book, doubts=without(book.doubts, fact.symbol)),
        ExternallyReduced: externals.reduced,
        ReductionTakenBack: externals.taken_back,
        PositionAdopted: externals.adopted,
        OrderAdopted: externals.order_adopted,
    }
)
FACT_KINDS: Mapping[str, type] = {kind.__name__: kind for kind in _APPLY}
