"""Bad callers over real sockets: refused cheaply, and nobody else notices."""

import asyncio
import contextlib
import resource
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from support.build import FIVE, NOON, cycle
from support.signal_service import Running, bearer, served, token
from tradepods_core.wire.problem import ProblemDocument
from tradepods_core.wire.stream import Ping
from tradepods_signals.adapters.http.bounds import KIB, USUAL

WITHIN = 10.0
MOST_BODY, LARGEST_HEAD = USUAL.body_kib * KIB, USUAL.head_kib * KIB
OWN = "/v1/accounts/default/bob/heartbeat"
MANY = 1_000
Pair = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture
async def service() -> AsyncIterator[Running]:
    """One that gives a head half a second, and a standing reader as long."""
    async with served(head_seconds=0.5, standing_seconds=0.5, body_seconds=0.5) as running:
        yield running


@asynccontextmanager
async def _connected(service: Running) -> AsyncIterator[Pair]:
    reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
    try:
        yield reader, writer
    finally:
        writer.close()


def _head(method: str, path: str, *lines: str) -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: x", *lines, "", ""]).encode()


async def _answer(reader: asyncio.StreamReader) -> tuple[int, ProblemDocument]:
    """The answer's status and problem, and that the connection ends after it."""
    whole = await asyncio.wait_for(reader.read(), WITHIN)
    head, _, body = whole.partition(b"\r\n\r\n")
    assert b"application/problem+json" in head
    return int(head.split()[1]), ProblemDocument.model_validate_json(body)


async def _still_serves(service: Running) -> None:
    async with httpx.AsyncClient(base_url=service.url, trust_env=False) as client:
        assert (await client.get("/healthz")).status_code == 200
        assert (await client.get("/v1/strategies", headers=bearer("reader"))).status_code == 200


async def _until_gone(service: Running, left: int = 0) -> None:
    async with asyncio.timeout(WITHIN):
        while len(service.server.server_state.connections) > left:
            await asyncio.sleep(0.02)


def _rss() -> float:
    """Resident memory, MiB."""
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - as the kernel tells it
        return int(file.read().split()[1]) * resource.getpagesize() / 2**20


async def test_no_part_of_an_answer_waits_for_the_one_before_it_to_be_acknowledged(service: Running) -> None:
    """A small packet leaves at once: held back until the reader acknowledges the last, it comes 40 ms later."""
    async with _connected(service) as (_, writer):
        own = writer.get_extra_info("sockname")
        async with asyncio.timeout(WITHIN):
            while not (there := [one for one in _transports(service) if one.get_extra_info("peername") == own]):
                await asyncio.sleep(0.01)
        assert there[0].get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def _transports(service: Running) -> list[asyncio.Transport]:
    return [connection.transport for connection in service.server.server_state.connections]


async def test_a_body_that_is_too_large_is_refused_before_it_comes(service: Running) -> None:
    """By its length alone: ten gigabytes are announced, and not one byte of them is waited for."""
    async with _connected(service) as (reader, writer):
        lines = [f"Authorization: Bearer {token('worker')}", f"Content-Length: {10 * 2**30}"]
        writer.write(_head("POST", OWN, *lines))
        status, problem = await _answer(reader)

    assert (status, problem.detail) == (413, f"a request's body may have {USUAL.body_kib} KiB")


