"""The series of equity: when a sample is taken, and what it may cost."""

from decimal import Decimal

from support.build import BTC, NOON
from support.table import Table
from tradepods_core.book.events import MarksMoved
from tradepods_core.errors import Temporary
from tradepods_worker.adapters.ledger.memory import MemoryLedger
from tradepods_worker.engine.desk import Desk
from tradepods_worker.ports.ledger import BookName, Equity
from tradepods_worker.tasks.equity import EquitySeries

D = Decimal


class Full(MemoryLedger):
    """A ledger without room for a series."""

    async def record_equity(self, book: BookName, sample: Equity) -> None:
        """Fail."""
        raise Temporary(f"{book}: no room for {sample.equity}")


def _series(table: Table, *desks: Desk, ledger: MemoryLedger | None = None) -> EquitySeries:
    return EquitySeries(desks=lambda: desks, ledger=ledger or table.ledger, market=table.market, wall=table.wall)


async def _kept(table: Table) -> list[tuple[int, Decimal]]:
    found = await table.ledger.equity("paper")
    return [((sample.at - NOON).seconds // 60, sample.equity) for sample in found]


async def test_a_sample_is_taken_once_a_minute_and_only_where_something_changed() -> None:
    """By market time, however often it is looked at."""
    table = Table()
    desk = await table.begun()
    series = _series(table, desk)
    for seconds in (0, 30, 29, 1, 60):
        table.market.advance(seconds)
        await series.look()
    assert await _kept(table) == [(0, D(1000))]
    desk.book = desk.book.__class__(wallet=D(990))
    await series.look()
    await series.look()

    assert await _kept(table) == [(0, D(1000)), (2, D(990))]


async def test_nothing_is_kept_before_the_account_and_the_market_are_known() -> None:
    """In a replay market time is known with the first marks only."""
    table = Table()
    desk = await table.desk()
    series = _series(table, desk)
    await series.look()
    await desk.handle(MarksMoved(at=NOON, marks={BTC: D(100)}))
    await series.look()

    assert await _kept(table) == []


async def test_a_ledger_without_room_stops_nothing() -> None:
    """The sample is left out."""
    table = Table()
    desk = await table.begun()
    await _series(table, desk, ledger=Full()).look()

    assert await _kept(table) == []
