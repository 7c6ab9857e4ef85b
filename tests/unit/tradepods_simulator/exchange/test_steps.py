"""Lock-step: the market stands still until everyone has acknowledged; without participants it runs by itself."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from support import virtual_loop
from tradepods_simulator.exchange.steps import Lockstep, Stepper


class Market:
    """A market that notes which steps it has shown."""

    def __init__(self, steps: int = 3) -> None:
        self.lockstep = Lockstep()
        self.shown: list[int] = []
        self.stepper = Stepper(steps=steps, show=self._show, lockstep=self.lockstep)

    async def _show(self, step: int) -> None:
        self.shown.append(step)

    @asynccontextmanager
    async def running(self, *participants: str) -> AsyncIterator["asyncio.Task[None]"]:
        """The replay, run until the end of a test."""
        task = asyncio.create_task(self.stepper.run(set(participants)))
        yield task
        await _settled()
        await _cancelled(task)

    async def acknowledge(self, *names: str, step: int) -> None:
        """All of them acknowledge a step, and whatever follows from that happens."""
        for name in names:
            await self.lockstep.acknowledge(name, step)
        await _settled()


async def _settled() -> None:
    """Until nothing more can happen without a new event."""
    for _ in range(20):
        await asyncio.sleep(0)


async def _cancelled(task: "asyncio.Task[None]") -> None:
    """Cancel it once; it must end of that."""
    task.cancel()
    done, _ = await asyncio.wait({task}, timeout=10)
    if not done:
        task.cancel()
    assert done, "it went on after it was cancelled"


async def test_nothing_moves_before_everyone_has_joined() -> None:
    """The replay waits for those who were announced."""
    market = Market()
    async with market.running("a", "b"):
        await market.lockstep.join("a")
        await _settled()
        assert (market.shown, market.stepper.state) == ([], "waiting")

        await market.lockstep.join("b")
        await _settled()
        assert (market.shown, market.stepper.state) == ([0], "running")


async def test_a_step_waits_for_every_participant() -> None:
    """The last one to acknowledge lets the market go on; those who are missing are named."""
    market = Market()
    async with market.running("a", "b"):
        for name in ("a", "b"):
            await market.lockstep.join(name)
        await market.acknowledge("a", step=0)
        assert market.shown == [0]
        assert market.lockstep.missing(0) == ["b"]

        await market.acknowledge("b", step=0)
        assert market.shown == [0, 1]
        assert market.lockstep.missing(1) == ["a", "b"]


async def test_the_replay_ends_with_its_last_step() -> None:
    """Once that one is acknowledged too."""
    market = Market(steps=2)
    async with market.running("a") as task:
        await market.lockstep.join("a")
        await _settled()
        await market.acknowledge("a", step=0)
        assert not task.done()

        await market.acknowledge("a", step=1)
        await task
        assert (market.shown, market.stepper.state) == ([0, 1], "ended")


async def test_one_that_was_not_announced_is_waited_for_too_once_it_has_joined() -> None:
    """Whoever takes part takes part in all of it."""
    market = Market()
    async with market.running("a"):
        for name in ("a", "late"):
            await market.lockstep.join(name)
        await market.acknowledge("a", step=0)
        assert market.shown == [0]

        await market.acknowledge("late", step=0)
        assert market.shown == [0, 1]


async def test_a_participant_that_comes_back_keeps_its_place() -> None:
    """After a crash it has still acknowledged what it had, and owes what it had not."""
    market = Market()
    async with market.running("a", "b"):
        for name in ("a", "b"):
            await market.lockstep.join(name)
        await market.acknowledge("a", step=0)
        await market.lockstep.join("a")
        assert market.lockstep.missing(0) == ["b"]

        await market.acknowledge("b", step=0)
        await market.lockstep.join("a")
        assert market.lockstep.missing(1) == ["a", "b"]


async def test_an_older_acknowledgement_takes_nothing_back() -> None:
    """A repeated request may arrive late."""
    lockstep = Lockstep()
    await lockstep.join("a")
    await lockstep.acknowledge("a", 5)
    await lockstep.acknowledge("a", 3)

    assert lockstep.missing(5) == []
    assert lockstep.missing(6) == ["a"]


async def test_with_nobody_there_nobody_is_missing() -> None:
    """Nor does anything wait."""
    lockstep = Lockstep()
    await lockstep.done(7)
    await lockstep.joined(set())

    assert lockstep.missing(7) == []


async def test_running_freely_waits_for_nobody() -> None:
    """Every step once, in order."""
    market = Market(steps=5)
    await market.lockstep.join("a")
    await market.stepper.run_freely(pace=0)

    assert (market.shown, market.stepper.state) == ([0, 1, 2, 3, 4], "ended")


class Slow:
    """A market that takes so many seconds to show each step, on a clock that stands still while nothing waits."""

    def __init__(self, *takes: float) -> None:
        self.takes = takes
        self.shown: list[float] = []
        self.stepper = Stepper(steps=len(takes), show=self._show, lockstep=Lockstep())

    async def _show(self, step: int) -> None:
        self.shown.append(asyncio.get_running_loop().time())
        await asyncio.sleep(self.takes[step])


@pytest.mark.parametrize(
    ("takes", "shown"),
    [
        ((0, 0, 0, 0), [0, 1, 2, 3]),
        ((0.25, 0.5, 0.25, 0), [0, 1, 2, 3]),
        ((2.5, 0, 0, 0, 0), [0, 2.5, 2.5, 3, 4]),
    ],
)
def test_each_step_has_its_moment(takes: tuple[float, ...], shown: list[float]) -> None:
    """Time spent on showing is no drift, and one that is late is followed at once until the market has caught up."""
    market = Slow(*takes)
    virtual_loop.run(market.stepper.run_freely(pace=1))

    assert market.shown == shown


def test_a_thousand_steps_later_the_market_is_still_on_time() -> None:
    """Errors of single sleeps do not add up."""
    market = Slow(*[0.001] * 1_001)
    virtual_loop.run(market.stepper.run_freely(pace=0.1))

    assert market.shown[-1] == pytest.approx(100, abs=0.001)


async def test_how_fast_the_market_runs_can_be_asked() -> None:
    """A quarter of a minute in half a second is 30 market seconds a second; lock-step and no pace have no speed."""
    market = Market(steps=1)
    assert market.stepper.speed(pace_ms=15_000) is None

    await market.stepper.run_freely(pace=0.5)
    assert market.stepper.speed(pace_ms=15_000) == 30

    await market.stepper.run_freely(pace=0)
    assert market.stepper.speed(pace_ms=15_000) is None


async def test_only_a_running_replay_is_waiting_for_someone() -> None:
    """Neither before it has begun nor after its end is there a time of waiting."""
    market = Market(steps=1)
    assert market.stepper.waiting_seconds() == 0
    async with market.running("a") as task:
        await market.lockstep.join("a")
        await _settled()
        assert 0 <= market.stepper.waiting_seconds() < 60

        await market.acknowledge("a", step=0)
        await task
    assert market.stepper.waiting_seconds() == 0


async def test_a_market_that_can_not_show_a_step_says_so() -> None:
    """The error is not swallowed by the lock-step."""

    async def broken(step: int) -> None:
        raise ValueError(f"step {step}")

    lockstep = Lockstep()
    stepper = Stepper(steps=1, show=broken, lockstep=lockstep)

    with pytest.raises(ValueError, match="step 0"):
        await stepper.run(set())


@pytest.mark.parametrize("moments", range(5))
@pytest.mark.parametrize("waits_for", ["someone to join", "an acknowledgement"])
async def test_a_replay_that_is_cancelled_ends(waits_for: str, moments: int) -> None:
    """Whatever it waits for, and also where news come at that very moment."""
    market = Market(steps=9)
    names = {"a"} if waits_for == "an acknowledgement" else {"a", "nobody"}
    task = asyncio.create_task(market.stepper.run(names))
    await market.lockstep.join("a")
    await _settled()
    await market.lockstep.join("a")
    for _ in range(moments):
        await asyncio.sleep(0)
    await _cancelled(task)

    assert task.cancelled()
    assert market.shown == ([0] if waits_for == "an acknowledgement" else [])


async def test_a_replay_that_runs_freely_ends_when_it_is_cancelled() -> None:
    """In the middle of a pause."""
    market = Market(steps=9)
    task = asyncio.create_task(market.stepper.run_freely(pace=3_600))
    await _settled()
    await _cancelled(task)

    assert task.cancelled()
    assert market.shown == [0]
