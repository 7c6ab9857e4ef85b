"""The event stream over a real socket: in order whatever the reader does, and forgotten when it has left."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from support.build import FIVE, NOON, cycle
from support.signal_service import Running, served, token

WITHIN = 10.0


@pytest.fixture
async def service() -> AsyncIterator[Running]:
    """One that asks for tokens."""
    async with served() as running:
        yield running


async def _reading(service: Running) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A reader whom the service knows."""
    reader, writer = await asyncio.open_connection("127.0.0.1", service.port, limit=2**22)
    lines = ["GET /v1/stream HTTP/1.1", "Host: x", f"Authorization: Bearer {token('worker')}", "", ""]
    writer.write("\r\n".join(lines).encode())
    async with asyncio.timeout(WITHIN):
        while not service.hub.subscribers:
            await asyncio.sleep(0.01)
    return reader, writer


async def test_a_reader_that_stands_for_a_moment_misses_nothing(service: Running) -> None:
    """What was written at once, what waited and what came after it stand in their order, each once."""
    large = {"BTC/USDT:USDT": {f"sma(period={n})": 1.0 for n in range(12_000)}}
    reader, writer = await _reading(service)
    found: list[int] = []
    for waiting in (60, 65):
        for number in range(len(found) + 1, waiting + 1):
            service.hub.cycle(cycle(close=NOON + number * FIVE.length, variables=large if number % 3 else {}))
        stands = any(one.transport.get_write_buffer_size() for one in service.server.server_state.connections)
        assert stands or found, "else nothing had to wait"
        async with asyncio.timeout(WITHIN):
            while len(found) < waiting:
                line = await reader.readline()
                found += [int(line.rpartition(b"-")[2])] if line.startswith(b"id: ") else []
    writer.close()

    assert found == list(range(1, 66))


async def test_a_reader_that_leaves_is_forgotten_though_nothing_is_published(service: Running) -> None:
    """The end of its connection is enough."""
    _, writer = await _reading(service)
    writer.close()
    async with asyncio.timeout(WITHIN):
        while service.hub.subscribers:
            await asyncio.sleep(0.01)
