"""A signal service in a thread of its own, for what waits for its answers in this one."""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from support.signal_service import Running, served
from tradepods_core.strategy.model import Strategy
from tradepods_core.wire.cycle import Cycle


@dataclass(frozen=True, slots=True)
class Threaded:
    """The service, and the loop that it runs on."""

    running: Running
    loop: asyncio.AbstractEventLoop

    @property
    def url(self) -> str:
        """Where it listens."""
        return self.running.url

    def publish(self, *cycles: Cycle) -> None:
        """Each of them, one after the other."""
        for one in cycles:
            asyncio.run_coroutine_threadsafe(self.running.press.cycle(one), self.loop).result(10)


@contextmanager
def in_thread(strategies: Sequence[Strategy] = ()) -> Iterator[Threaded]:
    """One that asks for tokens, until the end of the block."""
    ready, done = threading.Event(), threading.Event()
    found: list[Threaded] = []

    async def serve() -> None:
        async with served(strategies=strategies) as running:
            found.append(Threaded(running, asyncio.get_running_loop()))
            ready.set()
            while not done.is_set():
                await asyncio.sleep(0.01)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        if not ready.wait(10):
            raise TimeoutError
        yield found[0]
    finally:
        done.set()
        thread.join()
