"""All of a wallet's records since a moment, page after page."""

from datetime import datetime

from tradepods_core.book.income import Income
from tradepods_worker.adapters.venues.binanceusdm import errors, income
from tradepods_worker.adapters.venues.wire import QuestionRefused, Wire

MOST_PAGES = 20  # each weighs 30 of 2,400 a minute


async def income_since(wire: Wire, since: datetime | None) -> tuple[Income, ...]:
    """Oldest first; raises Temporary. More than so many pages, or than one of a moment: a sum that explains nothing.

    So does the latest page alone, where the venue keeps nothing of so long ago.
    """
    try:
        return await _pages(wire, since)
    except QuestionRefused:
        if since is None:
            raise
        return await _pages(wire, None)


async def _pages(wire: Wire, since: datetime | None) -> tuple[Income, ...]:
    found: dict[str, Income] = {}
    for _ in range(MOST_PAGES):
        answer = await wire.ask(income.records(since))
        with errors.readable():
            rows = [income.income(row) for row in answer]
        found |= {row.key: row for row in rows}
        last = max((row.at for row in rows), default=since)
        if len(rows) < income.PAGE or since is None or last == since:
            break
        since = last
    return tuple(sorted(found.values(), key=lambda row: row.at))
