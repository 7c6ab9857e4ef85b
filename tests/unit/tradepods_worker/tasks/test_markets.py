"""Markets learned anew."""

import asyncio
import contextlib
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from support.build import BTC, ETH, WALL, later, market
from support.table import Table, read
from tradepods_core.errors import Temporary
from tradepods_core.market import Market
from tradepods_worker.adapters.clocks import ManualClock
from tradepods_worker.tasks.markets import EVERY, refresh

D = Decimal
TICK = {BTC: market(BTC, tick=D("0.5"), brackets=())}


class Rounds(ManualClock):
    """A clock on which a loop goes round so often."""

    def __init__(self, rounds: int) -> None:
        super().__init__(WALL)
        self._end = later(rounds * EVERY)

    async def sleep(self, seconds: float) -> None:
        """The last time is the end."""
        if self.now() >= self._end:
            raise asyncio.CancelledError
        await super().sleep(seconds)


class Venue:
    """A venue that keeps what it was told."""

    def __init__(self) -> None:
        self.markets: Mapping[str, Market] = {}

    async def prepare(self, markets: Mapping[str, Market]) -> None:
        """Keep them."""
        self.markets = markets


async def _refreshed(answers: list[Mapping[str, Market] | Temporary]) -> tuple[Mapping[str, Market], Venue]:
    table = Table()
    desk = await table.desk()
    await desk.handle(read())
    venue: Any = Venue()

    async def ask() -> Mapping[str, Market]:
        answer = answers.pop(0)
        if isinstance(answer, Temporary):
            raise answer
        return answer

    with contextlib.suppress(asyncio.CancelledError):
        await refresh(ask, desk=desk, venue=venue, wall=Rounds(len(answers)))
    return desk.sight.markets, venue


async def test_a_new_tick_is_used_and_the_accounts_own_brackets_stay() -> None:
    """The service does not know the brackets; the account has read them."""
    markets, venue = await _refreshed([TICK])

    assert (markets[BTC].tick, markets[BTC].brackets) == (D("0.5"), market(BTC).brackets)
    assert venue.markets == TICK


async def test_a_service_that_is_away_leaves_what_is_known() -> None:
    """And is asked again."""
    away, _ = await _refreshed([Temporary("away")])
    back, _ = await _refreshed([Temporary("away"), TICK])

    assert away.keys() == {BTC, ETH}
    assert back[BTC].tick == D("0.5")
