"""A market is asked for at the venue itself, once at a time, and what comes of it is an event."""

import asyncio
from typing import Any

from support.build import BTC, ETH, market
from tradepods_core.book.events import Event, MarketRead
from tradepods_core.errors import Temporary
from tradepods_core.market import Market
from tradepods_worker.engine.activity import Activity
from tradepods_worker.tasks.renewal import Renewal


class Venue:
    """Answers once its gate is open."""

    def __init__(self, *, away: bool = False) -> None:
        self.asked: list[str] = []
        self.gate, self._away = asyncio.Event(), away

    async def renewed(self, known: Market) -> Market:
        """What it knew already; or no answer."""
        self.asked.append(known.symbol)
        await self.gate.wait()
        if self._away:
            raise Temporary("no answer")
        return known


async def _asked(*, away: bool) -> tuple[Venue, list[Event], list[bool]]:
    """Both markets are asked for, one of them twice; whether a replay's step waits before and after the answers."""
    activity, heard = Activity(), list[Event]()
    venue = Venue(away=away)
    asked: Any = venue  # it has what is asked here
    async with asyncio.TaskGroup() as group:
        renewal = Renewal(venue=asked, put=heard.append, group=group, activity=activity)
        renewal.ask([market(BTC), market(ETH)])
        renewal.ask([market(BTC)])
        busy = [activity.busy]
        venue.gate.set()
    return venue, heard, [*busy, activity.busy]


async def test_each_market_is_asked_for_once_at_a_time() -> None:
    """Several orders may be refused by the same step; a replay's step waits for the answer."""
    venue, heard, busy = await _asked(away=False)

    assert sorted(venue.asked) == [BTC, ETH]
    assert heard == [MarketRead(market=market(BTC)), MarketRead(market=market(ETH))]
    assert busy == [True, False]


async def test_a_venue_that_does_not_answer_tells_nothing_and_ends_nothing() -> None:
    """The position's second runs out, and it is closed."""
    _, heard, busy = await _asked(away=True)

    assert (heard, busy) == ([], [True, False])


async def test_a_market_is_asked_for_anew_once_it_was_answered() -> None:
    """For the next refusal."""
    venue, heard = Venue(), list[Event]()
    venue.gate.set()
    asked: Any = venue
    async with asyncio.TaskGroup() as group:
        renewal = Renewal(venue=asked, put=heard.append, group=group, activity=Activity())
        for number in (1, 2):
            renewal.ask([market(BTC)])
            async with asyncio.timeout(5):
                while len(heard) < number:
                    await asyncio.sleep(0)

    assert venue.asked == [BTC, BTC]
