"""What is allowed when: the one table. A standing is what an account, or one symbol of it, is in at a moment."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Literal

from tradepods_core.book.facts import SymbolDoubted
from tradepods_core.book.reasons import Reason
from tradepods_core.rules.snapshot import Refusal, Snapshot
from tradepods_core.settings.parts import State
from tradepods_core.shapes import Symbol
from tradepods_core.times import written

Standing = Literal[
    "Running",
    "Guarding",
    "Paused",
    "Tripped",
    "Halted",
    "StaleData",
    "SignalsGone",
    "NotConnected",
    "ClockDrift",
    "UnsupportedMode",
    "Unreconciled",
    "LedgerLost",
    "Foreign",
    "LeaseLost",
    "LedgerDown",
    "Stopped",
]
MARKS_LAST = timedelta(minutes=10)  # two periods of the shortest timeframe that is usual
Deed = Literal["enter", "add", "protect", "close", "close_asked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """What may happen.

    Attributes:
        protect: place, re-size and move what protects a position. close: reduce or close it at market, by itself.
        close_asked: close it as a person asks.
        reason: by which an entry is refused.
        committed: whether protection sends only what was committed before.

    """

    enter: bool = False
    add: bool = False
    protect: bool = True
    close: bool = True
    close_asked: bool = True
    committed: bool = False
    reason: Reason = "Paused"


TABLE: Mapping[Standing, Allowed] = MappingProxyType(
    {
        "Running": Allowed(enter=True, add=True),
        "Guarding": Allowed(reason="Paused"),  # the other book trades: this one is kept until it is flat
        "Paused": Allowed(reason="Paused"),
        "Tripped": Allowed(reason="Paused"),  # a limit of losses was reached
        "Halted": Allowed(reason="Halted"),
        "StaleData": Allowed(reason="StaleData"),
        "SignalsGone": Allowed(reason="StaleData"),
        "NotConnected": Allowed(reason="StaleData"),
        "ClockDrift": Allowed(reason="ClockDrift"),
        "UnsupportedMode": Allowed(reason="UnsupportedAccountMode"),
        "Unreconciled": Allowed(close=False, reason="Unreconciled"),  # less is held than the ledger says
        "LedgerLost": Allowed(reason="Unreconciled"),  # an order of our pattern that no ledger knows: ours is certain
        "Foreign": Allowed(reason="ForeignPosition"),
        "LeaseLost": Allowed(close=False, close_asked=False, committed=True, reason="LeaseLost"),
        "LedgerDown": Allowed(committed=True, reason="LedgerDown"),  # reduce-only, in the journal
        "Stopped": Allowed(protect=False, close=False, close_asked=False, reason="Paused"),  # nothing runs
    }
)


def forbids(snapshot: Snapshot, symbol: Symbol, deed: Deed) -> Refusal | None:
    """The first standing that forbids a deed on a symbol, as the reason of a refusal."""
    for standing, why in standings(snapshot, symbol):
        if not getattr(TABLE[standing], deed):
            breach = snapshot.book.breach
            limit = breach.limit if standing == "Tripped" and breach is not None else None
            return Refusal(reason=limit or TABLE[standing].reason, message=why)
    return None


def standings(snapshot: Snapshot, symbol: Symbol) -> Iterator[tuple[Standing, str]]:
    """Every standing of the account and of a symbol, with why; none is Running."""
    if snapshot.settings.dry_run != snapshot.paper:
        yield "Guarding", f"the account trades {'on paper' if snapshot.settings.dry_run else 'live'}"
    if snapshot.settings.state is not State.RUNNING:
        yield "Paused", f"the account is {snapshot.settings.state}"  # to be Stopped too: what still runs still guards
    yield from _recorded(snapshot)
    if not snapshot.connected:
        yield "NotConnected", "the private stream is down"
    if not snapshot.venue.single_asset:
        yield "UnsupportedMode", "the account is in multi-assets mode: set it to single-asset"
    at = snapshot.marks_at.get(symbol)
    if at is not None and snapshot.now - at > MARKS_LAST:
        yield "StaleData", f"the latest mark price of {symbol} is of {written(at)}"
    doubt = snapshot.book.doubts.get(symbol)
    if doubt is not None:
        yield _doubted(doubt), doubt.why


def _recorded(snapshot: Snapshot) -> Iterator[tuple[Standing, str]]:
    pause, breach = snapshot.book.pause, snapshot.book.breach
    if pause is not None and pause.by_person:
        yield "Paused", pause.why
    if breach is not None:
        yield "Tripped", breach.why
    for kind, trouble in snapshot.book.troubles.items():
        if kind != "CloseOnly":  # of some symbols alone, and their markets say so: MarketClosed
            yield kind, trouble.why
    if snapshot.ledger_down:
        yield "LedgerDown", "the ledger can't be written"


def _doubted(doubt: SymbolDoubted) -> Standing:
    if doubt.why.startswith("ForeignPosition"):
        return "Foreign"
    return "Unreconciled" if doubt.quantity else "LedgerLost"
