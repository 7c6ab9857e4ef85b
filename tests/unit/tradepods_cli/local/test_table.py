"""The tables: one row an account, and what is unprotected, or differs, stands out."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import pytest
from rich.console import Console
from rich.table import Table

from support.build import BTC, ETH, NOON, WALL
from tradepods_cli.local.table import Json, accounts_table, money_table, trades_table
from tradepods_core.wire.fleet import Digest, Heartbeat, OpenPosition, Tally

D = Decimal


def _position(symbol: str, *, protected: bool) -> OpenPosition:
    return OpenPosition(symbol=symbol, side="long", quantity=D(1), average=D(1), unrealized=D(0), protected=protected)


def _digest(name: str = "bob", *, namespace: str = "default", dry_run: bool = False, covered: bool = True) -> Digest:
    heartbeat = Heartbeat(
        at=NOON,
        dry_run=dry_run,
        state="Running",
        settings_hash="a",
        equity=D("10234.567"),
        positions=(_position(BTC, protected=True), _position(ETH, protected=covered)),
        tally=Tally(entries=9, take_profits=4, stop_losses=3, realized_pnl=D("-12.345"), fees=D("1234.5")),
        last_cycle="5m@2025-06-02T12:00:00Z",
    )
    return Digest(namespace=namespace, name=name, version=1, seen_at=WALL, heartbeat=heartbeat)


def _drawn(*digests: Digest, styled: bool = False) -> str:
    console = Console(width=200, force_terminal=styled, color_system="standard" if styled else None)
    with console.capture() as captured:
        console.print(accounts_table(digests))
    return captured.get()


def test_a_row_says_what_an_account_is_and_has_done() -> None:
    """Worth, open and protected positions, counts, profit with its sign, fees, the last cycle's close."""
    row = _drawn(_digest()).splitlines()[1].split()

    assert row == ["bob", "live", "10,234.57", "2", "2", "9", "4", "3", "-12.34", "1,234.50", "12:00:00Z"]


def test_accounts_stand_in_the_order_of_their_names() -> None:
    """Whoever reported first."""
    drawn = _drawn(_digest("b"), _digest("c", namespace="a"), _digest("a"))

    assert [line.split()[0] for line in drawn.splitlines()[1:]] == ["c", "a", "b"]


def test_a_dry_run_is_told_from_real_money() -> None:
    """In words."""
    assert "dry run" in _drawn(_digest(dry_run=True))
    assert "live" not in _drawn(_digest(dry_run=True))


@pytest.mark.parametrize(("covered", "red"), [(True, False), (False, True)])
def test_an_unprotected_position_is_red(covered: bool, red: bool) -> None:
    """The number of protected ones is less than that of open ones."""
    drawn = _drawn(_digest(covered=covered), styled=True)

    assert ("\x1b[31m1\x1b[0m" in drawn) is red


def test_an_account_that_has_decided_nothing_yet_has_a_dash() -> None:
    """No cycle has reached it."""
    digest = _digest()
    fresh = digest.model_copy(update={"heartbeat": digest.heartbeat.model_copy(update={"last_cycle": ""})})

    assert _drawn(fresh).splitlines()[1].split()[-1] == "-"


def test_an_empty_fleet_is_a_header() -> None:
    """Before the first heartbeat."""
    assert len(_drawn().splitlines()) == 1


ENTRY: Mapping[str, Any] = {
    "name": "bob",
    "dryRun": False,
    "entries": 22,
    "dcaAdds": 3,
    "exits": 20,
    "takeProfits": 11,
    "stopLosses": 6,
    "breakEvens": 2,
    "trailingStops": 1,
    "otherExits": 0,
    "openPositions": 2,
    "winRatePct": 55.0,
    "realizedPnl": "130.60383",
    "fees": "1172.49397355",
    "funding": "-1.5",
    "equity": "9935.92175645",
    "maxDrawdownPct": "4.5",
    "unprotectedMaxMs": 24,
    "ledgerVsExchange": {"positions": 0, "fills": 0, "balance": "0"},
    "refusals": {"PriceMoved": 2, "MaxPositions": 1},
}
TOTAL = {name: value for name, value in ENTRY.items() if name not in ("maxDrawdownPct", "ledgerVsExchange")}


def _reported(table: Callable[[Sequence[Json], Json], Table], **changes: object) -> list[str]:
    console = Console(width=80)
    with console.capture() as captured:
        console.print(table([{**ENTRY, **changes}], TOTAL))
    return [" ".join(line.split()) for line in captured.get().splitlines()]


def test_a_row_of_trades_says_what_an_account_did() -> None:
    """In one line of 80 columns, each kind of exit by itself; all accounts together stand below."""
    assert _reported(trades_table) == [
        "account mode entries adds exits TP SL BE TS other open won refused",
        "bob live 22 3 20 11 6 2 1 0 2 55 % 3",
        "all 22 3 20 11 6 2 1 0 2 55 % 3",
    ]


def test_who_has_closed_nothing_has_won_nothing() -> None:
    """A dash, not a zero."""
    assert _reported(trades_table, winRatePct=None)[1].endswith("2 - 3")


def test_a_row_of_money_says_what_came_of_an_account() -> None:
    """Amounts to the cent, the deepest fall in percent; together neither falls nor ledgers add up."""
    assert _reported(money_table) == [
        "account mode realized fees funding equity fall bare ledger",
        "bob live +130.60 1,172.49 -1.50 9,935.92 4.50 % 24 ms = exchange",
        "all +130.60 1,172.49 -1.50 9,935.92 24 ms",
    ]


def test_a_ledger_that_differs_from_the_exchange_stands_out() -> None:
    """Where, is said below the table."""
    differs = {"positions": 1, "fills": 0, "balance": "0"}

    assert _reported(money_table, ledgerVsExchange=differs)[1].endswith("DIFFERS")
