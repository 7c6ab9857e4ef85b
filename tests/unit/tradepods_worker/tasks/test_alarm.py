"""The alarm: rings once, at the time that was asked for last."""

import asyncio
from datetime import datetime

from support.build import WALL, later
from tradepods_core.book.events import AlarmRang, Event
from tradepods_worker.adapters.clocks import ManualClock
from tradepods_worker.tasks.alarm import AlarmClock


class StandingClock(ManualClock):
    """A clock on which sleepers wait until a test lets them go."""

    def __init__(self, start: datetime) -> None:
        super().__init__(start)
        self.slept: list[float] = []
        self.gate = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        """Wait for the test."""
        self.slept.append(seconds)
        await self.gate.wait()


async def _turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_it_rings_at_its_time() -> None:
    """And only once."""
    heard: list[Event] = []
    clock = StandingClock(WALL)
    async with asyncio.TaskGroup() as group:
        alarm = AlarmClock(wall=clock, put=heard.append, group=group)
        alarm.set(later(3))
        await _turns()
        early = list(heard)
        clock.gate.set()

    assert clock.slept == [3.0]
    assert early == []
    assert heard == [AlarmRang(at=later(3))]


async def test_setting_it_anew_forgets_the_earlier_time() -> None:
    """The desk knows best what it waits for."""
    heard: list[Event] = []
    clock = StandingClock(WALL)
    async with asyncio.TaskGroup() as group:
        alarm = AlarmClock(wall=clock, put=heard.append, group=group)
        alarm.set(later(3))
        await _turns()
        alarm.set(later(1))
        await _turns()
        alarm.set(later(1))
        clock.gate.set()

    assert heard == [AlarmRang(at=later(1))]


async def test_it_can_be_switched_off() -> None:
    """Nothing rings."""
    heard: list[Event] = []
    clock = StandingClock(WALL)
    async with asyncio.TaskGroup() as group:
        alarm = AlarmClock(wall=clock, put=heard.append, group=group)
        alarm.set(later(3))
        await _turns()
        alarm.set(None)
        clock.gate.set()

    assert heard == []


async def test_a_time_that_has_passed_rings_at_once() -> None:
    """A late desk is woken, not forgotten."""
    heard: list[Event] = []
    async with asyncio.TaskGroup() as group:
        alarm = AlarmClock(wall=ManualClock(WALL), put=heard.append, group=group)
        alarm.set(later(-5))

    assert heard == [AlarmRang(at=later(-5))]
