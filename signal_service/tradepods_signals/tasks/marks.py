"""The loop that drives everything: each reading of the marks goes to the conductor, then the step is acknowledged."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime

from tradepods_signals.engine.conductor import Conductor
from tradepods_signals.ports import MarksSeen, Steps


async def follow(
    marks: AsyncIterator[MarksSeen], *, conductor: Conductor, show: Callable[[datetime], None], steps: Steps | None
) -> None:
    """Follow the venue's marks. The first reading says where market time stands, and history is read up to there."""
    warm = False
    async for seen in marks:
        show(seen.at)
        if not warm:
            await conductor.warm_up(now=seen.at)
            warm = True
            if steps is not None:
                await steps.join()
        await conductor.hear(seen)
        if steps is not None and seen.step is not None:
            await steps.acknowledge(seen.step)
