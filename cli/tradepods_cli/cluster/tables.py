"""Accounts of a cluster as tables."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from rich.markup import escape
from rich.table import Table

from tradepods_cli.cluster.standing import Condition, Standing

CENT = Decimal("0.01")
MODES = {True: "dry run", False: "[bold]live[/]"}
UNITS = (
    (timedelta(days=1), "d"),
    (timedelta(hours=1), "h"),
    (timedelta(minutes=1), "min"),
    (timedelta(seconds=1), "s"),
)


def accounts_table(standings: Sequence[Standing], *, everywhere: bool, now: datetime) -> Table:
    """A row an account, named with its namespace where there may be several."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("account", overflow="fold")
    table.add_column("state")
    table.add_column("mode", no_wrap=True)
    table.add_column("equity", justify="right", no_wrap=True)
    table.add_column("open", justify="right", no_wrap=True)
    table.add_column("ready", no_wrap=True)
    table.add_column("reason", overflow="fold")
    table.add_column("age", justify="right", no_wrap=True)
    for one in standings:
        table.add_row(
            escape(str(one.key) if everywhere else one.key.name),
            escape(one.shown_state),
            MODES[one.dry_run],
            money(one.equity),
            str(one.status.get("openPositions", "-")),
            _colored(one.ready),
            escape(one.ready.reason),
            age(one.created, now=now),
        )
    return table


def status_table(standing: Standing, *, now: datetime) -> Table:
    """One account."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in _facts(standing, now=now):
        table.add_row(name, value)
    return table


def conditions_table(standing: Standing) -> Table:
    """What is said of it, Ready first."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("condition", no_wrap=True)
    table.add_column("is", no_wrap=True)
    table.add_column("because", overflow="fold")
    for one in standing.conditions.values():
        table.add_row(escape(one.type), _colored(one), escape(str(one)))
    return table


def money(amount: Decimal | None) -> str:
    """With two digits; - where nothing is known."""
    return "-" if amount is None else f"{amount.quantize(CENT):,}"


def age(since: datetime, *, now: datetime) -> str:
    """In its largest unit."""
    passed = max(now - since, timedelta(0))
    return next((f"{passed // unit} {name}" for unit, name in UNITS if passed >= unit), "0 s")


def _facts(standing: Standing, *, now: datetime) -> Iterator[tuple[str, str]]:
    status = standing.status
    yield "account", escape(str(standing.key))
    yield "state", f"{escape(standing.shown_state)}, {MODES[standing.dry_run]}"
    yield "exchange", escape(f"{standing.exchange}, {standing.environment}")
    if standing.held:
        yield "held by", escape(", ".join(standing.held))
    yield "equity", money(standing.equity)
    yield "open positions", str(status.get("openPositions", "-"))
    yield "last cycle", escape(str(status.get("lastCycleId", "-")))
    yield "settings", escape(standing.settings) or "-"
    if overrides := status.get("overrides"):
        yield "by the chat", escape(", ".join(f"{field} {value}" for field, value in overrides.items()))
    yield "age", age(standing.created, now=now)
    if error := status.get("lastError"):
        yield "last error", f"[red]{escape(str(error))}[/]"
    if not standing.acted_on:
        yield "change", "[red]the operator has not acted on the newest one[/]"


def _colored(condition: Condition) -> str:
    text = escape(condition.status)
    if condition.is_bad:
        return f"[red]{text}[/]"
    return f"[green]{text}[/]" if condition.status != "Unknown" else f"[yellow]{text}[/]"
