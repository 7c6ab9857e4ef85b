"""An account that is being deleted closes what is open, where its policy says so."""

import asyncio
from pathlib import Path

import pytest

from support.build import WALL
from support.table import Table, entered, fill
from tradepods_core.book.events import CommandGiven, Event
from tradepods_worker.adapters import ending_file
from tradepods_worker.adapters.clocks import ManualClock
from tradepods_worker.engine.desk import Desk
from tradepods_worker.tasks import ending


async def _put(file: Path, *, open_for: int, looks: int = 100) -> list[Event]:
    """What is put within so many steps of time; what is open goes with the last of `open_for` closes."""
    found: list[Event] = []
    clock = ManualClock(WALL)

    def flattens() -> bool:
        nonlocal looks
        looks -= 1
        if looks < 0:
            raise asyncio.CancelledError
        return ending_file.flattens(file)

    held = await _held(read=True)
    with pytest.raises(asyncio.CancelledError):
        await ending.follow(
            flattens, desks=lambda: [held] if len(found) < open_for else [], put=found.append, wall=clock
        )
    return found


async def _held(*, read: bool) -> Desk:
    """A desk with a position: of this run's reading, or by its ledger alone."""
    table = Table()
    desk, entry = await entered(table)
    await desk.handle(fill(entry))
    await table.ledger.close()
    return desk if read else await Table(table.ledger.disk).desk()


@pytest.mark.parametrize("text", [None, "", "Retain", "CancelOrders 2026-11-21T08:00:00Z"])
async def test_nothing_is_closed_without_a_word(tmp_path: Path, text: str | None) -> None:
    """No file, or another policy."""
    file = tmp_path / ending_file.NAME
    if text is not None:
        file.write_text(text)

    assert await _put(file, open_for=9) == []


async def test_what_is_open_is_closed_until_it_is(tmp_path: Path) -> None:
    """Again after a while, each time as a new command: one that came to nothing must not count as taken."""
    file = tmp_path / ending_file.NAME
    file.write_text("Flatten 2026-11-21T08:00:00Z")
    found = await _put(file, open_for=3)

    assert len(found) == 3
    assert all(isinstance(one, CommandGiven) and one.name == "close" and one.symbol == "" for one in found)
    assert len({one.id for one in found if isinstance(one, CommandGiven)}) == 3


async def test_a_book_that_was_not_read_yet_is_not_closed_again_and_again() -> None:
    """Where the venue refuses the keys, each of those closes would wait, and all of them leave at once some day."""
    assert ending.holds([await _held(read=True)])
    assert not ending.holds([await _held(read=False)])


async def test_a_flat_account_has_nothing_to_close(tmp_path: Path) -> None:
    """No command, no order."""
    file = tmp_path / ending_file.NAME
    file.write_text("Flatten 2026-11-21T08:00:00Z")

    assert await _put(file, open_for=0) == []
