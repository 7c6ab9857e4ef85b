"""The demo: a day through every program, what came of it, and that it comes out the same again."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from support.day import MARKER, Day
from tradepods_cli.documents import documents_of
from tradepods_cli.local import venue_books
from tradepods_cli.local.demo_outcome import REPEATED
from tradepods_cli.local.history import EXIT_KINDS, Trade, trades
from tradepods_core.book.facts import Fact, PositionClosed
from tradepods_core.book.intents import PlaceOrder
from tradepods_worker.ports.ledger import BookName

pytestmark = pytest.mark.timeout(300)
VARYING = {"wallSeconds", "rssMiB", "computeMsP50", "computeMsP99", "unprotectedMaxMs"}  # wall time and memory
BOOKS: Mapping[str, BookName] = {"alice": "paper", "bob": "live", "carol": "live", "dave": "live", "erin": "live"}
PNG = b"\x89PNG\r\n\x1a\n"


def _account(day: Day, name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(entry for entry in day.report["accounts"] if entry["name"] == name)
    return found


async def _facts(day: Day, name: str) -> list[Fact]:
    facts, ledger = await venue_books.facts_of(day.output / "run" / "accounts" / "default" / name, BOOKS[name])
    await ledger.close()
    return facts


def test_a_day_has_a_cycle_for_each_of_its_candles(day: Day) -> None:
    """288 of five minutes and 96 of fifteen, in under three minutes of wall time."""
    market = day.report["market"]

    assert day.report["cycles"] == 288 + 96
    assert market["symbols"] >= 8
    assert market["candles"] == market["symbols"] * 1440
    assert day.report["wallSeconds"] < 180


def test_ledger_and_exchange_tell_the_same_story(day: Day) -> None:
    """Positions, fills, balance to the last digit; no order twice; never a second without a stop; none forgotten."""
    assert [entry["name"] for entry in day.report["accounts"]] == list(BOOKS)
    assert day.report["broken"] == []
    for entry in day.report["accounts"]:
        assert entry["ledgerVsExchange"] == {"positions": 0, "fills": 0, "balance": "0"}
        assert entry["duplicateOrders"] == 0
        assert entry["unprotectedMaxMs"] < 1000
        assert entry["unaccountedPositions"] == 0


def test_positions_end_in_every_way_that_the_accounts_know(day: Day) -> None:
    """Forty live ones at least, on the recorded candles; and the ladder adds."""
    if not day.recorded:
        pytest.skip("needs recorded candles: set TRADEPODS_DATA")
    found = day.report["total"]

    assert found["liveExits"] >= 40
    assert found["takeProfits"] > 0
    assert found["stopLosses"] > 0
    assert found["trailingStops"] > 0
    assert _account(day, "erin")["breakEvens"] > 0
    assert _account(day, "carol")["dcaAdds"] > 0
    assert _account(day, "bob")["exits"] >= 10


def test_the_total_is_that_of_the_accounts(day: Day) -> None:
    """Each exit is of one kind."""
    entries, found = day.report["accounts"], day.report["total"]

    assert found["exits"] == sum(entry["exits"] for entry in entries)
    for entry in (*entries, found):
        assert entry["exits"] == sum(entry[kind] for kind in EXIT_KINDS)


@pytest.mark.parametrize("name", BOOKS)
async def test_every_position_was_closed_by_an_order_that_rested(day: Day, name: str) -> None:
    """A stop or a take-profit with a trigger; nothing had to be closed at market."""
    facts = await _facts(day, name)
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
    for name in ("alice", "bob"):
        facts = await _facts(day, name)
        entries[name] = {f.cause: f for f in facts if isinstance(f, PlaceOrder) and f.purpose == "enter"}
    common = entries["alice"].keys() & entries["bob"].keys()

    assert common
    for cause in common:
        assert entries["alice"][cause].quantity != entries["bob"][cause].quantity
        assert entries["alice"][cause].terms != entries["bob"][cause].terms


async def test_dave_holds_both_sides_of_a_symbol_at_once(day: Day) -> None:
    """Hedge mode, on the recorded candles: each side with its own stop, and nobody reverses anybody's position."""
    if not day.recorded:
        pytest.skip("needs recorded candles: set TRADEPODS_DATA")
    closed = trades(await _facts(day, "dave"))
    shorts = [trade for trade in closed if trade.side == "short"]
    both = [
        (long, short)
        for long in closed
        for short in shorts
        if long.side == "long" and long.symbol == short.symbol and _overlap(long, short)
    ]

    assert both
    assert "OppositePosition" not in _account(day, "dave")["refusals"]


