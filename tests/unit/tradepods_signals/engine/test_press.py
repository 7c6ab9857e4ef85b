"""The press: stored first, told second, and a slow disk holds nothing up."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from support.build import FIVE, NOON, cycle
from support.stream_events import Event, parsed
from tradepods_core.errors import Temporary
from tradepods_core.wire.cycle import Cycle
from tradepods_signals.adapters.history_memory import MemoryHistory
from tradepods_signals.engine.hub import Hub
from tradepods_signals.engine.press import Press
from tradepods_signals.metrics import Metrics
from tradepods_signals.ports.history import FiledCycle

BUDGET = 0.02


class Disk(MemoryHistory):
    """A history whose disk stands still while it is `held`, and breaks where it is `broken`."""

    def __init__(self) -> None:
        super().__init__(store="b")
        self.free = asyncio.Event()
        self.free.set()
        self.broken = False

    async def add(self, cycles: Sequence[FiledCycle]) -> int:
        """Once it is free."""
        await self.free.wait()
        if self.broken:
            raise Temporary("the disk is full")
        return await super().add(cycles)

    @property
    def numbers(self) -> list[int]:
        """What it holds."""
        return [one.number for one in self._cycles]


def _cycle(number: int) -> Cycle:
    return cycle(close=NOON + number * FIVE.length)


async def _instantly(_seconds: float) -> None:
    await asyncio.sleep(0)


@asynccontextmanager
async def _printing(disk: Disk, *, budget: float = BUDGET) -> AsyncIterator[tuple[Press, Hub]]:
    hub = Hub(boot="b", backlog=disk)
    press = Press(hub=hub, history=disk, metrics=Metrics(), sleep=_instantly, budget=budget)
    writing = asyncio.create_task(press.run())
    yield press, hub
    writing.cancel()


async def _heard(hub: Hub, *, after: str | None = None) -> list[Event]:
    stream = hub.subscribe(last_event=after)
    hub.close()
    return parsed(b"".join([chunk async for chunk in stream.chunks()]))


async def _until(disk: Disk, numbers: list[int]) -> None:
    async with asyncio.timeout(5):
        while disk.numbers != numbers:
            await asyncio.sleep(0)


async def test_a_cycle_that_is_told_with_an_id_is_on_the_disk() -> None:
    """So that it can be resumed from after a crash at any moment."""
    disk = Disk()
    async with _printing(disk, budget=5) as (press, hub):
        stream = hub.subscribe(last_event=None).chunks()
        reading = asyncio.ensure_future(anext(stream))
        disk.free.clear()
        telling = asyncio.create_task(press.cycle(_cycle(1)))
        for _ in range(20):
            await asyncio.sleep(0)
        assert not reading.done()

        disk.free.set()
        await telling
        assert parsed(await reading)[0].identifier == "b-1"
        assert disk.numbers == [1]


async def test_a_slow_disk_holds_a_cycle_up_no_longer_than_its_budget_and_its_id_follows() -> None:
    """The id comes alone, once it can be resumed from: a reader's last event id is always that of a stored cycle."""
    disk = Disk()
    async with _printing(disk) as (press, hub):
        stream = hub.subscribe(last_event=None).chunks()
        disk.free.clear()
        await press.cycle(_cycle(1))
        (told,) = parsed(await anext(stream))
        disk.free.set()
        (followed,) = parsed(await anext(stream))

        assert (told.name, told.identifier) == ("cycle", "")
        assert (followed.name, followed.identifier, followed.data) == ("", "b-1", {})
        assert disk.numbers == [1]


async def test_while_the_disk_stands_only_the_first_cycle_waits_for_it() -> None:
    """The budget is not spent again and again; all are stored in their order in the end."""
    disk = Disk()
    async with _printing(disk, budget=0.2) as (press, hub):
        disk.free.clear()
        await press.cycle(_cycle(1))
        begun = asyncio.get_running_loop().time()
        for number in (2, 3, 4):
            await press.cycle(_cycle(number))
        assert asyncio.get_running_loop().time() - begun < 0.2

        disk.free.set()
        await _until(disk, [1, 2, 3, 4])
        await press.cycle(_cycle(5))
        assert [event.identifier for event in await _heard(hub, after="b-2")] == ["b-3", "b-4", "b-5"]


async def test_what_could_not_be_stored_is_tried_again_and_leaves_no_hole() -> None:
    """A full disk that is free again: every cycle is there, once, in order."""
    disk = Disk()
    async with _printing(disk) as (press, _):
        disk.broken = True
        for number in (1, 2):
            await press.cycle(_cycle(number))
        disk.broken = False
        await press.cycle(_cycle(3))
        await _until(disk, [1, 2, 3])


async def test_an_id_that_was_never_told_is_not_resumed_from() -> None:
    """A cycle that is not stored yet has none: who guesses it is reset."""
    disk = Disk()
    async with _printing(disk) as (press, hub):
        disk.free.clear()
        await press.cycle(_cycle(1))

        assert [event.name for event in await _heard(hub, after="b-1")] == ["reset", "cycle"]


async def test_the_end_writes_what_waits() -> None:
    """A service that is stopped in order loses nothing."""
    disk = Disk()
    press = Press(hub=Hub(boot="b", backlog=disk), history=disk, metrics=Metrics(), sleep=_instantly, budget=BUDGET)
    await press.cycle(_cycle(1))
    await press.close()

    assert disk.numbers == [1]
