"""`tradepods account validate|list|status`: what is right, what is wrong, and how accounts do."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from support.broken_secrets import MARKER, MISPLACED, UNREADABLE
from support.build import BTC, NOON, D
from support.documents import LIVE, account, secret, strategy, written
from support.signal_service import Running, run_service
from tradepods_cli.main import app
from tradepods_core.settings.presets import PRESETS
from tradepods_core.wire.fleet import Condition, Heartbeat, OpenPosition, Tally


def _validated(*places: Path) -> Result:
    return CliRunner().invoke(app, ["account", "validate", *map(str, places)], env={"COLUMNS": "500"})


def test_a_right_account_is_told_what_it_would_do(tmp_path: Path) -> None:
    """Mode, sizes, targets, and the worst case; secrets and strategies beside it are fine."""
    documents = [account(leverage=5, maxPositions=2, riskPct=1), secret("keys", {"apiKey": MARKER}), strategy()]
    result = _validated(written(tmp_path, all=documents))

    assert (result.exit_code, result.stderr) == (0, "")
    assert "all.yaml: default/bob: dry run on binanceusdm live, Running: 5 % of the balance at 5x" in result.stdout
    assert "each stop at most 1 % of equity, at most 2 positions; take-profit 3 %, stop 3 %" in result.stdout
    assert "one stop costs 0.8 % of equity, all at once 1.5 %" in result.stdout
    assert MARKER not in result.output


def test_what_one_stop_costs_does_not_contradict_what_it_is_sized_for(tmp_path: Path) -> None:
    """A riskPct of 2 sizes the entry; three adds of 30 % make 3.8 % of it, which is said of the same stop."""
    result = _validated(written(tmp_path, bob=account(**PRESETS["bold"])))

    assert "each stop at most 2 % of equity before its adds, 3 adds, at most 7 positions" in result.stdout
    assert "one stop, its adds bought, costs 3.8 % of equity, all at once 18.6 %" in result.stdout


def test_real_money_stands_out_and_what_will_not_work_is_warned_of(tmp_path: Path) -> None:
    """A stop beyond liquidation would have every entry refused; it is no error."""
    result = _validated(written(tmp_path, bob=account(**LIVE, leverage=50)))

    assert result.exit_code == 0
    assert "REAL MONEY on binanceusdm live" in result.stdout
    assert "warning: " in result.stderr
    assert "long.stopLossPct 3 lies too near to liquidation at 50x" in result.stderr


def test_each_wrong_account_is_named_and_the_others_are_told(tmp_path: Path) -> None:
    """File, path, value, range; exit code 2."""
    result = _validated(written(tmp_path, a=[account("alice"), account("bob", leverage=500)], c=account("carol")))

    assert result.exit_code == 2
    assert "a.yaml: spec.leverage is 500: a whole number, at least 1, at most 125" in result.stderr
    assert [name in result.stdout for name in ("default/alice", "default/bob", "default/carol")] == [True, False, True]


@pytest.mark.parametrize("text", [*MISPLACED.values(), *UNREADABLE.values()])
def test_no_secret_is_in_what_is_said(tmp_path: Path, text: str) -> None:
    """However broken it is."""
    result = _validated(written(tmp_path, keys=text, bob=account()))

    assert MARKER not in result.output


def test_nothing_to_check_is_wrong(tmp_path: Path) -> None:
    """A folder without accounts may be the wrong one."""
    result = _validated(written(tmp_path, swing=strategy()))

    assert result.exit_code == 2
    assert "no TradingAccount found" in result.stderr


@pytest.fixture
async def service() -> AsyncIterator[Running]:
    """A signal service that has heard of two accounts."""
    running = await run_service()
    position = OpenPosition(
        symbol=BTC, side="long", quantity=D(2), average=D(100), unrealized=D("-1.5"), protected=False
    )
    for name, positions, error in (("bob", (position,), "[red]the exchange's rate limit"), ("alice", (), "")):
        heartbeat = Heartbeat(
            at=NOON,
            dry_run=name == "alice",
            state="Running",
            settings_hash="abc123",
            equity=D("1234.5"),
            positions=positions,
            tally=Tally(entries=3, take_profits=1, stop_losses=1, realized_pnl=D(-7), fees=D("0.5")),
            last_cycle="5m@2025-06-02T12:00:00Z",
            last_error=error,
            venue="binanceusdm/live",
            overrides={"entryPct": "2"},
            conditions=(
                Condition(type="TradingHalted", status="False", reason="Running"),
                Condition(type="Protected", status="True" if name == "alice" else "False", reason="StopMissing"),
            ),
        )
        running.fleet.heard(namespace="default", name=name, heartbeat=heartbeat)
    yield running
    await running.stop()


async def _asked(service: Running, *arguments: str, columns: int = 160) -> Result:
    command = ["account", *arguments, "--signals", f"{service.url}/"]
    found: Result = await asyncio.to_thread(CliRunner().invoke, app, command, env={"COLUMNS": str(columns)})
    return found


async def test_the_list_has_a_row_an_account(service: Running) -> None:
    """Who is not protected and what went wrong stand out; how long ago each was heard of."""
    result = await _asked(service, "list")
    alice, bob = (" ".join(line.split()) for line in result.stdout.splitlines()[1:3])

    assert alice == "default/alice Running dry run 1,234.50 0 0 12:00:00Z 0 s ago"
    assert bob == "default/bob Running live 1,234.50 1 0 12:00:00Z 0 s ago"
    assert result.stderr.splitlines() == [
        "warning: default/bob: Protected is False: StopMissing",
        "warning: default/bob: [red]the exchange's rate limit",
    ]


async def test_the_list_names_every_account_in_a_narrow_terminal(service: Running) -> None:
    """And in a pipe, which counts as 80 columns; a name is never cut off."""
    narrow, narrower = [(await _asked(service, "list", columns=columns)).stdout for columns in (80, 50)]

    assert "…" not in narrow
    assert [line.split()[0] for line in narrower.splitlines()[1:3]] == ["default/alice", "default/bob"]


async def test_a_price_is_shown_in_digits_that_can_be_read(service: Running) -> None:
    """An average over several fills has no end."""
    third = D(1) / D(3)
    position = OpenPosition(symbol=BTC, side="long", quantity=D(3), average=third, unrealized=D(0), protected=True)
    (bob,) = (digest for digest in service.fleet.since(0).accounts if digest.name == "bob")
    heartbeat = bob.heartbeat.model_copy(update={"positions": (position,)})
    service.fleet.heard(namespace="default", name="bob", heartbeat=heartbeat)

    assert " 0.33333333 " in (await _asked(service, "status", "bob")).stdout


async def test_one_account_is_shown_with_its_positions(service: Running) -> None:
    """By its name and namespace."""
    result = await _asked(service, "status", "bob")
    said = " ".join(result.stdout.split())

    assert result.exit_code == 0
    assert "positions 1, 0 with a stop at the exchange" in said
    assert "BTC/USDT:USDT long 2 100 -1.50 none" in said
    assert "by the chat entryPct 2 TradingHalted False Running Protected False StopMissing" in said
    assert "last error [red]the exchange's rate limit" in said


async def test_both_speak_json(service: Running) -> None:
    """As the service tells it, for scripts."""
    every = json.loads((await _asked(service, "list", "--json")).stdout)
    one = json.loads((await _asked(service, "status", "bob", "--json")).stdout)

    assert [found["name"] for found in every] == ["alice", "bob"]
    assert every[1] == one
    assert one["heartbeat"]["equity"] == "1234.5"


async def test_an_account_that_there_is_not_is_named_with_those_that_there_are(service: Running) -> None:
    """Exit code 2."""
    result = await _asked(service, "status", "eve")

    assert result.exit_code == 2
    assert "default/eve: no such account; there are default/alice, default/bob" in " ".join(result.stderr.split())


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "nonsense", "http://["])
def test_a_service_that_is_away_is_one_line(url: str) -> None:
    """Exit code 1."""
    result = CliRunner().invoke(app, ["account", "list", "--signals", url])

    assert (result.exit_code, result.stderr.count("error: ")) == (1, 1)
