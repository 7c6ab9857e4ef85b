"""Cycles and marks into the inbox; market time follows them. Paper orders act on marks before the desk sees them."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import structlog

from tradepods_core.book.events import CycleArrived, MarksMoved
from tradepods_core.money import ZERO
from tradepods_core.shapes import Symbol
from tradepods_core.wire.stream import Ping, Reset
from tradepods_worker.engine.inbox import Inbox
from tradepods_worker.ports import Feed

Moved = Callable[[Mapping[Symbol, Decimal]], Awaitable[None]]
log = structlog.get_logger()


async def follow(
    feed: Feed,
    *,
    inbox: Inbox,
    show: Callable[[datetime], None] | None,
    moved: Moved | None,
    stepped: Callable[[int], None] | None,
) -> None:
    """Follow the signal service without end.

    `show` moves market time where it follows the feed, `moved` lets a paper venue act, `stepped` hears of a replay's
    step once all of it has come.
    """
    async for event in feed.events():
        match event:
            case MarksMoved():
                marks = _prices(event.marks)
                _tell(show, event.at)
                if moved is not None:
                    await moved(marks)
                inbox.put(replace(event, marks=marks))
            case CycleArrived():
                _tell(show, event.cycle.published_at)
                inbox.put(event)
            case Ping():
                if stepped is not None and event.step is not None:
                    stepped(event.step)
            case Reset():
                log.warning("feed_reset", reason=event.reason)


def _prices(marks: Mapping[Symbol, Decimal]) -> Mapping[Symbol, Decimal]:
    """A price of nothing is no price: every stop would act on it."""
    return {symbol: mark for symbol, mark in marks.items() if mark > ZERO}


def _tell(show: Callable[[datetime], None] | None, at: datetime) -> None:
    if show is not None:
        show(at)
