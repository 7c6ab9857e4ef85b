"""The demo: a day through every program, what came of it, and that it comes out the same again."""

from typing import Any

import pytest

from support.day import MARKER, Day
from tradepods_cli.documents import documents_of
from tradepods_cli.local import venue_books
from tradepods_core.book.facts import Fact, PositionClosed
from tradepods_core.book.intents import PlaceOrder

pytestmark = pytest.mark.timeout(300)
VARYING = {"wallSeconds", "rssMiB", "computeMsP50", "computeMsP99", "unprotectedMaxMs"}  # wall time and memory


def _account(day: Day, name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(entry for entry in day.report["accounts"] if entry["name"] == name)
    return found


async def _facts(day: Day, name: str, mode: str) -> list[Fact]:
    facts, ledger = await venue_books.facts_of(day.output / "run" / "accounts" / "default" / name / f"{mode}.db")
    await ledger.close()
    return facts


def test_a_day_has_a_cycle_for_each_of_its_candles(day: Day) -> None:
    """288 of five minutes, in under three minutes of wall time."""
    market = day.report["market"]

    assert day.report["cycles"] == 288
    assert market["symbols"] >= 8
    assert market["candles"] == market["symbols"] * 1440
    assert day.report["wallSeconds"] < 180


def test_ledger_and_exchange_tell_the_same_story(day: Day) -> None:
    """Positions, fills, balance to the last digit; no order twice; never a second without a stop."""
    for entry in day.report["accounts"]:
        assert entry["ledgerVsExchange"] == {"positions": 0, "fills": 0, "balance": "0"}
        assert entry["duplicateOrders"] == 0
        assert entry["unprotectedMaxMs"] < 1000


def test_bob_closes_positions_by_take_profit_and_by_stop(day: Day) -> None:
    """Ten at least, on the recorded candles."""
    if not day.recorded:
        pytest.skip("needs recorded candles: set TRADEPODS_DATA")
    bob = _account(day, "bob")

    assert bob["exits"] >= 10
    assert bob["takeProfits"] > 0
    assert bob["stopLosses"] > 0


@pytest.mark.parametrize(("name", "mode"), [("bob", "live"), ("alice", "paper")])
async def test_every_position_was_closed_by_an_order_that_rested(day: Day, name: str, mode: str) -> None:
    """A stop or a take-profit with a trigger, placed when the position was opened."""
    facts = await _facts(day, name, mode)
    closed = [fact for fact in facts if isinstance(fact, PositionClosed)]
    market_exits = [
        fact for fact in facts if isinstance(fact, PlaceOrder) and fact.reduce_only and not fact.conditional
    ]

    assert closed
    assert {fact.by for fact in closed} <= {"stop", "take_profit"}
    assert market_exits == []


async def test_two_accounts_act_on_the_same_signals_in_different_ways(day: Day) -> None:
    """The same causes, other sizes and targets."""
    entries = {}
    for name, mode in (("alice", "paper"), ("bob", "live")):
        facts = await _facts(day, name, mode)
        entries[name] = {f.cause: f for f in facts if isinstance(f, PlaceOrder) and f.purpose == "enter"}
    common = entries["alice"].keys() & entries["bob"].keys()

    assert common
    for cause in common:
        assert entries["alice"][cause].quantity != entries["bob"][cause].quantity
        assert entries["alice"][cause].terms != entries["bob"][cause].terms


def test_signals_are_computed_once_for_all(day: Day) -> None:
    """A request a symbol and candle, some to warm up, and none for an account."""
    symbols = day.report["market"]["symbols"]

    assert day.report["signalService"]["marketDataRequests"] <= 288 * symbols + 2 * symbols + 1


def test_the_person_is_told_of_every_entry_and_exit(day: Day) -> None:
    """And of the start."""
    for entry in day.report["accounts"]:
        assert entry["notifications"] == entry["entries"] + entry["exits"] + 1


def test_the_table_follows_the_day(day: Day) -> None:
    """Market time moves on, accounts change."""
    steps = [seen.market["step"] for seen in day.shown]
    equities = {digest.heartbeat.equity for seen in day.shown for digest in seen.digests if digest.name == "bob"}

    assert steps == sorted(steps)
    assert len(equities) > 10


def test_the_manifests_that_ran_can_be_read_again(day: Day) -> None:
    """They lack only the secrets, which were never written there."""
    names = {path.name for path in (day.output / "manifests").iterdir()}

    assert names == {"alice.yaml", "bob.yaml", "rsi-swing.yaml"}
    for path in (day.output / "manifests").iterdir():
        assert documents_of(path)


def test_no_secret_is_in_anything_that_was_written(day: Day) -> None:
    """Logs, ledgers, transcript, manifests, settings, report: every file, every byte."""
    files = [path for path in day.output.rglob("*") if path.is_file()]
    guilty = [path.name for path in files if MARKER.encode() in path.read_bytes()]

    assert len(files) > 10
    assert guilty == []


def test_the_same_day_gives_the_same_report(day: Day, again: dict[str, Any]) -> None:
    """But for wall times and memory: in other processes, with other ports and other secrets."""
    assert _steady(again) == _steady(day.report)


def _steady(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _steady(inner) for name, inner in value.items() if name not in VARYING}
    return [_steady(inner) for inner in value] if isinstance(value, list) else value


def test_what_a_day_leaves_behind_is_its_owners_alone(day: Day) -> None:
    """Ledgers and logs are not for others to read."""
    ledgers = list((day.output / "run").rglob("*.db"))

    assert ledgers
    assert all(path.stat().st_mode & 0o077 == 0 for path in [day.output / "run", *ledgers])
