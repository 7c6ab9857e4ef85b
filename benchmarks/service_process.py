"""The signal service in a process of its own, and a bare server beside it: told by a pipe to publish."""

import asyncio
import multiprocessing
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

from support.build import FIVE, cycle
from support.signal_service import WALL, make_gate, run_service
from tradepods_core.wire.cycle import Cycle
from tradepods_core.wire.stream import encode

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


def a_cycle(number: int, *, symbols: int, variables: int) -> Cycle:
    """One of that size."""
    values = {f"sma(period={n})": 12345.678 + n for n in range(variables)}
    close = FIVE.last_close(WALL.now()) + number * FIVE.length
    return cycle(close=close, variables={f"S{n:03d}/USDT:USDT": values for n in range(symbols)})


@dataclass(slots=True)
class Bare:
    """A server that does nothing but write the same bytes to every connection."""

    writers: list[asyncio.StreamWriter] = field(default_factory=list)
    port: int = 0

    async def start(self) -> None:
        """Listen."""
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0, backlog=1024)
        self.port = server.sockets[0].getsockname()[1]

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(ANSWER)
        self.writers.append(writer)

    def publish(self, one: Cycle) -> None:
        """One chunk to each."""
        body = encode("cycle", one, identifier="bare-1")
        chunk = b"%x\r\n%s\r\n" % (len(body), body)
        for writer in self.writers:
            writer.write(chunk)


class Child:
    """The other process; `ask` sends it an order and waits for what it says."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, other = context.Pipe()
        self._process = context.Process(target=_main, args=(other,), daemon=True)
        self._process.start()
        other.close()  # so that its end is heard if it can't start
        self.service_port, self.bare_port = self._pipe.recv()

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid or 0

    async def ask(self, *order: Any) -> Any:
        """Its answer; others go on meanwhile."""
        self._pipe.send(order)
        return await asyncio.to_thread(self._pipe.recv)

    def stop(self) -> None:
        """End it."""
        self._process.kill()
        self._process.join()


def _main(pipe: Connection) -> None:
    asyncio.run(_serve(pipe))


async def _serve(pipe: Connection) -> None:
    service, bare = await run_service(gate=make_gate()), Bare()
    await bare.start()
    pipe.send((service.port, bare.port))
    orders: dict[str, Callable[..., Any]] = {
        "subscribers": lambda: service.hub.subscribers,
        "connections": lambda: len(bare.writers),
    }
    loop = asyncio.get_running_loop()
    while True:
        name, *given = await loop.run_in_executor(None, pipe.recv)
        if name in orders:
            pipe.send(orders[name]())
            continue
        one = a_cycle(**given[0])
        begun = time.monotonic()
        if name == "bare":
            bare.publish(one)
        else:
            await service.press.cycle(one)
        pipe.send((begun, len(encode("cycle", one, identifier="bare-1"))))
