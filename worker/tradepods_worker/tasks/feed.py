"""Cycles and marks into the inbox; market time follows them. Paper orders act on marks before the desk sees them."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import structlog

from tradepods_core.book.events import CycleArrived, MarksMoved, StrategiesSeen
from tradepods_core.money import ZERO
from tradepods_core.shapes import Symbol
from tradepods_core.wire.stream import Ping, Reset
from tradepods_worker.ports import Feed, FeedEvent, Put

Held = CycleArrived | StrategiesSeen
Moved = Callable[[Mapping[Symbol, Decimal]], Awaitable[None]]
log = structlog.get_logger()


async def follow(
    feed: Feed,
    *,
    put: Put,
    show: Callable[[datetime], None] | None,
    moved: Moved | None,
    stepped: Callable[[int], None] | None,
    heard: Callable[[FeedEvent], None] = lambda _: None,
) -> None:
    """Follow the signal service without end.

    `show` moves market time where it follows the feed, `moved` lets a paper venue act, `stepped` hears of a replay's
    step once all of it has come, `heard` of everything. The cycles of such a step reach the desk together: what the
    first leads to is never heard before the second, however long that takes to come. Strategies keep their place.
    """
    held: list[Held] = []
    async for event in feed.events():
        heard(event)
        match event:
            case MarksMoved():
                _tell(show, event.at)
                await _move(replace(event, marks=_prices(event.marks)), put=put, moved=moved)
            case CycleArrived() | StrategiesSeen():
                held.append(event)
            case Ping():
                _hand_out(held, put=put, show=show)
                if stepped is not None and event.step is not None:
                    stepped(event.step)
            case Reset():
                log.warning("feed_reset", reason=event.reason)
        if stepped is None:
            _hand_out(held, put=put, show=show)


async def _move(event: MarksMoved, *, put: Put, moved: Moved | None) -> None:
    if moved is not None:
        await moved(event.marks)
    put(event)


def _hand_out(held: list[Held], *, put: Put, show: Callable[[datetime], None] | None) -> None:
    """Every event that was held, in the order in which they came."""
    for event in held:
        if isinstance(event, CycleArrived):
            _tell(show, event.cycle.published_at)
        put(event)
    held.clear()


def _prices(marks: Mapping[Symbol, Decimal]) -> Mapping[Symbol, Decimal]:
    """A price of nothing is no price: every stop would act on it."""
    return {symbol: mark for symbol, mark in marks.items() if mark > ZERO}


def _tell(show: Callable[[datetime], None] | None, at: datetime) -> None:
    if show is not None:
        show(at)
