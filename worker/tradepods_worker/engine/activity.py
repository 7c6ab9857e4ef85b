"""Counts what is under way, so that a replay knows when a worker is done with a step."""

import asyncio


class Activity:
    """Begun and ended things. Idle when all that began has ended."""

    def __init__(self) -> None:
        self._count = 0
        self._idle = asyncio.Event()
        self._idle.set()

    def begin(self) -> None:
        """Something is under way."""
        self._count += 1
        self._idle.clear()

    def end(self) -> None:
        """It is done; what it led to has begun before."""
        self._count -= 1
        if not self._count:
            self._idle.set()

    @property
    def busy(self) -> bool:
        """Whether something is under way."""
        return self._count > 0

    async def idle(self) -> None:
        """Wait until nothing is under way."""
        await self._idle.wait()
