"""The tables of accounts: while the replay runs, and when it is over. Both fit into 80 columns."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from rich.markup import escape
from rich.table import Table

from tradepods_cli.local.report import agrees
from tradepods_core.wire.fleet import Digest

CENT = Decimal("0.01")
MODES = {True: "dry run", False: "[bold]live[/]"}


def accounts_table(digests: Iterable[Digest]) -> Table:
    """One row an account: what it is worth, what it holds, what it has done."""
    table = _table("equity", "open", "covered", "entries", "TP", "SL", "realized", "fees", last="last cycle")
    for digest in sorted(digests, key=lambda digest: (digest.namespace, digest.name)):
        table.add_row(*_row(digest))
    return table


def report_table(accounts: Iterable[Mapping[str, Any]]) -> Table:
    """One row an account of the report; `bare` is how long a position stood without a resting stop at most."""
    table = _table("entries", "TP", "SL", "open", "realized", "fees", "equity", "bare", last="ledger")
    for entry in accounts:
        table.add_row(
            entry["name"],
            MODES[entry["dryRun"]],
            *(str(entry[name]) for name in ("entries", "takeProfits", "stopLosses", "openPositions")),
            _signed(Decimal(entry["realizedPnl"])),
            *(f"{Decimal(entry[name]).quantize(CENT):,}" for name in ("fees", "equity")),
            f"{entry['unprotectedMaxMs']} ms",
            "[green]= exchange[/]" if agrees(entry) else "[red]DIFFERS[/]",
        )
    return table


def _table(*numbers: str, last: str) -> Table:
    table = Table(box=None, pad_edge=False, collapse_padding=True, header_style="bold")
    table.add_column("account")
    table.add_column("mode")
    for name in numbers:
        table.add_column(name, justify="right")
    table.add_column(last, no_wrap=True)
    return table


def _row(digest: Digest) -> list[str]:
    heartbeat = digest.heartbeat
    tally = heartbeat.tally
    covered = sum(position.protected for position in heartbeat.positions)
    unprotected = covered < len(heartbeat.positions)
    return [
        digest.name,
        MODES[heartbeat.dry_run],
        f"{heartbeat.equity.quantize(CENT):,}",
        str(len(heartbeat.positions)),
        f"[red]{covered}[/]" if unprotected else str(covered),
        str(tally.entries),
        str(tally.take_profits),
        str(tally.stop_losses),
        _signed(tally.realized_pnl),
        f"{tally.fees.quantize(CENT):,}",
        escape(heartbeat.last_cycle.partition("T")[2]) or "-",
    ]


def _signed(amount: Decimal) -> str:
    return f"[{'green' if amount >= 0 else 'red'}]{amount.quantize(CENT):+,}[/]"
