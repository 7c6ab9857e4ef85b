"""A replay in lock-step: once all of a step has come and nothing is under way any more, it is acknowledged."""

import asyncio
from typing import Protocol

from tradepods_worker.engine.activity import Activity
from tradepods_worker.ports import Progress, Steps


class Followed(Protocol):
    """Whose private stream a step is measured by."""

    def progress(self) -> Progress:
        """How far it has been handled."""
        ...

    async def reached(self, frames: int) -> None:
        """Wait until all that is known here, and so many frames, have been handed over."""
        ...


class StepKeeper:
    """Acknowledges the newest step that the feed has completed."""

    def __init__(self, *, steps: Steps, venue: Followed, activity: Activity) -> None:
        self._steps, self._venue, self._activity = steps, venue, activity
        self._arrived: asyncio.Queue[int] = asyncio.Queue()

    def arrived(self, step: int) -> None:
        """All that the feed says about this step has come."""
        self._arrived.put_nowait(step)

    async def run(self) -> None:
        """Acknowledge without end."""
        while True:
            step = await self._arrived.get()
            await self._quiet()
            progress = self._venue.progress()
            while (frames := await self._steps.acknowledge(step, progress)) is not None:
                await self._venue.reached(frames)
                await self._quiet()
                progress = self._venue.progress()

    async def _quiet(self) -> None:
        """Wait until all that is known here is handled, and nothing that it led to is under way."""
        while True:
            await self._venue.reached(0)
            if not self._activity.busy:
                return
            await self._activity.idle()
