"""Requests for market data that a fleet leads to: with 1, 10 and 100 accounts, by the exchange's own journal.

One and ten are real workers of a dry run. Of the hundred ten are; the others are what the service sees of a worker, its
stream and its heartbeats: so many processes do not fit on a small machine.
"""

from collections.abc import Iterable
from pathlib import Path

from benchmarks.figures import Figure
from support.demand import TOP, demand

FLEETS = {1: (1, 0), 10: (10, 0), 100: (10, 90)}  # accounts: real workers, readers
HOURS = 1


async def measure(folder: Path) -> Iterable[Figure]:
    """The same replay with each fleet."""
    figures = []
    for accounts, (workers, readers) in FLEETS.items():
        found = await demand(folder / str(accounts), workers=workers, readers=readers, hours=HOURS)
        name = f"{accounts} accounts, top {TOP}, {HOURS} h: market data"
        figures.append(Figure(name=name, unit="requests", samples=[found.asked.total()]))
        for endpoint, count in sorted(found.asked.items()):
            figures.append(Figure(name=f"  {endpoint}", unit="", samples=[count]))
    return figures
