"""The series of equity: what is kept, of which book, and how it stays small."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from support.build import NOON, WALL
from support.ledgers import OWNER, Place
from tradepods_worker.adapters.ledger.series import BY_THE_MINUTE
from tradepods_worker.adapters.ledger.sql import LEDGER, SqlLedger
from tradepods_worker.ports.ledger import Equity

D = Decimal


def _sample(minutes: float, equity: str = "1000.5") -> Equity:
    return Equity(at=NOON + timedelta(minutes=minutes), wallet=D("999.75"), equity=D(equity), open=2)


async def test_each_book_has_a_series_of_its_own(place: Place) -> None:
    """Oldest first, from a moment on where one is named, and after a restart."""
    ledger, _ = await place.acquired()
    for minutes in (2, 0, 1):
        await ledger.record_equity("live", _sample(minutes))
    await ledger.record_equity("paper", _sample(5))
    await ledger.close()
    again, _ = await place.acquired()

    assert await again.equity("live") == [_sample(0), _sample(1), _sample(2)]
    assert await again.equity("live", since=NOON + timedelta(minutes=1)) == [_sample(1), _sample(2)]
    assert await again.equity("paper") == [_sample(5)]


async def test_the_last_word_of_a_minute_counts(place: Place) -> None:
    """A worker that was started again within one does not double it."""
    ledger, _ = await place.acquired()
    await ledger.record_equity("live", _sample(0.2, "1"))
    await ledger.record_equity("live", _sample(0.7, "2"))

    assert await ledger.equity("live") == [_sample(0, "2")]


async def test_what_is_older_than_ninety_days_is_kept_by_the_hour(tmp_path: Path) -> None:
    """The first of each hour stays; the series does not grow for ever."""
    ledger = SqlLedger(tmp_path / LEDGER)
    await ledger.acquire(owner=OWNER, holder="test", now=WALL)
    for minutes in range(0, 180, 10):
        await ledger.record_equity("live", _sample(minutes))
        await ledger.record_equity("paper", _sample(minutes))
    later = BY_THE_MINUTE / timedelta(minutes=1) + 120
    await ledger.record_equity("live", _sample(later))
    kept = [(sample.at - NOON) / timedelta(minutes=1) for sample in await ledger.equity("live")]
    other = await ledger.equity("paper")
    await ledger.close()

    assert kept == [0, 60, *range(120, 180, 10), later]
    assert len(other) == 18
