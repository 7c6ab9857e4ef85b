"""What a kubelet and a Prometheus ask a worker, over real sockets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
import pytest

from tradepods_worker.adapters import probe

HERE = "127.0.0.1"
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Asked:
    """A worker's answers, in the test's hand."""

    missing = ""
    figures = "a 1\n"
    port = 0

    async def get(self, path: str, method: str = "GET") -> httpx.Response:
        """As a kubelet asks."""
        async with httpx.AsyncClient(trust_env=False) as client:
            return await client.request(method, f"http://{HERE}:{self.port}{path}")

    async def says(self, question: bytes) -> bytes:
        """The whole answer to anything."""
        reader, writer = await asyncio.open_connection(HERE, self.port)
        writer.write(question)
        writer.write_eof()
        answer = await reader.read()
        writer.close()
        return answer


@pytest.fixture
async def asked() -> AsyncIterator[Asked]:
    """A probe that is served."""
    found = Asked()
    serving = probe.serving(port=0, readiness=lambda: found.missing, figures=lambda: found.figures, host=HERE)
    async with serving as found.port:
        yield found


async def test_readiness_says_what_is_missing_and_liveness_does_not_care(asked: Asked) -> None:
    """A worker that waits for somebody is alive."""
    asked.missing = "waits for the account's lease"
    ready, alive = await asked.get("/readyz"), await asked.get("/healthz")
    assert (ready.status_code, ready.text) == (503, "waits for the account's lease\n")
    assert (alive.status_code, alive.text) == (200, "ok\n")
    asked.missing = ""

    assert (await asked.get("/readyz?verbose")).status_code == 200


async def test_figures_come_in_prometheus_form(asked: Asked) -> None:
    """With its content type."""
    found = await asked.get("/metrics")

    assert (found.text, found.headers["content-type"]) == ("a 1\n", probe.FIGURES)


async def test_a_long_answer_comes_whole(asked: Asked) -> None:
    """However much of it the system takes at once, and however little is left for later."""
    for size in range(0, 5_000_000, 50_000):
        asked.figures = "a" * size
        assert (await asked.says(b"GET /metrics HTTP/1.1\r\n\r\n")).endswith(b"\r\n\r\n" + b"a" * size)


@pytest.mark.parametrize(("path", "method"), [("/", "GET"), ("/healthz", "POST"), ("/healthz/x", "GET")])
async def test_nothing_else_is_there(asked: Asked, path: str, method: str) -> None:
    """It only answers."""
    assert (await asked.get(path, method)).status_code == 404


@pytest.mark.parametrize("garbage", [b"", b"GET /healthz", b"x" * 10_000, b"\xff\x00 \r\n" * 3, b"GET\r\n\r\n"])
async def test_garbage_ends_its_own_connection_alone(asked: Asked, garbage: bytes) -> None:
    """Half a question, too much of one, no question at all; the next one is answered."""
    with_nothing = await asked.says(garbage)

    assert b"200" not in with_nothing
    assert (await asked.get("/healthz")).status_code == 200


async def test_who_only_holds_connections_open_is_let_go(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody who says nothing stays, even where there is room."""
    monkeypatch.setattr(probe, "WITHIN", 0.2)
    async with _silent(asked, probe.MOST) as held:
        assert [await reader.read() for reader, _ in held] == [b""] * probe.MOST


async def test_the_newest_is_heard_however_many_say_nothing(asked: Asked) -> None:
    """It takes the place of the oldest of them, and of no other."""
    async with _silent(asked, probe.MOST) as held:
        assert (await asked.get("/healthz")).status_code == 200
        assert await held[0][0].read() == b""
        assert not any(reader.at_eof() for reader, _ in held[1:])


async def test_an_answer_that_nobody_takes_keeps_nobody_out(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest that asks and doesn't read loses the rest of its answer to one more of its kind."""
    monkeypatch.setattr(probe, "MOST", 2)
    asked.figures = "a 1\n" * 4_000_000
    async with AsyncExitStack() as came:
        held = [await came.enter_async_context(_asks_for_much(asked)) for _ in range(probe.MOST + 1)]
        assert (await asked.get("/healthz")).status_code == 200
        assert len(await held[0].read()) < len(asked.figures)


@asynccontextmanager
async def _silent(asked: Asked, many: int) -> AsyncIterator[list[Connection]]:
    """They come and say nothing."""
    held = [await asyncio.open_connection(HERE, asked.port) for _ in range(many)]
    yield held
    for _, writer in held:
        writer.transport.abort()


@asynccontextmanager
async def _asks_for_much(asked: Asked) -> AsyncIterator[asyncio.StreamReader]:
    """Asks, and leaves the answer where it is."""
    async with _silent(asked, 1) as ((reader, writer),):
        writer.write(b"GET /metrics HTTP/1.1\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        yield reader
