"""What an account was told, by people and from outside, and what may follow from it: kept beside core's own reckoning.

Nothing here asks core what is in force, or what stands in the way of an order.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from tradepods_core.book.events import CommandGiven, Event, TroublesSeen
from tradepods_core.book.facts import Fact, SymbolDoubted, SymbolTrusted, TradingPaused, TradingResumed
from tradepods_core.rules.snapshot import Snapshot
from tradepods_core.settings.account import AccountSpec

D = Decimal
FORBIDS: Mapping[str, str] = {  # the contract's table, as far as opening goes: each of these says no, by this reason
    "Guarding": "Paused",
    "Paused": "Paused",
    "DailyLossLimit": "DailyLossLimit",
    "MaxDrawdown": "MaxDrawdown",
    "ConsecutiveLosses": "ConsecutiveLosses",
    "Halted": "Halted",
    "StaleData": "StaleData",
    "SignalsGone": "StaleData",
    "NotConnected": "StaleData",
    "ClockDrift": "ClockDrift",
    "UnsupportedMode": "UnsupportedAccountMode",
    "Unreconciled": "Unreconciled",
    "ForeignPosition": "ForeignPosition",
    "LedgerDown": "LedgerDown",
}
SWITCH = {"on": "true", "off": "false"}


@dataclass(slots=True)
class Pause:
    """Why nothing is opened; `until` None: until a person says so."""

    why: str
    until: datetime | None = None


@dataclass(slots=True)
class Told:
    """What people have said of the settings: the manifest, and the commands beside it."""

    spec: AccountSpec
    overrides: dict[str, tuple[str, str]] = field(default_factory=dict)  # in force, and what the manifest said then

    def take(self, spec: AccountSpec) -> None:
        """The manifest is this from now on."""
        self.spec = spec
        self.overrides = {name: o for name, o in self.overrides.items() if self._stands(name, *o)}

    def set(self, name: str, typed: str) -> None:
        """A person types another value."""
        value = SWITCH.get(typed, typed)
        if not self._stands(name, value, self._says(name)) or not _legal(name, typed):
            return
        if value == self._says(name):
            self.overrides.pop(name, None)
        elif value != self.in_force(name):
            self.overrides[name] = value, self._says(name)

    def _stands(self, name: str, value: str, over: str) -> bool:
        """Whether an override goes with the manifest: offered, its field unchanged, live trading confirmed."""
        offered = self.spec.telegram is not None and name in self.spec.telegram.overrides
        lives = name != "dryRun" or value == "true" or self.spec.acknowledge_live_trading
        return offered and lives and over == self._says(name)

    def _says(self, name: str) -> str:
        """The manifest's own value, as a person writes it."""
        found = {"dryRun": self.spec.dry_run, "autoExit": self.spec.auto_exit, "entryPct": self.spec.entry_pct}[name]
        return str(found).lower()

    def in_force(self, name: str) -> str:
        """What the account trades by."""
        return self.overrides[name][0] if name in self.overrides else self._says(name)


@dataclass(slots=True)
class Given:
    """One book's orders, as a person would remember them; `paper` is whether it is the dry run's."""

    told: Told
    paper: bool = True
    taken: set[str] = field(default_factory=set)
    paused: bool = False  # by a person
    breach: Pause | None = None  # by a limit of losses
    troubles: frozenset[str] = frozenset()
    doubts: dict[str, str] = field(default_factory=dict)

    @property
    def spec(self) -> AccountSpec:
        """The manifest."""
        return self.told.spec

    def in_force(self, name: str) -> str:
        """What the account trades by."""
        return self.told.in_force(name)

    def trades(self) -> bool:
        """Whether signals are for this book."""
        return self.in_force("dryRun") == str(self.paper).lower()

    def hear(self, event: Event) -> None:
        """Something was said."""
        match event:
            case CommandGiven() if event.id not in self.taken:
                self.taken.add(event.id)
                self._obey(event)
            case TroublesSeen():
                self.troubles = frozenset(event.troubles)
            case _:
                pass

    def _obey(self, command: CommandGiven) -> None:
        match command.name:
            case "pause":
                self.paused = True
            case "resume":
                self.paused, self.breach = False, None
            case "reset":
                self.told.overrides = {}
            case "set" if command.field is not None:
                self.told.set(command.field, command.value)
            case _:
                pass

    def learn(self, facts: Iterable[Fact]) -> None:
        """What the account found by itself: limits that were reached, symbols that don't add up."""
        for fact in facts:
            match fact:
                case TradingPaused(limit=str() as limit):
                    assert self.breach is None or self.breach.until is not None, f"{fact} replaces {self.breach}"
                    self.breach = Pause(limit, fact.until)
                case TradingResumed(by_person=False) if self.breach is not None:
                    assert self.breach.until is not None, f"{fact} ends what only a person ends: {self.breach}"
                    assert fact.at >= self.breach.until
                    self.breach = None
                case SymbolDoubted():
                    self.doubts[fact.symbol] = fact.why.partition(":")[0]
                case SymbolTrusted():
                    del self.doubts[fact.symbol]
                case _:
                    pass

    def forbidding(self, snapshot: Snapshot, symbol: str) -> dict[str, str]:
        """Everything that forbids opening on a symbol, with the reasons that a refusal may give."""
        return {standing: FORBIDS[standing] for standing in self._standings(snapshot, symbol)}

    def _standings(self, snapshot: Snapshot, symbol: str) -> Iterator[str]:
        if not self.trades():
            yield "Guarding"
        if self.spec.state != "Running":
            yield "Paused"
        if self.paused:
            yield "Paused"
        if self.breach is not None:
            yield self.breach.why
        yield from self.troubles
        if not snapshot.connected:
            yield "NotConnected"
        if symbol in self.doubts:
            yield self.doubts[symbol]
        if snapshot.ledger_down:
            yield "LedgerDown"


def _legal(name: str, typed: str) -> bool:
    return typed in SWITCH if name != "entryPct" else typed.isascii() and typed.isdigit() and 0 < D(typed) <= 100
