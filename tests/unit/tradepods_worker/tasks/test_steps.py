"""Steps: a step is acknowledged once nothing that it led to is under way any more."""

import asyncio
from collections.abc import Callable

from tradepods_worker.engine.activity import Activity
from tradepods_worker.ports import Progress
from tradepods_worker.tasks.steps import StepKeeper

WITHIN = 5.0


class ScriptedSteps:
    """The replay: says how many frames it has sent, and accepts what has handled them."""

    def __init__(self) -> None:
        self.sent = 0
        self.acknowledged: list[int] = []

    async def join(self) -> None:
        """Take part."""

    async def acknowledge(self, step: int, progress: Progress) -> int | None:
        """Accept, or say how many frames there are."""
        if progress.frames < self.sent:
            return self.sent
        self.acknowledged.append(step)
        return None


class ScriptedVenue:
    """A private stream whose handled frames a test counts up."""

    def __init__(self) -> None:
        self.frames = 0
        self.moved = asyncio.Condition()
        self.waited_for: list[int] = []

    def progress(self) -> Progress:
        """How far it is."""
        return Progress(stream="key", frames=self.frames)

    async def reached(self, frames: int) -> None:
        """Wait until so many are handled."""
        self.waited_for.append(frames)
        async with self.moved:
            await self.moved.wait_for(lambda: self.frames >= frames)

    async def handle(self, frames: int) -> None:
        """So many more were handled."""
        async with self.moved:
            self.frames += frames
            self.moved.notify_all()


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(WITHIN):
        while not condition():
            await asyncio.sleep(0)


async def test_a_quiet_worker_acknowledges_at_once() -> None:
    """Each step, in order."""
    steps, venue = ScriptedSteps(), ScriptedVenue()
    keeper = StepKeeper(steps=steps, venue=venue, activity=Activity())
    running = asyncio.create_task(keeper.run())
    for step in (0, 1, 2):
        keeper.arrived(step)
    await _until(lambda: steps.acknowledged == [0, 1, 2])
    running.cancel()


async def test_a_busy_worker_acknowledges_when_it_is_done() -> None:
    """A request under way belongs to the step."""
    steps, venue, activity = ScriptedSteps(), ScriptedVenue(), Activity()
    keeper = StepKeeper(steps=steps, venue=venue, activity=activity)
    running = asyncio.create_task(keeper.run())
    activity.begin()
    keeper.arrived(5)
    for _ in range(10):
        await asyncio.sleep(0)
    early = list(steps.acknowledged)
    activity.end()
    await _until(lambda: steps.acknowledged == [5])
    running.cancel()

    assert early == []


async def test_frames_that_are_still_on_their_way_belong_to_the_step() -> None:
    """The exchange has sent two, one is handled: the step waits for the other."""
    steps, venue = ScriptedSteps(), ScriptedVenue()
    steps.sent, venue.frames = 2, 1
    keeper = StepKeeper(steps=steps, venue=venue, activity=Activity())
    running = asyncio.create_task(keeper.run())
    keeper.arrived(5)
    await _until(lambda: 2 in venue.waited_for)
    early = list(steps.acknowledged)
    await venue.handle(1)
    await _until(lambda: steps.acknowledged == [5])
    running.cancel()

    assert early == []
