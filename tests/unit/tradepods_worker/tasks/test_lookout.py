"""Readings that no event asks for."""

import asyncio
import contextlib
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from support.build import BTC, WALL, later, settings
from support.readers import Written
from support.table import Table, entered, fill, read
from tradepods_core.book.book import apply
from tradepods_core.book.events import IntentSettled, SettingsChanged, StreamChanged, VenuePosition
from tradepods_core.book.facts import SymbolDoubted
from tradepods_core.book.intents import Accepted
from tradepods_core.book.outside import ForeignSeen
from tradepods_core.settings.overrides import in_force
from tradepods_worker.adapters.clocks import ManualClock
from tradepods_worker.engine.desk import Desk
from tradepods_worker.tasks.lookout import LOOK_EVERY, READ_EVERY, look_out

LIVE = {"acknowledgeLiveTrading": True, "credentialsSecretRef": {"name": "keys"}}


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


async def test_what_is_not_ours_is_asked_about_until_a_reading_has_seen_it() -> None:
    """The reading that was asked for at once may have come too soon after another."""
    desk = await Table().begun()
    await desk.handle(ForeignSeen(symbol=BTC, seen_at=later(1)))
    assert await _reminded(desk) == ["remind: something that is not ours happened"] * 2

    await desk.handle(replace(read(), begun_at=later(2), seen_at=later(2)))
    assert await _reminded(desk) == []


async def test_a_difference_that_could_not_be_judged_is_asked_about_again() -> None:
    """The venue shows a position while an entry of ours is under way: the next reading may know whose it is."""
    desk, _ = await entered(Table())
    view = replace(read().view, positions=(VenuePosition(symbol=BTC, quantity=Decimal(1)),))
    await desk.handle(replace(read(), view=view))
    asked = await _reminded(desk)
    await desk.handle(read())

    assert asked == ["remind: a difference could not be judged, for an order of ours was under way"] * 2
    assert await _reminded(desk) == []


async def test_while_a_position_is_held_the_account_is_read_now_and_then() -> None:
    """A stream that has fallen silent looks like one with nothing to say; nothing held, nothing to lose."""
    flat = await Table().begun()
    holding, entry = await entered(Table())
    await holding.handle(replace(fill(entry), seen_at=WALL - READ_EVERY))
    for desk in (flat, holding):
        await desk.handle(StreamChanged(connected=True, seen_at=WALL - READ_EVERY))
        desk.sight.read_at = WALL - READ_EVERY

    assert await _reminded(flat) == []
    assert await _reminded(holding) == ["remind: a position is held, and the account was not read for a while"] * 2


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


async def test_after_an_entry_the_account_is_read_for_its_liquidation_price() -> None:
    """Nobody but the venue knows what else stands behind the position; a reading newer than the fill has told it."""
    desk, entry = await entered(Table())
    await desk.handle(replace(fill(entry), seen_at=later(1)))
    before = await _reminded(desk)
    held = VenuePosition(symbol=BTC, quantity=entry.quantity)
    await desk.handle(replace(read(), view=replace(read().view, positions=(held,)), begun_at=later(2)))

    assert before == ["remind: the liquidation price of what was entered is not known"] * 2
    assert await _reminded(desk) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, []),
        ({"hedgeMode": True}, ["remind: a leverage or mode waits, and what it waits for is flat"] * 2),
        ({"leverage": 5}, ["remind: a leverage or mode waits, and what it waits for is flat"] * 2),
        ({"hedgeMode": True, "dryRun": False, **LIVE}, []),
    ],
)
async def test_a_changed_mode_or_leverage_is_applied_once_nothing_stands_in_its_way(
    changes: dict[str, Any], said: list[str]
) -> None:
    """It follows a reading; in the book that is only guarded nothing is to be set."""
    desk = await Table().begun()
    await desk.handle(SettingsChanged(terms=in_force(settings(**changes), ())))

    assert await _reminded(desk) == said


async def test_a_mode_that_waits_for_a_position_reminds_of_nothing() -> None:
    """The venue would refuse it."""
    desk, entry = await entered(Table())
    await desk.handle(fill(entry))
    await desk.handle(SettingsChanged(terms=in_force(settings(hedgeMode=True), ())))

    assert await _reminded(desk) == []


def _doubt(desk: Desk) -> None:
    desk.book = apply(desk.book, [SymbolDoubted(symbol=BTC, why="Unreconciled: test", seen_at=WALL)])


async def test_an_account_in_multi_assets_mode_is_read_now_and_then() -> None:
    """Somebody may have set it right at the exchange, and nothing else would tell."""
    desk = await Table().begun()
    await desk.handle(replace(read(), view=replace(read().view, single_asset=False)))
    assert await _reminded(desk) == []
    desk.sight.read_at = desk.sight._connected_at = WALL - READ_EVERY

    assert await _reminded(desk) == ["remind: the account is in multi-assets mode: somebody may have set it right"] * 2
