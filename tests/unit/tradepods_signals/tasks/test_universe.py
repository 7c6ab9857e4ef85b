"""The survey: markets and volumes each hour of market time, and what a restart goes on with."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from support.build import BTC, ETH, NOON, market
from support.signals_history import strategy
from tradepods_core.errors import Permanent, Temporary, TradepodsError
from tradepods_core.market import Market
from tradepods_core.shapes import Symbol
from tradepods_core.strategy.model import Strategy
from tradepods_core.wire.universe import KeptUniverse
from tradepods_signals.adapters.feed_memory import MemoryFeed
from tradepods_signals.adapters.history_memory import MemoryHistory
from tradepods_signals.engine.universe import UniverseBook
from tradepods_signals.tasks.universe import Survey

OLD = NOON - timedelta(days=400)
MARKETS = {symbol: market(symbol, listed_at=OLD) for symbol in (BTC, ETH)}
BY_RANK = (strategy(name="a", universe={"top": 1}),)
BY_NAME = (strategy(name="a", symbols=[BTC]),)


class Venue(MemoryFeed):
    """Counts what it is asked, and does not answer while there is an error, or its gate is shut."""

    def __init__(self) -> None:
        super().__init__(markets=MARKETS, history={}, traded={BTC: Decimal(9), ETH: Decimal(5)})
        self.told: list[str] = []
        self.error: TradepodsError | None = None
        self.gate = asyncio.Event()
        self.gate.set()

    async def markets(self) -> Mapping[Symbol, Market]:
        self.told.append("markets")
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        return await super().markets()

    async def volumes(self) -> Mapping[Symbol, Decimal]:
        self.told.append("volumes")
        if self.error is not None:
            raise self.error
        return await super().volumes()


class Slow(MemoryHistory):
    """Does not keep what it is told while it is away."""

    away = False
    written = 0

    async def universe(self, universe: KeptUniverse) -> None:
        self.written += 1
        if self.away:
            raise Temporary("the disk is full")
        await super().universe(universe)


class Bench:
    """A survey with all that it talks to."""

    def __init__(self, strategies: tuple[Strategy, ...], *, waits: bool = False) -> None:
        self.venue, self.history, self.learned = Venue(), Slow(store="s"), list[Mapping[Symbol, Market]]()
        self.book = UniverseBook(held=frozenset)
        self.strategies = strategies
        self.choose()
        self.survey = Survey(
            data=self.venue,
            markets=MARKETS,
            universe=self.book,
            history=self.history,
            learn=self.learned.append,
            waits=waits,
        )

    def choose(self) -> frozenset[Symbol]:
        """Where the first strategy may enter from now on."""
        return self.book.choose(self.strategies)["default.a"].symbols

    async def look(self, minutes: float) -> list[str]:
        """What the venue is asked at so many minutes past noon, once all that this leads to is done."""
        before = len(self.venue.told)
        await self.survey.look(_at(minutes))
        for _ in range(20):
            await asyncio.sleep(0)
        return self.venue.told[before:]

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Bench"]:
        """With its loop."""
        task = asyncio.create_task(self.survey.run())
        yield self
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def _at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


@pytest.mark.parametrize("waits", [True, False])
async def test_markets_and_volumes_are_read_at_the_start_and_after_each_hour(*, waits: bool) -> None:
    """A minute and a half past it, when no candle closes; the start knows its markets already."""
    async with Bench(BY_RANK, waits=waits).running() as bench:
        told = {minutes: await bench.look(minutes) for minutes in (10, 10.25, 59, 61, 61.5, 62, 121.5, 300)}

    both = ["markets", "volumes"]
    assert told == {10: ["volumes"], 10.25: [], 59: [], 61: [], 61.5: both, 62: [], 121.5: both, 300: both}
    assert bench.choose() == {BTC}
    assert bench.learned == [MARKETS] * 4


async def test_volumes_are_read_only_while_a_strategy_asks_for_ranks() -> None:
    """They weigh forty; the first that asks gets them within a minute, not within an hour."""
    async with Bench(BY_NAME).running() as bench:
        told = [await bench.look(0), await bench.look(61.5)]
        bench.strategies = BY_RANK
        bench.choose()
        told += [await bench.look(62), await bench.look(62.5), await bench.look(63)]

    assert told == [[], ["markets"], [], ["markets", "volumes"], []]
    assert bench.choose() == {BTC}


@pytest.mark.parametrize("error", [Temporary("away"), Permanent("unreadable")])
async def test_a_venue_that_does_not_answer_is_asked_again_in_a_minute_and_nothing_changes(
    error: TradepodsError,
) -> None:
    """Not at each mark in between."""
    async with Bench(BY_RANK).running() as bench:
        await bench.look(0)
        bench.venue.error = error
        told = [await bench.look(minutes) for minutes in (61.5, 62, 62.25, 62.5)]
        known = bench.choose()
        bench.venue.error = None
        told.append(await bench.look(63.5))

    assert told == [["markets"], [], [], ["markets"], ["markets", "volumes"]]
    assert known == {BTC}
    assert len(bench.learned) == 2


async def test_on_a_live_market_nobody_waits_for_it() -> None:
    """Marks go on while the venue is silent; what it says then counts."""
    async with Bench(BY_RANK).running() as bench:
        await bench.look(0)
        bench.venue.gate.clear()
        bench.venue.traded = {ETH: Decimal(9), BTC: Decimal(5)}
        async with asyncio.timeout(1):
            told = [await bench.look(minutes) for minutes in (61.5, 62, 64)]
        before = bench.choose()
        bench.venue.gate.set()
        await bench.look(64.25)

    assert told == [["markets"], [], []]
    assert before == {BTC}
    assert bench.choose() == {BTC, ETH}


async def test_in_a_replay_the_market_stands_still_meanwhile() -> None:
    """So that the same step has the same symbols in every run."""
    bench = Bench(BY_RANK, waits=True)
    await bench.survey.look(_at(0))
    bench.venue.gate.clear()
    looking = asyncio.ensure_future(bench.survey.look(_at(61.5)))
    for _ in range(20):
        await asyncio.sleep(0)
    waited = not looking.done()
    bench.venue.gate.set()
    await looking

    assert waited
    assert len(bench.learned) == 2


async def test_who_is_in_is_kept_for_a_restart_when_it_has_changed() -> None:
    """A history that can't be written now is written the next time."""
    async with Bench(BY_RANK).running() as bench:
        bench.history.away = True
        await bench.look(0)
        bench.choose()
        await bench.look(1)
        unkept = (await bench.history.open()).universe
        bench.history.away = False
        await bench.look(1.25)
        kept = (await bench.history.open()).universe
        written = bench.history.written
        await bench.look(1.5)

    assert bench.history.written == written
    assert unkept == KeptUniverse()
    assert kept == KeptUniverse(top={1: (BTC,)}, covered={"default.a": (BTC,)})
