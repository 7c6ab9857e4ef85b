"""What a kubelet and a Prometheus ask an operator, whoever else comes to stay."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from tradepods_operator.adapters import probe

HERE = "127.0.0.1"


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """Of an operator that is well."""
    serving = probe.serving(host=HERE, port=0, health=str, readiness=str, metrics=lambda: b"a 1\n")
    async with serving as found:
        yield found


async def _status(port: int, path: str) -> int:
    async with httpx.AsyncClient(trust_env=False) as client:
        return (await client.get(f"http://{HERE}:{port}{path}")).status_code


async def test_the_newest_is_heard_however_many_say_nothing(port: int) -> None:
    """He takes the place of the oldest of them: so many are held, and no more."""
    held = [await asyncio.open_connection(HERE, port) for _ in range(probe.MOST)]
    assert await _status(port, "/healthz") == 200
    async with asyncio.timeout(probe.WITHIN / 2):
        assert await held[0][0].read() == b""
    assert not any(reader.at_eof() for reader, _ in held[1:])
    for _, writer in held:
        writer.transport.abort()


async def test_who_only_holds_a_connection_open_is_let_go(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even where there is room."""
    monkeypatch.setattr(probe, "WITHIN", 0.2)
    reader, writer = await asyncio.open_connection(HERE, port)
    assert await reader.read() == b""
    writer.transport.abort()


@pytest.mark.parametrize("garbage", [b"", b"GET /healthz", b"x" * 10_000, b"GET\r\n\r\n"])
async def test_garbage_ends_its_own_connection_alone(port: int, garbage: bytes) -> None:
    """The next one is answered."""
    reader, writer = await asyncio.open_connection(HERE, port)
    writer.write(garbage)
    writer.write_eof()
    assert b"200" not in await reader.read()
    writer.transport.abort()
    assert (await _status(port, "/metrics"), await _status(port, "/else")) == (200, 404)
