"""Readings that no event asks for."""

import asyncio
import contextlib
from decimal import Decimal

import pytest

from support.build import BTC, WALL, later
from support.readers import Written
from support.table import Table, entered, fill
from tradepods_core.book.book import apply
from tradepods_core.book.events import IntentSettled, StreamChanged
from tradepods_core.book.facts import SymbolDoubted
from tradepods_core.book.intents import Accepted
from tradepods_worker.adapters.clocks import ManualClock
from tradepods_worker.engine.desk import Desk
from tradepods_worker.tasks.lookout import LOOK_EVERY, look_out


class Twice(ManualClock):
    """A clock on which a loop goes round twice."""

    async def sleep(self, seconds: float) -> None:
        """The third time is the last."""
        if self.now() >= later(2 * LOOK_EVERY):
            raise asyncio.CancelledError
        await super().sleep(seconds)


async def _reminded(desk: Desk) -> list[str]:
    reader = Written()
    with contextlib.suppress(asyncio.CancelledError):
        await look_out(desk, reader=reader, wall=Twice(WALL))
    return reader.said


async def test_while_all_is_well_nothing_is_read() -> None:
    """Readings cost request weight."""
    assert await _reminded(await Table().begun()) == []


@pytest.mark.parametrize("both", [False, True])
async def test_while_the_stream_is_down_the_account_is_read_again_and_again(both: bool) -> None:
    """Otherwise nobody would hear that a stop has acted."""
    desk = await Table().begun()
    await desk.handle(StreamChanged(connected=False, seen_at=later(1)))
    if both:
        _doubt(desk)

    assert await _reminded(desk) == ["remind: the private stream is down"] * 2


async def test_while_ledger_and_venue_disagree_the_account_is_read_again_and_again() -> None:
    """A person may have put it right at the venue."""
    desk = await Table().begun()
    _doubt(desk)

    assert await _reminded(desk) == ["remind: ledger and exchange disagree"] * 2


async def test_a_stop_whose_level_is_reached_without_a_word_is_asked_about() -> None:
    """A socket may stay open for minutes after the last frame has come."""
    desk, entry = await entered(Table())
    await desk.handle(fill(entry))
    stop = next(o.intent for o in desk.book.orders.values() if o.intent.purpose == "stop")
    await desk.handle(IntentSettled(id=stop.id, outcome=Accepted(), seen_at=WALL))
    above = await _reminded(desk)
    desk.sight.marks = {BTC: Decimal(97)}

    assert above == []
    assert await _reminded(desk) == ["remind: a level is reached, and nothing was heard of its order"] * 2


def _doubt(desk: Desk) -> None:
    desk.book = apply(desk.book, [SymbolDoubted(symbol=BTC, why="Unreconciled: test", seen_at=WALL)])
