"""Cycles, explanations and the portfolio as tables."""

from collections.abc import Iterable
from decimal import Decimal

from rich.markup import escape
from rich.table import Table

from tradepods_cli.signals.explaining import Weighed
from tradepods_core.wire.cycle import Cycle, Signal
from tradepods_core.wire.portfolio import Portfolio

CENT = Decimal("0.01")
SIDES = {"long": "[green]long[/]", "short": "[red]short[/]"}


def cycle_line(cycle: Cycle) -> str:
    """One cycle: its id, how many signals of how many symbols, and who was absent."""
    again = f", revision {cycle.revision}" if cycle.revision > 1 else ""
    absent = "".join(
        f", {name}: {', '.join(symbols)}"
        for name, symbols in (("late", cycle.late), ("missing", cycle.missing))
        if symbols
    )
    signals = "no signal" if not cycle.signals else f"{len(cycle.signals)} signals"
    return f"{cycle.id}{again}: {signals} of {len(cycle.universe)} symbols{absent}"


def signal_line(signal: Signal) -> str:
    """One signal, with its reasons; for a terminal."""
    reasons = "; ".join(signal.reasons)
    price = f"{signal.reference_price:f}"
    return f"  {SIDES[signal.side]} {escape(f'{signal.symbol} at {price} by {signal.strategy}: {reasons}')}"


def signals_table(cycle: Cycle) -> Table:
    """The signals in the order in which they are decided."""
    table = _table("symbol", "side", "strategy", "kind")
    table.add_column("strength", justify="right")
    table.add_column("price", justify="right")
    table.add_column("reasons")
    for signal in cycle.in_order():
        table.add_row(
            escape(signal.symbol),
            SIDES[signal.side],
            escape(f"{signal.namespace}/{signal.strategy}"),
            escape(signal.kind),
            f"{signal.strength:f}",
            f"{signal.reference_price:f}",
            escape("\n".join(signal.reasons)),
        )
    return table


def explained_table(found: Iterable[Weighed]) -> Table:
    """One row an entry: whether it fired, how much of it held, each comparison with its numbers."""
    table = _table("strategy", "side", "kind", "fired", "held", "comparisons")
    for one in found:
        lines = (
            f"[green]✓[/] {escape(text)}" if held else f"[red]✗[/] {escape(text)}" for held, text in one.comparisons
        )
        table.add_row(
            escape(one.strategy),
            SIDES[one.side],
            escape(one.kind),
            "[bold green]yes[/]" if one.fired else "no",
            f"{one.held} of {len(one.comparisons)}",
            "\n".join(lines),
        )
    return table


def portfolio_table(portfolio: Portfolio) -> Table:
    """One row an environment; nothing is added up over them."""
    table = _table("environment")
    for name in ("accounts", "silent", "open", "equity", "realized", "unrealized", "exposure", "net", "fall", "worst"):
        table.add_column(name, justify="right")
    for one in portfolio.environments:
        amounts = (one.equity, one.realized_pnl, one.unrealized_pnl, one.exposure, one.net_exposure, one.drawdown)
        table.add_row(
            one.environment,
            str(one.accounts),
            f"[red]{one.silent}[/]" if one.silent else "0",
            str(one.positions),
            *(f"{amount.quantize(CENT):,}" for amount in amounts),
            f"{one.max_drawdown.quantize(CENT):,} ({one.max_drawdown_pct.quantize(CENT)} %)",
        )
    return table


def _table(*names: str) -> Table:
    table = Table(box=None, pad_edge=False, collapse_padding=True, header_style="bold")
    for name in names:
        table.add_column(name)
    return table
