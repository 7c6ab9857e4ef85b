"""Callers who mean harm, over real sockets: what they cost the service, and what the others notice of it."""

import asyncio
import contextlib
import json
import os
import time
from collections.abc import AsyncIterator

import httpx
import pytest

from support.build import FIVE, NOON, cycle
from support.signal_service import Running, bearer, served, token
from tradepods_signals.adapters.http.guard import MOST_BODIES

WITHIN = 20.0
OWN = "/v1/accounts/default/bob/heartbeat"
ANOTHERS = "/v1/accounts/default/alice/heartbeat"
WORKER = f"Authorization: Bearer {token('worker')}"
JSON = {**bearer("worker"), "Content-Type": "application/json"}
RIGHT = {
    "at": "2026-11-20T12:05:00Z",
    "dryRun": True,
    "state": "Running",
    "settingsHash": "a",
    "equity": "1",
    "tally": {"realizedPnl": "0", "fees": "0"},
}


@pytest.fixture
async def service() -> AsyncIterator[Running]:
    """One with room for twenty strangers."""
    async with served(strangers=20, standing_seconds=2) as running:
        yield running


def _head(method: str, path: str, *lines: str) -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: x", *lines, "", ""]).encode()


async def _heard(service: Running, sent: bytes) -> bytes:
    """All that is answered until the connection ends."""
    reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
    heard = b""
    with contextlib.suppress(ConnectionError):
        writer.write(sent)
        async with asyncio.timeout(WITHIN):
            while chunk := await reader.read(65_536):
                heard += chunk
    writer.close()
    return heard


def _pages() -> float:
    """Resident memory, MiB."""
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - as the kernel tells it
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


@pytest.mark.parametrize(
    "lines",
    {
        "a length and chunks": ("Content-Length: 5", "Transfer-Encoding: chunked"),
        "two lengths": ("Content-Length: 2", "Content-Length: 3"),
        "a negative length": ("Content-Length: -1",),
        "a signed length": ("Content-Length: +2",),
        "a length without end": (f"Content-Length: {'9' * 40}",),
        "an unknown encoding": ("Transfer-Encoding: xchunked",),
        "chunks that are not last": ("Transfer-Encoding: chunked, identity",),
        "a space in a name": ("X-A : b",),
        "a line that goes on": ("X-A: b\r\n c",),
        "a zero byte": ("X-A: b\0c",),
    }.values(),
)
async def test_a_head_that_two_could_read_differently_is_refused(service: Running, lines: tuple[str, ...]) -> None:
    """Nothing can be smuggled behind it: it is answered once, and the connection ends."""
    hidden = b"0\r\n\r\n" + _head("POST", "/v1/halt", WORKER)
    heard = await _heard(service, _head("POST", OWN, WORKER, *lines) + hidden)

    assert heard.startswith(b"HTTP/1.1 400 ")
    assert heard.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize("name", ["Authorization: Bearer x.y", "Authorization: Basic eDp5"])
async def test_of_two_tokens_none_is_chosen_in_a_callers_favour(service: Running, name: str) -> None:
    """The last one counts, wherever the right one stands: a proxy that adds one is the one that is believed."""
    refused = await _heard(service, _head("GET", "/v1/strategies", WORKER, name))

    assert refused.startswith(b"HTTP/1.1 401 ")


@pytest.mark.parametrize(
    "path", ["/%761/strategies", "/v1/%73trategies", "http://evil/v1/strategies", "/v1/../v1/strategies"]
)
async def test_however_a_path_is_written_it_is_guarded(service: Running, path: str) -> None:
    """Nobody reaches a route past the guard."""
    heard = await _heard(service, _head("GET", path, "Connection: close"))

    assert heard.split()[1] in (b"401", b"404")
    assert b'"default"' not in heard


async def test_who_asks_without_waiting_for_answers_is_refused(service: Running) -> None:
    """Requests that wait would each be kept in memory; a few are answered in their order."""
    before = _pages()
    last = _head("GET", "/healthz", "Connection: close")
    heard = await _heard(service, b"GET /healthz HTTP/1.1\r\n\r\n" * 1_000 + last)
    await _heard(service, b"GET /healthz HTTP/1.1\r\n\r\n" * 100_000 + last)
    few = await _heard(service, _head("GET", "/healthz") * 5 + last)

    assert heard.count(b"HTTP/1.1 200") < 50
    assert few.count(b"HTTP/1.1 200") == 6
    assert _pages() - before < 32


async def test_strangers_stay_few_and_workers_are_none(service: Running) -> None:
    """Idle connections count too; of too many the oldest goes. Whoever has shown a token stays."""
    async with httpx.AsyncClient(base_url=service.url, trust_env=False, timeout=WITHIN) as worker:
        await worker.get("/v1/strategies", headers=bearer("worker"))
        pairs = []
        for _ in range(60):
            reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
            writer.write(_head("GET", "/healthz"))
            await reader.read(1_000)
            pairs.append(writer)
        open_now = len(service.server.server_state.connections)
        left = len(service.server.doorstep)
        network = worker._transport._pool.connections[0]  # type: ignore[attr-defined]  # of httpcore
        assert (await worker.get("/v1/strategies", headers=bearer("worker"))).status_code == 200
        assert worker._transport._pool.connections == [network]  # type: ignore[attr-defined]
    for writer in pairs:
        writer.close()

    assert left == 20
    assert open_now <= 22


