"""Whose turn it is: the urgent first, then who came first; by a clock that a test moves."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from support.build import WALL
from tradepods_core.errors import Temporary
from tradepods_signals.engine.budget import Budget
from tradepods_signals.engine.turns import Turns
from tradepods_signals.ports.market import Purpose


class Bench:
    """Turns, and a clock that goes on only while somebody waits and nobody else is ready."""

    def __init__(self, limit: int = 200) -> None:
        self.now = WALL
        self.budget = Budget()
        self.budget.learn(limit)
        self.turns = Turns(budget=self.budget, now=lambda: self.now, sleep=self._sleep)
        self.left: list[tuple[str, float]] = []

    async def _sleep(self, seconds: float) -> None:
        until = self.now + timedelta(seconds=seconds)
        for _ in range(50):
            await asyncio.sleep(0)
        self.now = max(self.now, until)

    async def ask(self, name: str, purpose: Purpose, weight: int = 1) -> None:
        """A request that is noted once it leaves."""
        await self.turns.wait(purpose, weight=weight)
        self.left.append((name, (self.now - WALL).total_seconds()))

    def order(self) -> list[str]:
        """Who has left, one after the other."""
        return [name for name, _ in self.left]


async def _all(*asking: Awaitable[None]) -> None:
    async with asyncio.timeout(10):
        await asyncio.gather(*asking)


async def test_with_room_nobody_waits() -> None:
    """They leave in the order in which they ask."""
    bench = Bench()
    await _all(*(bench.ask(f"{number}", "close") for number in range(100)))

    assert bench.left == [(f"{number}", 0) for number in range(100)]


async def test_the_urgent_overtake_whoever_waits() -> None:
    """A close's candles before a warm-up, a warm-up before ranks; of the same kind the first come."""
    bench = Bench()
    bench.budget.take("close", weight=30, now=WALL - timedelta(seconds=59.5))
    bench.budget.take("close", weight=70, now=WALL - timedelta(seconds=30))
    await _all(
        bench.ask("ranks", "universe", 40),
        bench.ask("history 1", "backfill", 10),
        bench.ask("history 2", "backfill", 10),
        bench.ask("candle 1", "close", 10),
        bench.ask("candle 2", "close", 10),
    )

    assert bench.order() == ["candle 1", "candle 2", "history 1", "history 2", "ranks"]
    assert all(second <= 1 for _, second in bench.left[:2])
    assert all(second >= 30 for _, second in bench.left[2:])


async def test_who_comes_later_does_not_slip_past_a_heavier_request() -> None:
    """Or that one would wait for ever."""
    bench = Bench()
    bench.budget.take("close", weight=40, now=WALL)
    await _all(bench.ask("heavy", "backfill", 60), bench.ask("light", "backfill", 5))

    assert bench.order() == ["heavy", "light"]


async def test_a_close_does_not_wait_longer_than_a_second() -> None:
    """Its symbols are late then, and the cycle comes; a warm-up waits as long as it takes."""
    bench = Bench()
    bench.budget.take("close", weight=100, now=WALL - timedelta(seconds=20))
    with pytest.raises(Temporary) as refused:
        await bench.ask("candle", "close")
    await _all(bench.ask("history", "backfill"))

    assert refused.value.after == 40
    assert bench.left == [("history", 40)]


async def test_who_gives_up_waiting_holds_nobody_up() -> None:
    """A request that is cancelled in line leaves it."""
    bench = Bench()
    bench.budget.take("close", weight=100, now=WALL)
    first = asyncio.ensure_future(bench.ask("first", "backfill"))
    await asyncio.sleep(0)
    second = asyncio.ensure_future(bench.ask("second", "backfill"))
    await asyncio.sleep(0)
    first.cancel()
    await _all(second)

    assert bench.left == [("second", 60)]


async def test_room_that_comes_earlier_than_expected_is_taken() -> None:
    """A header that says less after the venue's minute; it is looked for every second."""
    bench = Bench()
    bench.budget.hear(199, now=WALL)
    waiting = asyncio.ensure_future(bench.ask("history", "backfill"))
    await asyncio.sleep(0)
    bench.turns.told(used=None, limit=2_000)
    await _all(waiting)

    assert bench.left == [("history", 1)]


async def test_waiting_is_said_once_and_again_after_a_quiet_minute() -> None:
    """With what is used of which limit."""
    bench = Bench()
    with capture_logs() as said:
        for _ in range(3):
            bench.now += timedelta(minutes=3)
            await _all(*(bench.ask("history", "backfill", 10) for _ in range(12)))

    assert [(line["event"], line["used"], line["limit"], line["pace"]) for line in said] == [
        ("requests_wait", 80, 200, 1.0)
    ] * 3


async def test_what_answers_say_reaches_the_budget() -> None:
    """The weight that is used, the limit, and whether there was an answer."""
    bench = Bench()
    bench.turns.told(used=90, limit=1_000)
    bench.turns.told(used=None, limit=None)
    bench.turns.judge(answered=False)

    assert (bench.budget.used(WALL), bench.budget.limit, bench.budget.pace) == (90, 1_000, 0.5)
