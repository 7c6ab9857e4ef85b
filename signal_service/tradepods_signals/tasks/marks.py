"""The loop that drives everything: each reading of the marks goes to the conductor, then the step is acknowledged."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime

from tradepods_signals.engine.conductor import Conductor
from tradepods_signals.ports.market import MarksSeen, Steps

WARM_UP = 10.0  # seconds that a live start waits for history


async def _nothing(_at: datetime) -> None:
    """Nobody looks."""


async def follow(
    marks: AsyncIterator[MarksSeen],
    *,
    conductor: Conductor,
    show: Callable[[datetime], None],
    steps: Steps | None,
    look: Callable[[datetime], Awaitable[None]] = _nothing,
) -> None:
    """Follow the venue's marks. The first reading says where market time stands, and history is read up to there.

    `look` comes before all that a reading leads to.
    """
    warm = False
    async for seen in marks:
        show(seen.at)
        await look(seen.at)
        if not warm:
            await conductor.warm_up(now=seen.at, within=None if steps is not None else WARM_UP)
            warm = True
            if steps is not None:
                await steps.join()
        await conductor.hear(seen)
        if steps is not None and seen.step is not None:
            await steps.acknowledge(seen.step)
