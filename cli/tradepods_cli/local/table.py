"""The tables of accounts: while the replay runs, and when it is over. Both fit into 80 columns."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from rich.markup import escape
from rich.table import Table

from tradepods_cli.local.comparison import agrees
from tradepods_cli.local.history import EXIT_KINDS
from tradepods_core.wire.fleet import Digest

Json = Mapping[str, Any]
CENT = Decimal("0.01")
TOTAL = "all"
MODES = {True: "dry run", False: "[bold]live[/]"}


def accounts_table(digests: Iterable[Digest]) -> Table:
    """One row an account: what it is worth, what it holds, what it has done."""
    table = _table("equity", "open", "covered", "entries", "TP", "SL", "realized", "fees", last="last cycle")
    for digest in sorted(digests, key=lambda digest: (digest.namespace, digest.name)):
        table.add_row(*_row(digest))
    return table


def trades_table(accounts: Sequence[Json], total: Json) -> Table:
    """One row an account of the report: what it did. BE and TS are stops at break-even and trailing stops."""
    table = _table("entries", "adds", "exits", "TP", "SL", "BE", "TS", "other", "open", "won", last="refused")
    for entry in (*accounts, {**total, "name": TOTAL, "dryRun": None}):
        table.add_row(
            entry["name"],
            _mode(entry),
            *(str(entry[name]) for name in ("entries", "dcaAdds", "exits", *EXIT_KINDS, "openPositions")),
            "-" if entry["winRatePct"] is None else f"{entry['winRatePct']:.0f} %",
            str(sum(entry["refusals"].values())),
        )
    return table


def money_table(accounts: Sequence[Json], total: Json) -> Table:
    """One row an account of the report: what came of it.

    `fall` is the deepest fall from a peak, `bare` how long a position stood without a resting stop at most.
    """
    table = _table("realized", "fees", "funding", "equity", "fall", "bare", last="ledger")
    for entry in (*accounts, {**total, "name": TOTAL, "dryRun": None}):
        table.add_row(
            entry["name"],
            _mode(entry),
            _signed(Decimal(entry["realizedPnl"])),
            f"{Decimal(entry['fees']).quantize(CENT):,}",
            _signed(Decimal(entry["funding"])),
            f"{Decimal(entry['equity']).quantize(CENT):,}",
            f"{Decimal(entry['maxDrawdownPct']):.2f} %" if "maxDrawdownPct" in entry else "",
            f"{entry['unprotectedMaxMs']} ms",
            _ledger(entry),
        )
    return table


def _mode(entry: Json) -> str:
    return "" if entry["dryRun"] is None else MODES[entry["dryRun"]]


def _ledger(entry: Json) -> str:
    if "ledgerVsExchange" not in entry:
        return ""
    return "[green]= exchange[/]" if agrees(entry) else "[red]DIFFERS[/]"


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
