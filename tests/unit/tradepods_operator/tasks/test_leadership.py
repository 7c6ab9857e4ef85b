"""One operator acts at a time."""

import asyncio
from collections.abc import Callable

import pytest

from tradepods_core.errors import Permanent
from tradepods_operator.tasks.leadership import Lost, lead


class Election:
    """One that a test decides."""

    def __init__(self) -> None:
        self.held, self.over = asyncio.Event(), asyncio.Event()

    async def run(self, *, leading: Callable[[], None]) -> None:
        await self.held.wait()
        leading()
        await self.over.wait()

    async def release(self) -> None:
        self.over.set()


class Bench:
    """A candidate, and what it has done."""

    def __init__(self) -> None:
        self.election, self.led, self.served = Election(), list[bool](), asyncio.Event()
        self.fault: Exception | None = None
        self.task = asyncio.create_task(lead(self.election, serve=self.serve, led=self._led))

    async def serve(self) -> None:
        self.served.set()
        if self.fault is not None:
            raise self.fault
        await asyncio.Event().wait()

    def _led(self, *, leads: bool) -> None:
        self.led.append(leads)


async def test_nothing_is_served_before_it_leads() -> None:
    """It stands by."""
    bench = Bench()
    for _ in range(5):
        await asyncio.sleep(0)
    assert not bench.served.is_set()
    bench.election.held.set()
    await asyncio.wait_for(bench.served.wait(), 5)
    assert bench.led == [True]
    bench.task.cancel()
    await asyncio.wait({bench.task})

    assert bench.led == [True, False]


async def test_who_no_longer_leads_says_so_at_once() -> None:
    """Lost, without waiting for what is under way: the process is to end."""
    bench = Bench()
    bench.election.held.set()
    await asyncio.wait_for(bench.served.wait(), 5)
    bench.election.over.set()

    with pytest.raises(Lost):
        await asyncio.wait_for(bench.task, 5)


async def test_what_ends_the_serving_is_raised() -> None:
    """It is no lost lease."""
    bench = Bench()
    bench.fault = Permanent("x")
    bench.election.held.set()

    with pytest.raises(Permanent):
        await asyncio.wait_for(bench.task, 5)
