"""The table of what is allowed when, row by row, and as the account acts by it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, get_args

import pytest

from support.account import Account, orders, placed
from support.build import BTC, NOON, WALL, arrived, settings, signal
from tradepods_core.book.book import apply
from tradepods_core.book.events import CommandGiven, Event, FillReported, IntentSettled, MarksMoved
from tradepods_core.book.facts import Fact, StopMoved, SymbolDoubted, TradingPaused
from tradepods_core.book.intents import Rejected
from tradepods_core.book.reasons import Reason
from tradepods_core.book.steering import Trouble, TroubleBegan
from tradepods_core.rules import allowed
from tradepods_core.rules.allowed import TABLE, Allowed, Deed, Standing
from tradepods_core.rules.decide import decide
from tradepods_core.rules.snapshot import Decision, Snapshot

DEEDS: tuple[Deed, ...] = get_args(Deed)
# entry, add, protect, close by itself, close as a person asks: as the contract has it
ROWS: dict[Standing, tuple[bool, bool, bool, bool, bool]] = {
    "Running": (True, True, True, True, True),
    "Guarding": (False, False, True, True, True),
    "Paused": (False, False, True, True, True),
    "Tripped": (False, False, True, True, True),
    "Halted": (False, False, True, True, True),
    "StaleData": (False, False, True, True, True),
    "SignalsGone": (False, False, True, True, True),
    "NotConnected": (False, False, True, True, True),
    "ClockDrift": (False, False, True, True, True),
    "UnsupportedMode": (False, False, True, True, True),
    "Unreconciled": (False, False, True, False, True),
    "LedgerLost": (False, False, True, True, True),
    "Foreign": (False, False, True, True, True),
    "LeaseLost": (False, False, True, False, False),
    "LedgerDown": (False, False, True, True, True),
    "Stopped": (False, False, False, False, False),
}
NOT_SEEN = {"Running", "LeaseLost", "Stopped"}  # no standing at all; the courier's fence; nothing runs
LADDER: dict[str, Any] = {"dca": {"enabled": True, "triggerPct": 1, "stepPcts": [30]}, "breakEven": {"triggerPct": 1}}


def test_the_table_is_the_contracts() -> None:
    """Every standing has its row, and each row says what the contract says."""
    assert {standing: tuple(getattr(row, deed) for deed in DEEDS) for standing, row in TABLE.items()} == ROWS
    assert set(ROWS) == set(get_args(Standing))
    assert set(ROWS) == NOT_SEEN | {standing for standing, _, _ in STANDINGS}
    assert [standing for standing, row in TABLE.items() if row.committed] == ["LeaseLost", "LedgerDown"]


def _facts(*facts: Fact) -> Callable[[Snapshot], Snapshot]:
    return lambda snapshot: replace(snapshot, book=apply(snapshot.book, facts))


def _trouble(kind: Trouble) -> Callable[[Snapshot], Snapshot]:
    return _facts(TroubleBegan(kind=kind, why="a test", at=NOON))


def _doubt(why: str, *, quantity: bool = False) -> Callable[[Snapshot], Snapshot]:
    return _facts(SymbolDoubted(symbol=BTC, why=why, seen_at=WALL, quantity=quantity))


def _setting(**changes: Any) -> Callable[[Snapshot], Snapshot]:
    return lambda snapshot: replace(snapshot, terms=replace(snapshot.terms, effective=settings(**LADDER, **changes)))


def _multi_assets(snapshot: Snapshot) -> Snapshot:
    return replace(snapshot, venue=replace(snapshot.venue, single_asset=False))


def _old_marks(snapshot: Snapshot) -> Snapshot:
    return replace(snapshot, marks_at=dict.fromkeys(snapshot.marks, NOON - timedelta(minutes=11)))


STANDINGS: list[tuple[Standing, Callable[[Snapshot], Snapshot], Reason]] = [
    ("Guarding", lambda snapshot: replace(snapshot, paper=not snapshot.paper), "Paused"),
    ("Paused", _facts(TradingPaused(why="asked", until=None, at=NOON)), "Paused"),
    ("Paused", _setting(state="Paused"), "Paused"),
    ("Paused", _setting(state="Stopped"), "Paused"),  # as long as it runs it guards what is open
    ("Tripped", _facts(TradingPaused(why="losses", until=None, at=NOON, limit="MaxDrawdown")), "MaxDrawdown"),
    ("Halted", _trouble("Halted"), "Halted"),
    ("StaleData", _trouble("StaleData"), "StaleData"),
    ("SignalsGone", _trouble("SignalsGone"), "StaleData"),
    ("NotConnected", lambda snapshot: replace(snapshot, connected=False), "StaleData"),
    ("ClockDrift", _trouble("ClockDrift"), "ClockDrift"),
    ("UnsupportedMode", _multi_assets, "UnsupportedAccountMode"),
    ("UnsupportedMode", _trouble("UnsupportedMode"), "UnsupportedAccountMode"),
    ("StaleData", _old_marks, "StaleData"),
    ("Unreconciled", _doubt("Unreconciled: less is held", quantity=True), "Unreconciled"),
    ("LedgerLost", _doubt("Unreconciled: an order of our pattern"), "Unreconciled"),
    ("Foreign", _doubt("ForeignPosition: a test"), "ForeignPosition"),
    ("LedgerDown", lambda snapshot: replace(snapshot, ledger_down=True), "LedgerDown"),
]


@pytest.mark.parametrize(("standing", "become", "reason"), STANDINGS, ids=lambda value: str(value)[:14])
def test_an_entry_is_refused_wherever_the_table_says_no(
    standing: Standing, become: Callable[[Snapshot], Snapshot], reason: Reason
) -> None:
    """No entry where the table says no, and each refusal has its reason."""
    account = Account(account_settings=settings(**LADDER))
    decision = decide(become(account.snapshot(arrived(signal()))))

    assert not orders(decision, "enter")
    refusals = [fact.refusal for fact in decision.facts if hasattr(fact, "refusal")]
    assert refusals == ([] if standing == "Guarding" else [reason])  # the other book decides the signal


def test_what_can_only_be_closed_keeps_other_symbols_from_nothing() -> None:
    """The trouble is of the symbols that it names; an entry there is refused by their market."""
    become = _facts(TroubleBegan(kind="CloseOnly", why="ETH/USDT:USDT", at=NOON))

    assert orders(decide(become(Account().snapshot(arrived(signal())))), "enter")


def _entered(account: Account) -> Event:
    """A signal."""
    del account
    return arrived(signal())


def _fallen(account: Account) -> Event:
    """A step of the ladder is due."""
    account.opened()
    account.marks = {BTC: account.marks[BTC] * 98 / 100}
    return MarksMoved(at=NOON, marks=account.marks)


def _filled(account: Account) -> Event:
    """A fill: its stop is due."""
    entry = placed(account.handle(arrived(signal())), "enter")
    return FillReported(
        order=entry.id, trade="1", symbol=BTC, quantity=entry.quantity, price=account.marks[BTC],
        fee=account.marks[BTC] * 0, fee_asset="USDT", realized=account.marks[BTC] * 0, at=NOON, seen_at=WALL,
    )  # fmt: skip


def _run_up(account: Account) -> Event:
    """A stop's better level is earned."""
    account.opened()
    account.marks = {BTC: account.marks[BTC] * 102 / 100}
    return MarksMoved(at=NOON, marks=account.marks)


