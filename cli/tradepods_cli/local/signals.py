"""Ctrl-C, SIGTERM and a closed terminal ask a command to stop in order."""

import asyncio
import contextlib
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


def stop_event() -> asyncio.Event:
    """An event that is set once the person asks to stop."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    return stop


async def unless_told(stop: asyncio.Event, work: Coroutine[Any, Any, Result]) -> Result | None:
    """The result of some work, or None once the person asks to stop: the work is given up then."""
    working, told = asyncio.create_task(work), asyncio.create_task(stop.wait())
    await asyncio.wait({working, told}, return_when=asyncio.FIRST_COMPLETED)
    told.cancel()
    if working.done():
        return working.result()
    working.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await working
    return None
