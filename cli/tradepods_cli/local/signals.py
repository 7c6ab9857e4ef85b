"""Ctrl-C, SIGTERM and a closed terminal ask a command to stop in order."""

import asyncio
import signal


def stop_event() -> asyncio.Event:
    """An event that is set once the person asks to stop."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    return stop