async def test_a_body_without_a_length_is_counted(service: Running) -> None:
    """It ends at the bound, however much would follow."""
    async with _connected(service) as (reader, writer):
        lines = [f"Authorization: Bearer {token('worker')}", "Transfer-Encoding: chunked"]
        writer.write(_head("POST", OWN, *lines))
        chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
        for _ in range(MOST_BODY // 0x10000 + 1):
            writer.write(chunk)
        status, _ = await _answer(reader)

    assert status == 413


async def test_without_a_token_a_body_is_not_even_read(service: Running) -> None:
    """Neither counted nor parsed."""
    async with _connected(service) as (reader, writer):
        writer.write(_head("POST", OWN, f"Content-Length: {10 * 2**30}"))
        status, _ = await _answer(reader)

    assert status == 401


async def test_a_body_that_trickles_is_given_up(service: Running) -> None:
    """408 after the time for all of it."""
    async with _connected(service) as (reader, writer):
        lines = [f"Authorization: Bearer {token('worker')}", "Content-Length: 100"]
        writer.write(_head("POST", OWN, *lines) + b"{")
        status, problem = await _answer(reader)

    assert (status, problem.title) == (408, "too slow")


@pytest.mark.parametrize("sent", [b"", b"GET /v1/st", b"\r\n", _head("GET", "/healthz")[:-2]])
async def test_a_head_that_never_ends_is_given_up(service: Running, sent: bytes) -> None:
    """Nothing at all, half a line, empty lines, everything but the end: all the same."""
    async with _connected(service) as (reader, writer):
        writer.write(sent)
        with contextlib.suppress(ConnectionError):
            assert await asyncio.wait_for(reader.read(), WITHIN) == b""
    await _until_gone(service)


async def test_a_head_that_trickles_is_given_up(service: Running) -> None:
    """A byte now and then buys no time: the head as a whole has to come."""
    connections = service.server.server_state.connections
    async with _connected(service) as (_, writer), asyncio.timeout(WITHIN):
        writer.write(b"GET /healthz HTTP/1.1\r\n")
        while not connections:
            await asyncio.sleep(0.01)
        while connections:
            if not writer.transport.is_closing():
                writer.write(b"X: a\r\n")
            await asyncio.sleep(0.05)
    await _still_serves(service)


async def test_a_head_that_is_too_large_is_refused(service: Running) -> None:
    """431, and nothing of it is kept."""
    async with _connected(service) as (reader, writer):
        writer.write(b"GET /healthz HTTP/1.1\r\nX: ")
        writer.write(b"a" * LARGEST_HEAD)
        status, _ = await _answer(reader)

    assert status == 431


@pytest.mark.parametrize("sent", [b"hello\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 9])
async def test_what_is_no_http_is_refused_as_a_problem(service: Running, sent: bytes) -> None:
    """A greeting, or TLS on a plain port."""
    async with _connected(service) as (reader, writer):
        writer.write(sent)
        status, _ = await _answer(reader)

    assert status == 400


@pytest.mark.parametrize(
    "body",
    {
        "nothing": b"",
        "no JSON": b"{",
        "a list": b"[]",
        "no fields": b"{}",
        "another kind": b'{"at": 1, "equity": "many"}',
        "deep": b"[" * 100_000,
        "no text": bytes(range(256)) * 100,
        "a huge number": b'{"equity": ' + b"9" * 100_000 + b"}",
    }.values(),
)
async def test_a_garbage_heartbeat_is_refused_with_what_is_wrong(service: Running, body: bytes) -> None:
    """The places that are wrong and never what stood there; no account comes of it."""
    headers = {**bearer("worker"), "Content-Type": "application/json"}
    async with httpx.AsyncClient(base_url=service.url, trust_env=False) as client:
        answer = await client.post(OWN, content=body, headers=headers)
    problem = ProblemDocument.model_validate_json(answer.content)

    assert answer.status_code == problem.status
    assert (problem.status == 422 and problem.detail.startswith("body")) or problem.status == 400
    assert len(answer.content) < 3_000
    assert service.fleet.since(0).accounts == ()


async def test_a_thousand_silent_connections_cost_little_and_go_by_themselves(service: Running) -> None:
    """Others are served meanwhile; afterwards nothing is left of them."""
    before = _rss()
    pairs = [await asyncio.open_connection("127.0.0.1", service.port) for _ in range(MANY)]
    await _still_serves(service)
    used = _rss() - before
    await _until_gone(service)
    for _, writer in pairs:
        writer.close()

    assert used < 64, "both ends of a thousand connections, in MiB"


async def test_a_thousand_callers_without_a_token_are_refused_each(service: Running) -> None:
    """Each hears 401, and its connection ends."""

    async def ask() -> int:
        async with _connected(service) as (reader, writer):
            writer.write(_head("GET", "/v1/stream"))
            return (await _answer(reader))[0]

    before = _rss()
    statuses = [status for _ in range(4) for status in await asyncio.gather(*(ask() for _ in range(MANY // 4)))]
    await _still_serves(service)
    await _until_gone(service)

    assert statuses == [401] * MANY
    assert _rss() - before < 64


async def test_a_reader_that_stands_is_let_go_of(service: Running) -> None:
    """It takes nothing of what waits for it: its connection ends, however long it would stay; others hear it all."""
    large = {"BTC/USDT:USDT": {f"sma(period={n})": 1.0 for n in range(20_000)}}
    async with _connected(service) as (_, writer):
        writer.transport.pause_reading()  # type: ignore[attr-defined]  # of a socket
        writer.write(_head("GET", "/v1/stream", f"Authorization: Bearer {token('worker', 'slow')}"))
        async with asyncio.timeout(WITHIN):
            while not service.hub.subscribers:
                await asyncio.sleep(0.01)
        async with asyncio.timeout(WITHIN):
            number = 0
            while service.hub.subscribers:
                number += 1
                service.hub.cycle(cycle(close=NOON + number * FIVE.length, variables=large))
                await asyncio.sleep(0.01)
    await _until_gone(service)


async def test_one_caller_has_so_many_streams_at_most(service: Running) -> None:
    """A worker has one; the ninth is refused until one of them ends."""
    async with httpx.AsyncClient(base_url=service.url, trust_env=False, timeout=WITHIN) as client:
        request = client.build_request("GET", "/v1/stream", headers=bearer("worker"))
        streams = [await client.send(request, stream=True) for _ in range(8)]
        for stream in streams:
            await anext(stream.aiter_bytes())
        refused = await client.get("/v1/stream", headers=bearer("worker"))
        assert refused.status_code == 429
        assert "reads 8 streams already" in ProblemDocument.model_validate_json(refused.content).detail

        await streams[0].aclose()
        async with asyncio.timeout(WITHIN):
            while service.hub.subscribers > 7:
                service.hub.ping(Ping(at=NOON))
                await asyncio.sleep(0.01)
        again = await client.send(request, stream=True)
        assert again.status_code == 200
        for stream in (*streams[1:], again):
            await stream.aclose()


async def test_who_leaves_at_once_leaves_nothing_behind(service: Running) -> None:
    """A stream that is asked for and closed in one breath."""
    for _ in range(50):
        async with _connected(service) as (_, writer):
            writer.write(_head("GET", "/v1/stream", f"Authorization: Bearer {token('worker')}"))
            await writer.drain()
    await _until_gone(service)
    async with asyncio.timeout(WITHIN):
        while service.hub.subscribers:
            await asyncio.sleep(0.01)