def _overlap(one: Trade, other: Trade) -> bool:
    return one.opened_at < other.closed_at and other.opened_at < one.closed_at


def test_signals_are_computed_once_for_all(day: Day) -> None:
    """A request a symbol and candle, two pages a series to warm up, the markets each hour, and none for an account."""
    symbols = day.report["market"]["symbols"]

    assert day.report["signalService"]["marketDataRequests"] <= (288 + 96) * symbols + 2 * 2 * symbols + 24


def test_the_person_is_told_of_every_entry_add_and_exit(day: Day) -> None:
    """Once each, by the account's own bot; what was perhaps not heard comes again, and says so."""
    messages = [json.loads(line) for line in (day.output / "telegram.jsonl").read_text().splitlines()]
    for entry in day.report["accounts"]:
        said = [message["text"] for message in messages if message["bot"] == entry["name"]]
        first = [text.partition("\n")[0] for text in said if not text.endswith(REPEATED)]

        assert len(first) == entry["notifications"]
        assert sum(" entered " in line for line in first) == entry["entries"]
        assert sum(" added to " in line for line in first) == entry["dcaAdds"]
        assert sum(" closed " in line for line in first) == entry["exits"]


def test_each_account_has_its_picture_and_all_have_one(day: Day) -> None:
    """PNGs, as wide as a page; and each account's deepest fall is known."""
    pictures = {path.name: path.read_bytes() for path in day.output.glob("*.png")}

    assert sorted(pictures) == sorted(["equity.png", *(f"equity-{name}.png" for name in BOOKS)])
    assert all(content.startswith(PNG) and len(content) > 10_000 for content in pictures.values())
    assert all(0 < Decimal(entry["maxDrawdownPct"]) < 50 for entry in day.report["accounts"])


def test_the_table_follows_the_day(day: Day) -> None:
    """Market time moves on, accounts change."""
    steps = [seen.market["step"] for seen in day.shown]
    equities = {digest.heartbeat.equity for seen in day.shown for digest in seen.digests if digest.name == "bob"}

    assert steps == sorted(steps)
    assert len(equities) > 10


def test_the_manifests_that_ran_can_be_read_again(day: Day) -> None:
    """They lack only the secrets, which were never written there."""
    names = {path.name for path in (day.output / "manifests").iterdir()}

    assert names == {f"{name}.yaml" for name in (*BOOKS, "ema-pullback", "momentum", "rsi-swing")}
    for path in (day.output / "manifests").iterdir():
        assert documents_of(path)


def test_no_secret_is_in_anything_that_was_written(day: Day) -> None:
    """Logs, ledgers, transcript, manifests, settings, report: every file, every byte."""
    files = [path for path in day.output.rglob("*") if path.is_file()]
    guilty = [path.name for path in files if MARKER.encode() in path.read_bytes()]

    assert len(files) > 10
    assert guilty == []


def test_the_same_hours_give_the_same_report(morning: Day, again: dict[str, Any]) -> None:
    """But for wall times and memory: in other processes, with other ports and other secrets."""
    assert morning.report["total"]["entries"] > 0
    assert _steady(again) == _steady(morning.report)


def _steady(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _steady(inner) for name, inner in value.items() if name not in VARYING}
    return [_steady(inner) for inner in value] if isinstance(value, list) else value


def test_what_a_day_leaves_behind_is_its_owners_alone(day: Day) -> None:
    """Ledgers and logs are not for others to read."""
    ledgers = list((day.output / "run").rglob("*.db"))

    assert ledgers
    assert all(path.stat().st_mode & 0o077 == 0 for path in [day.output / "run", *ledgers])
