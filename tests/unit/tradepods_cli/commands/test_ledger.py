"""`tradepods ledger`: what a person sees of a ledger, takes out of it, and how a wrong one is found."""

import asyncio
import csv
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from support.build import NOON, WALL, arrived, signal
from support.ledgers import OWNER, lived, notice
from tradepods_cli.main import app
from tradepods_core.book.book import apply
from tradepods_core.book.facts import CommandTaken, WalletSeen
from tradepods_core.book.recorded import Checkpoint
from tradepods_core.book.tally import NONE, counted
from tradepods_core.book.values import Book
from tradepods_core.money import HUNDRED
from tradepods_worker.adapters.ledger.sql import LEDGER, SqlLedger
from tradepods_worker.ports.ledger import Entry, Equity

TYPED = CommandTaken(id="telegram/1", name="pause", symbol="", by="=1+1", result="paused", at=NOON)


async def _write(ledger: SqlLedger) -> None:
    account = lived()
    account.handle(arrived(signal(strategy="late")))
    facts = (WalletSeen(balance=HUNDRED * 10, seen_at=WALL), *account.facts, TYPED)
    checkpoint = Checkpoint(book=apply(Book(), facts[:9]), tally=counted(NONE, facts[:9]))
    lease = await ledger.acquire(owner=OWNER, holder="test", now=WALL)
    live = ledger.book("live")
    await live.commit(Entry(facts=facts[:9], checkpoint=checkpoint), lease=lease)
    await live.commit(Entry(facts=facts[9:], notices=(notice("a"), *account.notices)), lease=lease)
    await ledger.record_equity("live", Equity(at=NOON, wallet=HUNDRED, equity=HUNDRED, open=1))


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    """A stopped account's ledger: one position is open, one was closed by its stop."""

    async def written() -> None:
        ledger = SqlLedger(tmp_path / LEDGER)
        await _write(ledger)
        await ledger.close()

    asyncio.run(written())
    return tmp_path / LEDGER


def _run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["ledger", *map(str, arguments)], env={"COLUMNS": "250"})


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ("facts", ["SignalDecided", "WalletSeen"]),
        ("orders", ["enter", "filled", "stop", "accepted"]),
        ("fills", ["BTC/USDT:USDT", "0.123"]),
        ("positions", ["BTC/USDT:USDT", "long", "4.925"]),
        ("trades", ["ETH/USDT:USDT", "short", "-14.5", "stop"]),
        ("notices", ["waiting", "entered", "price 1.5"]),
        ("audit", ["CommandTaken", "result paused"]),
        ("equity", ["2025-06-02T12:00:00Z", "100"]),
    ],
)
def test_everything_in_a_ledger_can_be_seen(ledger: Path, what: str, expected: list[str]) -> None:
    """By its file or by the folder that it is in."""
    for place in (ledger, ledger.parent):
        result = _run("show", place, "--what", what, "--book", "live", "--last", 50)
        assert result.exit_code == 0, result.stderr
        assert "binanceusdm live, account a" in result.stdout
        assert [text for text in expected if text not in result.stdout] == []


def test_a_row_is_a_line_however_narrow_the_terminal(ledger: Path) -> None:
    """A moment is not broken into pieces."""
    result = CliRunner().invoke(app, ["ledger", "show", str(ledger), "--book", "live"], env={"COLUMNS": "60"})

    assert "2025-06-02T12:00:00Z" in result.stdout
    assert len(result.stdout.splitlines()) == 4


def test_only_the_newest_rows_are_shown(ledger: Path) -> None:
    """And how many there are."""
    result = _run("show", ledger, "--what", "orders", "--book", "live", "--last", 2)

    assert "live: orders, the last 2 of " in result.stdout
    assert len(result.stdout.splitlines()) == 5


def test_trades_are_exported_for_a_tax_program(ledger: Path, tmp_path: Path) -> None:
    """One row a closed position: when, what, how much, at which averages, and what was left of it."""
    file = tmp_path / "trades.csv"
    result = _run("export", ledger, "--what", "trades", "--format", "csv", "--output", file)
    with file.open(encoding="utf-8", newline="") as opened:
        (trade,) = list(csv.DictReader(opened))

    assert result.exit_code == 0
    assert "1 rows written" in result.stderr
    assert (trade["book"], trade["symbol"], trade["side"]) == ("live", "ETH/USDT:USDT", "short")
    assert (trade["entry"], trade["exit"], trade["closed_by"]) == ("100", "103", "stop")
    assert (trade["realized"], trade["fees"], trade["net"]) == ("-14.5", "0.123", "-14.623")
    assert (trade["funding"], trade["estimated"], trade["currency"]) == ("0", "no", "USDT")


def test_facts_are_exported_as_json_lines(ledger: Path) -> None:
    """One object a line, the fact's own JSON in it."""
    lines = _run("export", ledger, "--what", "facts", "--format", "jsonl").stdout.splitlines()
    found = [json.loads(line) for line in lines]

    assert {row["book"] for row in found} == {"live"}
    assert json.loads(found[-1]["fact"])["name"] == "pause"


