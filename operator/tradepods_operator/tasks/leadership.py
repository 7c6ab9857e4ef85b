"""One operator acts at a time: the others stand by. Who is no longer sure to lead ends at once."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Protocol

import structlog

log = structlog.get_logger()


class Election(Protocol):
    """One candidate."""

    async def run(self, *, leading: Callable[[], None]) -> None:
        """Until leadership is lost, or can't be had; `leading` is called once it is there."""
        ...

    async def release(self) -> None:
        """Let another one lead at once."""
        ...


class Led(Protocol):
    """Hears whether this process leads."""

    def __call__(self, *, leads: bool) -> None:
        """From now on."""
        ...


class Lost(Exception):
    """The operator leads no longer: whatever is under way must not go on."""


async def lead(election: Election, *, serve: Callable[[], Coroutine[None, None, None]], led: Led) -> None:
    """Stand by, then serve; raises Lost, or what ends the serving."""
    leading = asyncio.Event()
    running = asyncio.create_task(election.run(leading=leading.set))
    log.info("standing_by")
    try:
        await _first(running, asyncio.create_task(leading.wait()))
        if running.done():
            raise Lost
        led(leads=True)
        log.info("leading")
        serving = asyncio.create_task(serve())
        await _first(running, serving)
        if not serving.done():
            raise Lost  # nothing is awaited any more: the process ends while the other one begins
        serving.result()
    finally:
        led(leads=False)
        running.cancel()


async def _first(*tasks: "asyncio.Task[None] | asyncio.Task[bool]") -> None:
    """Until one of them is done; cancelled, they are too."""
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    except asyncio.CancelledError:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        raise