async def test_a_token_of_another_account_is_told_so_before_its_body_is_looked_at(service: Running) -> None:
    """403, whatever the body is."""
    async with httpx.AsyncClient(base_url=service.url, trust_env=False) as client:
        for body in (b"{}", b"[" * 1_000, json.dumps(RIGHT).encode()):
            answer = await client.post(ANOTHERS, content=body, headers=JSON)
            assert (answer.status_code, "this token is of account default/bob" in answer.text) == (403, True)
    assert service.fleet.since(0).accounts == ()


@pytest.mark.parametrize(
    "changes",
    {
        "NaN": {"equity": float("nan")},
        "Infinity": {"rssMib": float("inf")},
        "NaN memory": {"rssMib": float("nan")},
        "a huge count": {"undelivered": 10**4_000},
        "a negative count": {"undelivered": -1},
        "a huge tally": {"tally": {"realizedPnl": "0", "fees": "0", "entries": 10**30}},
        "a huge exponent": {"equity": "1e999999999"},
        "a long hash": {"settingsHash": "x" * 400_000},
        "a long state": {"state": "x" * 400_000},
        "a long symbol": {"positions": [{"symbol": "x" * 400_000}]},
        "many overrides": {"overrides": {str(n): "x" for n in range(10_000)}},
        "many refusals": {"tally": {"realizedPnl": "0", "fees": "0", "refusals": {str(n): 1 for n in range(10_000)}}},
    }.values(),
)
async def test_what_no_worker_reports_is_refused(service: Running, changes: dict[str, object]) -> None:
    """Of numbers that are none, and of texts that would be kept for every reader of the fleet."""
    async with httpx.AsyncClient(base_url=service.url, trust_env=False) as client:
        answer = await client.post(OWN, content=json.dumps({**RIGHT, **changes}), headers=JSON)

    assert answer.status_code in (400, 422)
    assert len(answer.content) < 3_000
    assert service.fleet.since(0).accounts == ()


@pytest.mark.parametrize(
    "body",
    {
        "wrong positions": b'{"positions":[' + b"1," * 200_000 + b"1]}",
        "wrong conditions": b'{"conditions":[' + b"{}," * 150_000 + b"{}]}",
        "wrong overrides": b'{"overrides":{' + b",".join(b'"%d":1' % n for n in range(40_000)) + b"}}",
        "the same key": b"{" + b'"a":1,' * 70_000 + b'"b":1}',
    }.values(),
)
async def test_a_body_of_half_a_megabyte_of_mistakes_costs_little_and_counts_as_many_requests(
    service: Running, body: bytes
) -> None:
    """Mistakes are not gone through one by one, and after a few such bodies the caller has to wait."""
    async with httpx.AsyncClient(base_url=service.url, trust_env=False, timeout=WITHIN) as client:
        begun = time.process_time()
        answers = [await client.post(OWN, content=body, headers=JSON) for _ in range(4)]
        used = time.process_time() - begun

    assert {answer.status_code for answer in answers} == {422, 429}
    assert used < 1.0, "seconds of a processor: told one by one these mistakes took three each"


async def test_one_caller_sends_so_many_bodies_at_once(service: Running) -> None:
    """What has not come whole is in memory: the next one is refused, another account's is not."""
    slow = [await asyncio.open_connection("127.0.0.1", service.port) for _ in range(MOST_BODIES)]
    for _, writer in slow:
        writer.write(_head("POST", OWN, WORKER, "Content-Length: 400000") + b"{" * 1_000)
    async with asyncio.timeout(WITHIN):
        status = 200
        while status != 429:
            async with httpx.AsyncClient(base_url=service.url, trust_env=False) as client:
                status = (await client.post(OWN, json=RIGHT, headers=bearer("worker"))).status_code
        async with httpx.AsyncClient(base_url=service.url, trust_env=False) as client:
            other = await client.post(ANOTHERS, json=RIGHT, headers=bearer("worker", "alice"))
    for _, writer in slow:
        writer.close()

    assert other.status_code == 200


async def _standing(service: Running, count: int) -> list[asyncio.StreamWriter]:
    """Readers that ask for the stream, eight a token, and take nothing of it."""
    found = []
    for number in range(count):
        _, writer = await asyncio.open_connection("127.0.0.1", service.port, limit=1)
        shown = f"Authorization: Bearer {token('worker', f'w{number // 8}')}"
        writer.write(_head("GET", "/v1/stream", shown))
        writer.transport.pause_reading()  # type: ignore[attr-defined]  # of a socket
        found.append(writer)
    async with asyncio.timeout(WITHIN):
        while service.hub.subscribers < count:
            await asyncio.sleep(0.01)
    return found


async def test_a_thousand_readers_that_stand_cost_a_bounded_memory(service: Running) -> None:
    """Each is dropped after its time; what waits for them is held once, not for each."""
    large = {f"S{n}/USDT:USDT": {f"sma(period={m})": 1.0 for m in range(20)} for n in range(200)}
    before = highest = _pages()
    readers = await _standing(service, 1_000)
    number = 0
    async with asyncio.timeout(WITHIN):
        while service.hub.subscribers:
            number += 1
            service.hub.cycle(cycle(close=NOON + number * FIVE.length, variables=large))
            await asyncio.sleep(0.05)
            highest = max(highest, _pages())
    for writer in readers:
        writer.close()

    assert number > 20
    assert highest - before < 384, "MiB, both ends of a thousand connections; twenty cycles for each would take 2,000"