def test_what_somebody_typed_is_no_formula_of_a_spreadsheet(ledger: Path) -> None:
    """It is marked as text; an amount below zero stays a number."""
    audit = _run("export", ledger, "--what", "audit").stdout
    trades = _run("export", ledger, "--what", "trades").stdout

    assert ",'=1+1," in audit
    assert ",-14.5," in trades


def test_a_ledger_that_is_right_is_said_to_be(ledger: Path) -> None:
    """Every check is named, with its numbers; exit code 0."""
    result = _run("verify", ledger)

    assert result.exit_code == 0, result.stdout
    assert "ok: live: the checkpoint of fact 9, with the facts since, is the book of all facts" in result.stdout
    assert "ok: live: 2 positions are the sums of their fills, 1 of them open" in result.stdout
    assert "DIFFERS" not in result.stdout


def test_a_checkpoint_of_an_earlier_release_is_right_though_it_knows_less(ledger: Path) -> None:
    """What exits have come to was not kept of the positions that were open then."""
    with closing(sqlite3.connect(ledger)) as database, database:
        ((body,),) = database.execute("SELECT body FROM checkpoints").fetchall()
        kept = json.loads(body)
        dropped = [position.pop("exited") for position in kept["book"]["positions"].values()]
        database.execute("UPDATE checkpoints SET body = ?", (json.dumps(kept),))
    result = _run("verify", ledger)

    assert dropped != []
    assert result.exit_code == 0, result.stdout


def test_a_running_workers_ledger_can_be_verified(tmp_path: Path) -> None:
    """It keeps its lock, and writes on; a copy of its file can be read too."""

    async def running() -> tuple[Result, Result]:
        ledger = SqlLedger(tmp_path / LEDGER)
        await _write(ledger)
        results = [_run("verify", tmp_path), _run("show", tmp_path / LEDGER, "--what", "fills")]
        await ledger.save_offset(7)
        await ledger.close()
        return results[0], results[1]

    results = asyncio.run(running())

    assert [result.exit_code for result in results] == [0, 0]
    assert "live: fills, 3" in results[1].stdout


WRONG: dict[str, tuple[str, str]] = {
    "a lost fill": (
        "DELETE FROM facts WHERE number = (SELECT max(number) FROM facts WHERE kind = 'Filled')",
        "position",
    ),
    "a changed fill": (
        'UPDATE facts SET body = replace(body, \'"fee":"0.123"\', \'"fee":"0.124"\') WHERE kind = \'Filled\'',
        "book.wallet",
    ),
    "a changed checkpoint": (
        'UPDATE checkpoints SET body = replace(body, \'"wallet":"\', \'"wallet":"1\')',
        "book.wallet",
    ),
    "a changed key": ("UPDATE facts SET once = 'live/fill/x' WHERE number = (SELECT max(number) FROM facts)", "key is"),
    "a fact that can't be read": ("UPDATE facts SET body = '{}' WHERE kind = 'Filled'", "can't be used"),
    "a fact of a kind that nobody knows": ("UPDATE facts SET kind = 'Dreamt' WHERE kind = 'Filled'", "Dreamt"),
    "a notice that can't be read": ("UPDATE notices SET body = '{}'", "notice 1 can't be read"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_ledger_that_is_wrong_is_found_out(ledger: Path, wrong: str) -> None:
    """Each difference is said; exit code 1."""
    statement, expected = WRONG[wrong]
    with closing(sqlite3.connect(ledger)) as database, database:
        assert database.execute(statement).rowcount > 0
    result = _run("verify", ledger)

    assert result.exit_code == 1
    assert [line for line in result.stdout.splitlines() if "DIFFERS" in line and expected in line]
    assert "differences" in result.stderr


def _text(folder: Path) -> Path:
    file = folder / "notes.txt"
    file.write_text("not a ledger at all " * 100)
    return file


def _newer(folder: Path) -> Path:
    file = folder / LEDGER
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '0099'")
    return file


def _several(folder: Path) -> Path:
    (folder / "other").mkdir()
    (folder / "other" / LEDGER).write_bytes((folder / LEDGER).read_bytes())
    return folder


def _empty(folder: Path) -> Path:
    (folder / "empty").mkdir(exist_ok=True)
    return folder / "empty"


@pytest.mark.parametrize(
    ("make", "code", "said"),
    [
        (_text, 1, "notes.txt is not a ledger"),
        (_newer, 1, "a newer release wrote it (schema 0099"),
        (_several, 2, "holds 2 ledgers, name one of them"),
        (lambda folder: folder / "nowhere", 2, "there is no such file or folder"),
        (_empty, 2, f"holds no {LEDGER}"),
    ],
)
def test_what_is_no_ledger_is_said_to_be_none(ledger: Path, make: Callable[[Path], Path], code: int, said: str) -> None:
    """In one line, and nothing is written."""
    place = make(ledger.parent)
    for command in ("verify", "show", "export"):
        result = _run(command, place)
        assert result.exit_code == code
        assert said in " ".join(result.stderr.split())
        assert "Traceback" not in result.stderr
