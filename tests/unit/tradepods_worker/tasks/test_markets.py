"""Markets learned anew: from time to time, and at once where a symbol comes into a universe."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

from support.build import BTC, ETH, WALL, market
from support.table import Table, read
from tradepods_core.errors import Temporary
from tradepods_core.market import Market
from tradepods_core.shapes import Symbol
from tradepods_worker.adapters.clocks import ManualClock
from tradepods_worker.engine.activity import Activity
from tradepods_worker.engine.desk import Desk
from tradepods_worker.tasks.markets import EVERY, MarketWatch

D = Decimal
TICK = {BTC: market(BTC, tick=D("0.5"), brackets=())}
SOL = "SOL/USDT:USDT"
ALL = {symbol: market(symbol) for symbol in (BTC, ETH, SOL)}


class Venue:
    """A venue that keeps what it was told."""

    def __init__(self) -> None:
        self.markets: Mapping[str, Market] = {}

    async def prepare(self, markets: Mapping[str, Market]) -> None:
        """Keep them."""
        self.markets = markets


class Clock(ManualClock):
    """A clock on which nobody wakes before the test lets a round pass."""

    def __init__(self) -> None:
        super().__init__(WALL)
        self.passed = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        """Until the next round."""
        assert seconds == EVERY
        await self.passed.wait()
        self.passed.clear()


class Bench:
    """A watch, the service that it asks, and what it asks of the reader."""

    def __init__(self, desk: Desk, answers: list[Mapping[str, Market] | Temporary]) -> None:
        self.desk, self.answers, self.clock = desk, answers, Clock()
        self.venue, self.activity, self.reminded = Venue(), Activity(), list[str]()
        venue, reader = self.venue, self
        self.gate = asyncio.Event()
        self.gate.set()
        given: dict[str, Any] = {"desk": desk, "venue": venue, "reader": reader, "activity": self.activity}
        self.watch = MarketWatch(self._ask, **given, wall=self.clock)

    async def _ask(self) -> Mapping[str, Market]:
        await self.gate.wait()
        answer = self.answers.pop(0)
        if isinstance(answer, Temporary):
            raise answer
        return answer

    def remind(self, why: str) -> None:
        """The account is to be read; by then the market is known."""
        assert self.desk.sight.markets.keys() >= {SOL}
        self.reminded.append(why)

    async def round(self) -> None:
        """So much time passes that markets are asked for anyway."""
        self.clock.passed.set()
        await self.settle()

    async def settle(self) -> None:
        """All that is ready has run."""
        for _ in range(20):
            await asyncio.sleep(0)

    def known(self) -> set[Symbol]:
        """The symbols of which the desk knows the market."""
        return set(self.desk.sight.markets)


@asynccontextmanager
async def _watching(*answers: Mapping[str, Market] | Temporary) -> AsyncIterator[Bench]:
    desk = await Table().desk()
    await desk.handle(read())
    bench = Bench(desk, list(answers))
    running = asyncio.create_task(bench.watch.run())
    await bench.settle()
    yield bench
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


async def test_a_new_tick_is_used_and_the_accounts_own_brackets_stay() -> None:
    """The service does not know the brackets; the account has read them."""
    async with _watching(TICK) as bench:
        await bench.round()
        markets = bench.desk.sight.markets

    assert (markets[BTC].tick, markets[BTC].brackets) == (D("0.5"), market(BTC).brackets)
    assert bench.venue.markets == TICK
    assert bench.reminded == []


async def test_a_service_that_is_away_leaves_what_is_known() -> None:
    """And is asked again."""
    async with _watching(Temporary("away"), TICK) as bench:
        await bench.round()
        away = bench.known()
        await bench.round()

    assert away == {BTC, ETH}
    assert bench.desk.sight.markets[BTC].tick == D("0.5")


async def test_a_symbol_that_comes_into_a_universe_is_asked_for_at_its_first_mark_and_the_account_is_read() -> None:
    """So that its leverage is known, and set, before a signal comes."""
    async with _watching(ALL) as bench:
        bench.watch.hear([BTC, ETH])
        await bench.settle()
        before = bench.known()
        bench.watch.hear([BTC, SOL])
        await bench.settle()
        bench.watch.hear([BTC, SOL])
        await bench.settle()

    assert (before, bench.known()) == ({BTC, ETH}, {BTC, ETH, SOL})
    assert bench.reminded == ["a symbol is new"]
    assert bench.answers == []


async def test_a_replays_step_is_not_done_before_the_new_symbol_is_known() -> None:
    """Or the same step would find it known on one machine and unknown on another."""
    async with _watching(ALL) as bench:
        bench.gate.clear()
        bench.watch.hear([SOL])
        bench.watch.hear([SOL, "ADA/USDT:USDT"])
        asked = bench.activity.busy
        bench.gate.set()
        await bench.settle()

    assert asked
    assert not bench.activity.busy


async def test_what_the_service_does_not_know_is_not_asked_for_at_each_mark() -> None:
    """But at the next round; and a service that is away then is not asked more often."""
    async with _watching(TICK, Temporary("away"), ALL) as bench:
        for _ in range(5):
            bench.watch.hear([SOL])
            await bench.settle()
        asked_once = len(bench.answers) == 2
        await bench.round()
        bench.watch.hear([SOL])
        await bench.settle()

    assert asked_once
    assert SOL in bench.known()
    assert not bench.activity.busy


async def test_a_symbol_that_is_told_while_markets_are_asked_for_is_asked_for_right_after() -> None:
    """The answer under way may be older than it; it does not wait for the next round."""
    async with _watching(TICK, ALL) as bench:
        bench.gate.clear()
        bench.watch.hear(["ADA/USDT:USDT"])
        await bench.settle()
        bench.watch.hear([SOL])
        bench.gate.set()
        await bench.settle()

    assert SOL in bench.known()
    assert bench.reminded == ["a symbol is new"]
    assert not bench.activity.busy
