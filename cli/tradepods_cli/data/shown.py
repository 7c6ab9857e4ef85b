"""How far a download is, and what a folder holds, for a person."""

from collections.abc import Sequence

from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from tradepods_cli.data.fetching import Wanted
from tradepods_cli.data.kept import Kept
from tradepods_cli.exits import console
from tradepods_core.times import from_ms

MOST_GAPS = 20  # of one series, that are shown one by one
LINES = 4  # of a series, where there is no terminal
DAY, MINUTE = "%Y-%m-%d", "%Y-%m-%d %H:%M"


class Bar:
    """A progress bar over all candles; a line each time a quarter of a series is done where there is no terminal."""

    def __init__(self, wanted: Sequence[Wanted]) -> None:
        self.progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(40),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self.progress.add_task("starting", total=sum(one.span.count for one in wanted))
        self._done = dict.fromkeys(map(str, wanted), 0)

    def moved(self, wanted: Wanted, candles: int) -> None:
        """So many more of a series."""
        before, count = self._done[str(wanted)], wanted.span.count
        done = self._done[str(wanted)] = before + candles
        self.progress.update(self._task, description=str(wanted), advance=candles)
        if not console.is_terminal and done * LINES // count > before * LINES // count:
            console.print(f"{wanted}: {done * 100 // count} %", markup=False, highlight=False, soft_wrap=True)

    def ended(self, wanted: Wanted) -> None:
        """No more of it will come."""
        self.moved(wanted, wanted.span.count - self._done[str(wanted)])


def table_of(series: Sequence[Kept]) -> Table:
    """A line a series."""
    table = Table(box=None, padding=(0, 1), pad_edge=False)
    for name in ("symbol", "timeframe"):
        table.add_column(name, no_wrap=True)
    for name in ("candles", "from", "to", "gaps", "size"):
        table.add_column(name, justify="right", no_wrap=True)
    for one in series:
        table.add_row(*_cells(one))
    return table


def _cells(one: Kept) -> tuple[str, ...]:
    times = (_written(one.span.since_ms), _written(one.span.until_ms)) if one.candles else ("", "")
    gaps = str(len(one.gaps) or "")
    return (one.symbol, str(one.span.timeframe), f"{one.candles:,}", *times, gaps, _size(one.size))


def _written(at_ms: int) -> str:
    """The day, and the time of it where it is not midnight."""
    moment = from_ms(at_ms)
    return f"{moment:{MINUTE if moment.hour or moment.minute else DAY}}"


def _size(size: int) -> str:
    return f"{size / 2**20:.1f} MiB" if size >= 2**20 else f"{size / 2**10:.0f} KiB"


def gap_lines(series: Sequence[Kept]) -> list[str]:
    """Each gap with its candles: which ones are missing."""
    found = []
    for one in series:
        name = f"{one.symbol} {one.span.timeframe}"
        found += [f"{name}: {gap}: {gap.count:,} missing{_where(gap.since_ms, one)}" for gap in one.gaps[:MOST_GAPS]]
        if len(one.gaps) > MOST_GAPS:
            found.append(f"{name}: and {len(one.gaps) - MOST_GAPS} more gaps")
    return found


def _where(at_ms: int, one: Kept) -> str:
    if not one.candles:
        return ": the exchange has none"
    if at_ms < one.span.since_ms:
        return ", before its first candle"
    return ", after its last candle" if at_ms >= one.span.until_ms else ""
