"""The live table of accounts."""

from collections.abc import Iterable
from decimal import Decimal

from rich.table import Table

from tradepods_core.wire.fleet import Digest

CENT = Decimal("0.01")


def accounts_table(digests: Iterable[Digest]) -> Table:
    """One row an account: what it is worth, what it holds, what it has done."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("account")
    table.add_column("mode")
    for name in ("equity", "open", "protected", "entries", "take-profits", "stop-losses", "realized", "fees"):
        table.add_column(name, justify="right")
    table.add_column("last cycle")
    for digest in sorted(digests, key=lambda digest: (digest.namespace, digest.name)):
        table.add_row(*_row(digest))
    return table


def _row(digest: Digest) -> list[str]:
    heartbeat = digest.heartbeat
    tally = heartbeat.tally
    covered = sum(position.protected for position in heartbeat.positions)
    unprotected = covered < len(heartbeat.positions)
    realized = tally.realized_pnl.quantize(CENT)
    return [
        digest.name,
        "dry run" if heartbeat.dry_run else "[bold]live[/]",
        f"{heartbeat.equity.quantize(CENT):,}",
        str(len(heartbeat.positions)),
        f"[red]{covered}[/]" if unprotected else str(covered),
        str(tally.entries),
        str(tally.take_profits),
        str(tally.stop_losses),
        f"[{'green' if realized >= 0 else 'red'}]{realized:+,}[/]",
        f"{tally.fees.quantize(CENT):,}",
        heartbeat.last_cycle.partition("@")[2] or "-",
    ]
