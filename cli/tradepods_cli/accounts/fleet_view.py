"""What the running signal service knows of accounts, as tables and as JSON."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from rich.markup import escape
from rich.table import Table

from tradepods_core.money import plain
from tradepods_core.wire.fleet import Condition, Digest, Heartbeat

CENT = Decimal("0.01")
PRICE_DIGITS = 8  # significant ones
SILENT_FROM = timedelta(seconds=30)  # without a heartbeat; one is due every few seconds
GOOD_IF_FALSE = ("TradingHalted",)
MODES: Mapping[bool, str] = {True: "dry run", False: "[bold]live[/]"}
MINUTE, HOUR = 60, 3_600  # seconds


def by_name(digests: Iterable[Digest]) -> list[Digest]:
    """In the order of their names."""
    return sorted(digests, key=lambda digest: (digest.namespace, digest.name))


def fleet_table(digests: Iterable[Digest], *, now: datetime) -> Table:
    """A row an account."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("account", "state", "mode"):
        table.add_column(name)
    for name in ("equity", "open", "covered"):
        table.add_column(name, justify="right")
    for name in ("last cycle", "heard"):
        table.add_column(name)
    for digest in by_name(digests):
        heartbeat = digest.heartbeat
        table.add_row(
            escape(f"{digest.namespace}/{digest.name}"),
            escape(heartbeat.state),
            MODES[heartbeat.dry_run],
            f"{heartbeat.equity.quantize(CENT):,}",
            str(len(heartbeat.positions)),
            covered(heartbeat),
            escape(heartbeat.last_cycle.partition("T")[2]) or "-",
            age(digest, now=now),
        )
    return table


def covered(heartbeat: Heartbeat) -> str:
    """How many positions have their stop at the exchange; red where some have not."""
    count = sum(position.protected for position in heartbeat.positions)
    return f"[red]{count}[/]" if count < len(heartbeat.positions) else str(count)


def age(digest: Digest, *, now: datetime) -> str:
    """How long ago the account was heard of; red where that is too long."""
    passed = max(now - digest.seen_at, timedelta(0))
    text = f"{_span(int(passed.total_seconds()))} ago"
    return f"[red]{text}[/]" if passed >= SILENT_FROM else text


def _span(seconds: int) -> str:
    if seconds < MINUTE:
        return f"{seconds} s"
    return f"{seconds // MINUTE} min" if seconds < HOUR else f"{seconds // HOUR} h"


def status_table(digest: Digest, *, now: datetime) -> Table:
    """All of one account but its positions."""
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, value in _facts(digest, now=now):
        table.add_row(name, value)
    return table


def _facts(digest: Digest, *, now: datetime) -> Iterator[tuple[str, str]]:
    heartbeat, tally = digest.heartbeat, digest.heartbeat.tally
    yield "account", escape(f"{digest.namespace}/{digest.name}")
    yield "state", f"{escape(heartbeat.state)}, {MODES[heartbeat.dry_run]}, at {escape(heartbeat.venue) or '-'}"
    yield "equity", f"{heartbeat.equity.quantize(CENT):,}"
    yield "positions", f"{len(heartbeat.positions)}, {covered(heartbeat)} with a stop at the exchange"
    yield "done", f"{tally.entries} entries, {tally.adds} adds, {tally.take_profits} TP, {tally.stop_losses} SL"
    yield "realized", f"{tally.realized_pnl.quantize(CENT):+,}, fees {tally.fees.quantize(CENT):,}"
    yield "last cycle", escape(heartbeat.last_cycle) or "-"
    yield "settings", escape(heartbeat.settings_hash)
    yield "heard", age(digest, now=now)
    yield from _beside(heartbeat)


def _beside(heartbeat: Heartbeat) -> Iterator[tuple[str, str]]:
    """What there is not always to tell."""
    if heartbeat.overrides:
        changed = ", ".join(f"{field} {value}" for field, value in heartbeat.overrides.items())
        yield "by the chat", escape(changed)
    if heartbeat.guarded:
        yield "guarded", f"{len(heartbeat.guarded)} positions still open in the other book"
    if heartbeat.undelivered:
        yield "messages", f"{heartbeat.undelivered} wait to be delivered"
    for condition in heartbeat.conditions:
        text = escape(f"{condition.status} {condition.reason} {condition.message}".strip())
        yield escape(condition.type), f"[red]{text}[/]" if is_bad(condition) else text
    if heartbeat.last_error:
        yield "last error", f"[red]{escape(heartbeat.last_error)}[/]"


def is_bad(condition: Condition) -> bool:
    """Whether somebody should look: most conditions are good when true."""
    return condition.status == ("True" if condition.type in GOOD_IF_FALSE else "False")


def troubles(heartbeat: Heartbeat) -> Iterator[str]:
    """What somebody should look at, a line each."""
    for condition in filter(is_bad, heartbeat.conditions):
        yield f"{condition.type} is {condition.status}: {condition.message or condition.reason}"
    if heartbeat.last_error:
        yield heartbeat.last_error


def positions_table(heartbeat: Heartbeat) -> Table:
    """A row a position."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("symbol")
    table.add_column("side")
    for name in ("quantity", "average", "unrealized"):
        table.add_column(name, justify="right")
    table.add_column("stop")
    for position in heartbeat.positions:
        table.add_row(
            escape(position.symbol),
            position.side,
            plain(position.quantity),
            plain(Decimal(f"{position.average:.{PRICE_DIGITS}g}")),
            f"{position.unrealized.quantize(CENT):+,}",
            "rests" if position.protected else "[red]none[/]",
        )
    return table


def as_json(digest: Digest) -> dict[str, Any]:
    """A digest as the service tells it."""
    found: dict[str, Any] = digest.model_dump(mode="json", by_alias=True)
    return found