def _stop_refused(account: Account) -> Event:
    """The venue refuses the stop."""
    entry = placed(account.handle(arrived(signal())), "enter")
    stop = placed(account.fill(entry), "stop")
    return IntentSettled(id=stop.id, outcome=Rejected(code="other"), seen_at=WALL)


def _target_passed(account: Account) -> Event:
    """The venue refuses the take-profit, for its level is passed."""
    entry = placed(account.handle(arrived(signal())), "enter")
    target = placed(account.settle(placed(account.fill(entry), "stop")), "take_profit")
    return IntentSettled(id=target.id, outcome=Rejected(code="would_trigger"), seen_at=WALL)


def _asked(account: Account) -> Event:
    """A person says so."""
    account.opened()
    return CommandGiven(id="telegram/1", name="close", symbol=BTC, by="Ann")


CASES: list[tuple[Deed, Callable[[Account], Event], Callable[[Decision], bool]]] = [
    ("enter", _entered, lambda decision: bool(orders(decision, "enter"))),
    ("add", _fallen, lambda decision: bool(orders(decision, "add"))),
    ("protect", _filled, lambda decision: bool(orders(decision, "stop"))),
    ("protect", _run_up, lambda decision: any(isinstance(fact, StopMoved) for fact in decision.facts)),
    ("close", _stop_refused, lambda decision: bool(orders(decision, "close"))),
    ("close", _target_passed, lambda decision: bool(orders(decision, "take_profit"))),
    ("close_asked", _asked, lambda decision: bool(orders(decision, "close"))),
]


@pytest.mark.parametrize(("deed", "happens", "done"), CASES, ids=lambda value: getattr(value, "__name__", str(value)))
@pytest.mark.parametrize(("standing", "become", "reason"), STANDINGS, ids=lambda value: str(value)[:14])
def test_every_deed_follows_its_column(
    *,
    standing: Standing,
    become: Callable[[Snapshot], Snapshot],
    reason: Reason,
    deed: Deed,
    happens: Callable[[Account], Event],
    done: Callable[[Decision], bool],
) -> None:
    """In every standing: what the table allows happens, what it forbids does not."""
    del reason
    account = Account(account_settings=settings(**LADDER))
    snapshot = account.snapshot(happens(account))

    assert done(decide(snapshot))  # Running
    assert done(decide(become(snapshot))) is getattr(TABLE[standing], deed)


@pytest.mark.parametrize(("deed", "happens", "done"), CASES, ids=lambda value: getattr(value, "__name__", str(value)))
def test_the_table_alone_decides(
    monkeypatch: pytest.MonkeyPatch,
    deed: Deed,
    happens: Callable[[Account], Event],
    done: Callable[[Decision], bool],
) -> None:
    """Another row, and the account acts by it: nowhere is the same thing said a second time."""
    account = Account(account_settings=settings(**LADDER))
    snapshot = replace(account.snapshot(happens(account)), connected=False)
    nothing = Allowed(protect=False, close=False, close_asked=False)
    for row in (Allowed(enter=True, add=True), nothing):
        monkeypatch.setattr(allowed, "TABLE", {**TABLE, "NotConnected": row})
        assert done(decide(snapshot)) is getattr(row, deed)
