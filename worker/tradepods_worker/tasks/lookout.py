"""Reminds of readings that no event asks for: while the stream is down or silent, or ledger and venue disagree."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from tradepods_core.book.intents import Preparation
from tradepods_core.rules.alarm import unheard
from tradepods_core.rules.preparation import differences
from tradepods_worker.engine.desk import Desk
from tradepods_worker.ports import Clock, Reader

LOOK_EVERY = 5.0  # seconds
READ_EVERY = timedelta(minutes=5)  # while something is held: a stream that is silent by mistake is not noticed else


async def look_out(desk: Desk, *, reader: Reader, wall: Clock) -> None:
    """Look without end."""
    while True:
        await wall.sleep(LOOK_EVERY)
        why = next((why for holds, why in _reasons(desk, wall.now()) if holds), None)
        if why is not None:
            reader.remind(why)


def _reasons(desk: Desk, now: datetime) -> Iterator[tuple[bool, str]]:
    """Whether each reason for a reading holds, the most pressing first."""
    sight = desk.sight
    yield not sight.connected, "the private stream is down"
    yield unheard(desk.book, sight.marks), "a level is reached, and nothing was heard of its order"
    yield sight.stirred, "something that is not ours happened"
    yield sight.undecided, "a difference could not be judged, for an order of ours was under way"
    yield sight.unexplained, "the exchange has another balance, and its records do not say why yet"
    yield bool(desk.book.doubts), "ledger and exchange disagree"
    yield sight.unread, "the liquidation price of what was entered is not known"
    yield _waits(desk), "a leverage or mode waits, and what it waits for is flat"
    old = sight.read_at is not None and sight.read_at + READ_EVERY <= now
    yield old and bool(desk.book.positions), "a position is held, and the account was not read for a while"
    yield old and not sight.venue.single_asset, "the account is in multi-assets mode: somebody may have set it right"


def _waits(desk: Desk) -> bool:
    sight = desk.sight
    found = differences(settings=sight.settings, venue=sight.venue, book=desk.book, markets=sight.markets)
    under_way = any(isinstance(intent, Preparation) for intent in desk.book.unsettled.values())
    return desk.trades and not under_way and next(found, None) is not None
