"""The table of what is allowed when, row by row, and as the account acts by it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, get_args

import pytest

from support.account import Account, orders
from support.build import BTC, NOON, WALL, arrived, settings, signal
from tradepods_core.book.book import apply
from tradepods_core.book.events import MarksMoved
from tradepods_core.book.facts import Fact, Reason, SymbolDoubted, TradingPaused
from tradepods_core.book.steering import Trouble, TroubleBegan
from tradepods_core.rules.allowed import TABLE, Standing
from tradepods_core.rules.decide import decide
from tradepods_core.rules.snapshot import Snapshot

# entry, add, protect, close by itself: as the contract has it
ROWS: dict[Standing, tuple[bool, bool, bool, bool]] = {
    "Running": (True, True, True, True),
    "Guarding": (False, False, True, True),
    "Paused": (False, False, True, True),
    "Tripped": (False, False, True, True),
    "Halted": (False, False, True, True),
    "StaleData": (False, False, True, True),
    "SignalsGone": (False, False, True, True),
    "NotConnected": (False, False, True, True),
    "ClockDrift": (False, False, True, True),
    "UnsupportedMode": (False, False, True, True),
    "Unreconciled": (False, False, True, False),
    "Foreign": (False, False, True, True),
    "LeaseLost": (False, False, True, False),
    "LedgerDown": (False, False, True, True),
    "Stopped": (False, False, False, False),
}
LADDER: dict[str, Any] = {"dca": {"enabled": True, "triggerPct": 1, "stepPcts": [30]}}


def test_the_table_is_the_contracts() -> None:
    """Every standing has its row, and each row says what the contract says."""
    assert {s: (a.enter, a.add, a.protect, a.close) for s, a in TABLE.items()} == ROWS
    assert set(ROWS) == set(get_args(Standing))
    assert [standing for standing, row in TABLE.items() if row.committed] == ["LeaseLost", "LedgerDown"]


def _facts(*facts: Fact) -> Callable[[Snapshot], Snapshot]:
    return lambda snapshot: replace(snapshot, book=apply(snapshot.book, facts))


def _trouble(kind: Trouble) -> Callable[[Snapshot], Snapshot]:
    return _facts(TroubleBegan(kind=kind, why="a test", at=NOON))


def _doubt(why: str) -> Callable[[Snapshot], Snapshot]:
    return _facts(SymbolDoubted(symbol=BTC, why=why, seen_at=WALL, quantity=False))


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
    ("Tripped", _facts(TradingPaused(why="losses", until=None, at=NOON, limit="MaxDrawdown")), "MaxDrawdown"),
    ("Halted", _trouble("Halted"), "Halted"),
    ("StaleData", _trouble("StaleData"), "StaleData"),
    ("SignalsGone", _trouble("SignalsGone"), "StaleData"),
    ("NotConnected", lambda snapshot: replace(snapshot, connected=False), "StaleData"),
    ("ClockDrift", _trouble("ClockDrift"), "ClockDrift"),
    ("UnsupportedMode", _multi_assets, "UnsupportedAccountMode"),
    ("StaleData", _old_marks, "StaleData"),
    ("Unreconciled", _doubt("Unreconciled: a test"), "Unreconciled"),
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


@pytest.mark.parametrize(("standing", "become", "reason"), STANDINGS, ids=lambda value: str(value)[:14])
def test_no_position_is_added_to_and_each_is_protected_wherever_the_table_says_so(
    standing: Standing, become: Callable[[Snapshot], Snapshot], reason: Reason
) -> None:
    """No adds; a missing stop is placed all the same."""
    del standing, reason
    account = Account(account_settings=settings(**LADDER))
    _, stop, target = account.opened()
    account.marks = {BTC: account.marks[BTC] * 98 / 100}
    event = MarksMoved(at=NOON, marks=account.marks)
    assert orders(decide(account.snapshot(event)), "add")  # Running

    assert not orders(decide(become(account.snapshot(event))), "add")
    account.end(target, executed=stop.quantity * 0, status="CANCELED")
    bare = account.snapshot(event)
    gone = replace(bare, book=replace(bare.book, orders={}))
    assert orders(decide(become(gone)), "stop")
