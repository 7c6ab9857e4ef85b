"""`tradepods signals` and `tradepods fleet` against a real service: what a person sees, and errors in one line."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from support.build import BTC, ETH, FIVE, NOON, cycle, signal
from support.signal_service import token
from support.signal_thread import Threaded, in_thread
from support.signals_history import OVERBOUGHT, OVERSOLD, entry, strategy
from tradepods_cli.main import app
from tradepods_core.wire.cycle import Cycle
from tradepods_signals.adapters.key_folder import KeyFolder
from tradepods_signals.engine.tokens import HmacTokens
from tradepods_signals.ports.callers import Caller, Role

CROSS = {"var": "price", "op": "crosses_above", "ref": {"var": "sma", "params": {"period": 5}}}
RSI, SMA = "rsi(period=2)", "sma(period=5)"


def _cycle(number: int, *, rsi: float, price: float, fired: bool) -> Cycle:
    close = NOON + number * FIVE.length
    said = [signal(close=close, reasons=(f"{RSI} {rsi:g} < 30",), kind="test")] if fired else []
    values = {RSI: rsi, "price": price, SMA: 100.0}
    return cycle(*said, close=close, variables={BTC: values}, late=(ETH,))


BEFORE, FIRED = _cycle(0, rsi=50, price=99, fired=False), _cycle(1, rsi=27.5, price=101, fired=True)


@pytest.fixture(scope="module")
def service() -> Iterator[Threaded]:
    """With two strategies and two cycles."""
    nearly = strategy(entry(OVERSOLD, CROSS, OVERBOUGHT, side="short"), name="nearly")
    with in_thread([strategy(), nearly, strategy(name="slow", timeframe="1h")]) as found:
        found.publish(BEFORE, FIRED)
        yield found


@pytest.fixture
def run(service: Threaded, tmp_path: Path) -> "Run":
    """Runs a command with a token in a role."""
    return Run(service.url, tmp_path)


class Run:
    """A command against the service."""

    def __init__(self, url: str, folder: Path) -> None:
        self._url, self._folder = url, folder

    def __call__(self, *arguments: str, role: Role | None = "reader", url: str = "") -> Result:
        """What it prints; its words are on one line where a terminal would break them."""
        given = ["--url", url or self._url]
        if role is not None:
            file = self._folder / "token"
            file.write_text(token(role, "eve"))
            given += ["--token-file", str(file)]
        return CliRunner().invoke(app, [*arguments, *given], env={"COLUMNS": "200"})


def test_a_cycle_is_shown_with_its_signals_and_who_was_late(run: Run) -> None:
    """By its id, or the latest."""
    for identifier in ("latest", FIRED.id):
        shown = run("signals", "show", identifier)

        assert shown.exit_code == 0
        assert f"{FIRED.id}: 1 signals of 2 symbols, late: {ETH}" in shown.output
        assert f"{RSI} 27.5 < 30" in shown.output
    assert "no signal of 2 symbols" in run("signals", "show", BEFORE.id).output


def test_it_is_explained_what_fired_and_what_nearly_did(run: Run) -> None:
    """With the numbers of every comparison; a cross by both candles; other timeframes are left out."""
    shown = run("signals", "explain", FIRED.id, BTC)
    lines = shown.output.splitlines()

    assert shown.exit_code == 0
    assert lines[0] == f"{BTC} in {FIRED.id}"
    assert "default/swing" in lines[2]
    assert "yes" in lines[2]
    assert "1 of 1" in lines[2]
    assert "default/nearly" in lines[3]
    assert "no" in lines[3]
    assert "2 of 3" in lines[3]
    assert f"✓ price 101 crosses above {SMA} 100" in shown.output
    assert f"✗ {RSI} 27.5 > 70" in shown.output
    assert "slow" not in shown.output


def test_without_the_cycle_before_a_cross_is_not_claimed(run: Run) -> None:
    """It needs both candles."""
    assert f"✗ price 99 crosses above {SMA} 100" in run("signals", "explain", BEFORE.id, BTC).output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["signals", "show", "5m@tomorrow"], "ID is 5m@tomorrow: write 5m@2026-11-20T12:05:00Z"),
        (["signals", "show", "5m@2030-01-01T00:00:00Z"], "answers 404: no cycle 5m@2030-01-01T00:00:00Z is kept"),
        (["signals", "explain", "latest", "X/USDT:USDT"], "is not in this cycle: there are BTC/USDT:USDT"),
        (["signals", "explain", "latest", ETH], "its candles were late in this cycle"),
        (["fleet", "halt", "--why", "odd"], "answers 403: a token of role reader may not do this"),
        (["signals", "disable", "swing", "--why", "odd"], "answers 403"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(run: Run, arguments: list[str], told: str) -> None:
    """No trace, no page."""
    shown = run(*arguments)

    assert shown.exit_code in (1, 2)
    assert told in shown.output
    assert len(shown.output.strip().splitlines()) == 1


@pytest.mark.parametrize("command", [["signals", "tail"], ["signals", "show"], ["fleet", "portfolio"]])
@pytest.mark.parametrize(
    ("url", "told"), [("http://127.0.0.1:1", "does not answer: ConnectError"), ("", "answers 401: send a token")]
)
def test_without_a_service_or_a_token_it_is_said_so(run: Run, command: list[str], url: str, told: str) -> None:
    """The same for every command."""
    shown = run(*command, role=None, url=url)

    assert shown.exit_code == 1
    assert told in shown.output
    assert len(shown.output.strip().splitlines()) == 1


def test_cycles_are_followed(run: Run) -> None:
    """The latest first; with its signals and their reasons."""
    shown = run("signals", "tail", "--count", "1")

    assert shown.exit_code == 0
    assert shown.output.splitlines() == [
        f"{FIRED.id}: 1 signals of 2 symbols, late: {ETH}",
        f"  long {BTC} at 100 by swing: {RSI} 27.5 < 30",
    ]


def test_an_admin_halts_and_resumes(run: Run, service: Threaded) -> None:
    """Everybody is told why, and the portfolio shows it."""
    halted = run("fleet", "halt", "--why", "the exchange is odd", role="admin")
    assert halted.output.endswith("trading is halted: the exchange is odd\n")
    assert service.running.steering.halted.who == "default/eve"
    assert "trading is halted: the exchange is odd" in run("fleet", "portfolio").output
    assert "trading is halted by default/eve: the exchange is odd" in run("signals", "tail", "--count", "1").output

    assert run("fleet", "resume", "--why", "calm", role="admin").output.endswith("trading goes on\n")
    assert '"environments": []' in run("fleet", "portfolio", "--json").output


def test_an_admin_disables_a_strategy_and_enables_it_again(run: Run, service: Threaded) -> None:
    """It says what follows from it."""
    assert "signals no longer" in run("signals", "disable", "swing", "--why", "loses", role="admin").output
    assert service.running.steering.disabled == {"default.swing"}

    assert "may signal" in run("signals", "enable", "swing", "--why", "mended", role="admin").output
    assert service.running.steering.disabled == frozenset()


def test_a_token_can_be_made_for_a_service_of_ones_own(tmp_path: Path) -> None:
    """With a first key where there is none; the files are their owner's alone, and nothing of them is printed."""
    keys, file = tmp_path / "keys", tmp_path / "token"
    made = CliRunner().invoke(app, ["signals", "token", "worker", "ns/bob", str(file), "--keys", str(keys)])
    gate = HmacTokens(keys=KeyFolder(keys, most=2, shortest=32, seconds=lambda: 0.0).keys, now=lambda: NOON)

    assert made.exit_code == 0
    assert gate.caller(file.read_text()) == Caller(role="worker", namespace="ns", name="bob")
    assert {path.stat().st_mode & 0o777 for path in (file, keys / "first")} == {0o600}
    assert file.read_text() not in made.output


@pytest.mark.parametrize(("role", "name"), [("king", "a/b"), ("worker", "bob"), ("reader", "a|b"), ("reader", "")])
def test_a_token_that_could_not_be_is_not_made(tmp_path: Path, role: str, name: str) -> None:
    """Nothing is written."""
    arguments = ["signals", "token", role, name, str(tmp_path / "token"), "--keys", str(tmp_path / "keys")]
    made = CliRunner().invoke(app, arguments)

    assert made.exit_code == 2
    assert list(tmp_path.iterdir()) == []
