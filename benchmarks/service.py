"""The signal service under a thousand subscribers and a thousand accounts; beside it a bare server, in the same run."""

import asyncio
import functools
import itertools
import os
import resource
import statistics
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

from benchmarks.figures import Figure
from benchmarks.service_process import Child
from support.build import NOON
from support.signal_service import bearer
from tradepods_core.errors import Permanent
from tradepods_core.wire.fleet import Fleet, Heartbeat, Tally

SUBSCRIBERS, ACCOUNTS = 1_000, 1_000
ROUNDS = 9
SIZES = {"50 symbols x 10 variables": (50, 10), "200 symbols x 20 variables": (200, 20)}
CONNECTIONS = 50  # over which heartbeats come
BEATS = 12_000
READS = 200
EVERY = 5.0  # seconds between two heartbeats of one account while the fleet is read
BETWEEN = 0.02  # seconds between two readings of what changed
WITHIN = 60.0  # seconds
UNKNOWN = 2**40  # bytes: all that comes is counted until it is known how many will


class Subscriber(asyncio.BufferedProtocol):
    """Counts bytes, and knows when the last that it waits for came."""

    def __init__(self, request: bytes) -> None:
        self._request, self._buffer = request, bytearray(2**18)
        self.got, self.wanted, self.at = 0, 0, 0.0
        self.done = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask."""
        self.transport = cast("asyncio.Transport", transport)
        self.transport.write(self._request)

    def get_buffer(self, _hint: int) -> bytearray:
        """Always the same one: nobody looks at what is in it."""
        return self._buffer

    def buffer_updated(self, count: int) -> None:
        """So many more."""
        self.got += count
        if self.wanted and self.got >= self.wanted:
            self.at, self.wanted = time.monotonic(), 0
            self.done.set()

    def expect(self, count: int) -> None:
        """So many from now on."""
        self.got, self.wanted = 0, count
        self.done.clear()


def _request(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: bench", *(f"{name}: {value}" for name, value in headers.items())]
    lines += [f"Content-Length: {len(body)}", "Content-Type: application/json"] if body else []
    return "\r\n".join([*lines, "", ""]).encode() + body


async def measure(folder: Path) -> Iterable[Figure]:
    """All of it."""
    del folder
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    child = Child()
    try:
        return [*await _fleet(child), *await _publishing(child)]
    finally:
        child.stop()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def _publishing(child: Child) -> list[Figure]:
    figures = []
    async with (
        _subscribed(child, child.service_port, "subscribers") as ours,
        _subscribed(child, child.bare_port, "connections") as bare,
    ):
        for name, (symbols, variables) in SIZES.items():
            times: dict[str, list[float]] = {"service": [], "bare": []}
            for number in range(ROUNDS):
                size = {"number": number, "symbols": symbols, "variables": variables}
                for kind, readers in (("service", ours), ("bare", bare)):
                    times[kind].append(await _round(child, kind, readers, size))
            share = statistics.median(times["bare"]) / statistics.median(times["service"])
            figures += [
                Figure(name=f"cycle to {SUBSCRIBERS:,}, last: {name}", unit="ms", samples=times["service"]),
                Figure(name="  the same bytes by a bare server", unit="ms", samples=times["bare"]),
                Figure(name="  of the bare server's speed", unit="x", samples=[share]),
            ]
        figures.append(Figure(name="service: memory", unit="MiB", samples=[_rss(child.pid)]))
    return figures


async def _round(child: Child, kind: str, readers: list[Subscriber], size: dict[str, int]) -> float:
    """Milliseconds from the publication to the last subscriber's last byte."""
    for reader in readers:
        reader.expect(UNKNOWN)
    begun, length = await child.ask(kind, size)
    for reader in readers:
        reader.wanted = length
        if reader.got >= length:
            reader.buffer_updated(0)
    async with asyncio.timeout(WITHIN):
        for reader in readers:
            await reader.done.wait()
    return (max(reader.at for reader in readers) - float(begun)) * 1000


@asynccontextmanager
async def _subscribed(child: Child, port: int, count: str) -> AsyncIterator[list[Subscriber]]:
    loop, readers = asyncio.get_running_loop(), []
    for number in range(SUBSCRIBERS):
        request = _request("GET", "/v1/stream", bearer("worker", f"a{number}"))
        _, reader = await loop.create_connection(functools.partial(Subscriber, request), "127.0.0.1", port)
        readers.append(reader)
    async with asyncio.timeout(WITHIN):
        while await child.ask(count) < SUBSCRIBERS:  # noqa: ASYNC110 - of another process
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.5)  # what newcomers are told has come
    yield readers
    for reader in readers:
        reader.transport.close()


def _beat(number: int) -> Heartbeat:
    return Heartbeat.model_validate(
        {
            "at": NOON,
            "dry_run": False,
            "state": "Running",
            "settings_hash": "abcdefabcdef",
            "equity": f"{10_000 + number}.25",
            "tally": Tally.model_validate({"realized_pnl": "12.5", "fees": "1.25", "refusals": {"MaxPositions": 3}}),
            "positions": [
                {
                    "symbol": f"S{n:03d}/USDT:USDT",
                    "side": "long",
                    "quantity": "0.125",
                    "average": "100.5",
                    "unrealized": str(number),
                    "protected": True,
                }
                for n in range(5)
            ],
            "venue": "binanceusdm/live",
        }
    )


async def _answer(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise Permanent(f"the service refuses: {head!r}")
    length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    return await reader.readexactly(int(length.split(b":")[1]))


async def _fleet(child: Child) -> list[Figure]:
    """Heartbeats of five positions as fast as they are taken, then readings of the fleet."""
    shown = [bearer("worker", f"a{number}") for number in range(ACCOUNTS)]

    def sent(number: int) -> bytes:
        account = number % ACCOUNTS
        body = _beat(number).model_dump_json(by_alias=True).encode()
        return _request("POST", f"/v1/accounts/default/a{account}/heartbeat", shown[account], body)

    requests = [sent(number) for number in range(BEATS)]
    begun, busy = time.monotonic(), _cpu(child.pid)
    await asyncio.gather(*(_beating(child, requests[first::CONNECTIONS]) for first in range(CONNECTIONS)))
    seconds, busy = time.monotonic() - begun, _cpu(child.pid) - busy
    return [
        Figure(name="heartbeats taken", unit="/s", samples=[BEATS / seconds]),
        Figure(name="  by a second of one core", unit="/s", samples=[BEATS / busy]),
        *await _read_by_operators(child, requests),
    ]


async def _read_by_operators(child: Child, requests: list[bytes]) -> list[Figure]:
    """Readings of the fleet while each account reports on."""
    async with asyncio.TaskGroup() as group:
        reporting = group.create_task(_reporting(child, requests))
        whole = [(await _read(child, "/v1/fleet", f"r{number}"))[1] for number in range(READS)]
        changes = await _following(child)
        sums = [(await _read(child, "/v1/portfolio", f"p{number}"))[1] for number in range(READS)]
        reporting.cancel()
    return [
        Figure(name=f"fleet of {ACCOUNTS:,} reporting accounts, read whole", unit="ms", samples=whole),
        Figure(name="  what changed since the last reading", unit="ms", samples=changes),
        Figure(name="  summed up", unit="ms", samples=sums),
    ]


async def _reporting(child: Child, requests: list[bytes]) -> None:
    """Each account's heartbeat in its turn, at the pace of a fleet in which each reports every few seconds."""
    reader, writer = await asyncio.open_connection("127.0.0.1", child.service_port)
    for request in itertools.cycle(requests):
        writer.write(request)
        await _answer(reader)
        await asyncio.sleep(EVERY / ACCOUNTS)


async def _following(child: Child) -> list[float]:
    """Milliseconds of readings as the operator makes them: each asks for what changed since the one before."""
    found = []
    body, _ = await _read(child, "/v1/fleet", "reader")
    for _ in range(READS):
        version = Fleet.model_validate_json(body).version
        body, took = await _read(child, f"/v1/fleet?after={version}", "reader")
        found.append(took)
        await asyncio.sleep(BETWEEN)
    return found


class Worker(asyncio.Protocol):
    """Sends one heartbeat after the other over one connection."""

    def __init__(self, requests: list[bytes], done: asyncio.Event) -> None:
        self._requests, self.done = iter(requests), done

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The first."""
        self.transport = cast("asyncio.Transport", transport)
        self.transport.write(next(self._requests))

    def data_received(self, data: bytes) -> None:
        """The next, once the answer's body has come."""
        if b"serverTime" in data:
            request = next(self._requests, b"")
            self.transport.write(request) if request else self.transport.close()

    def connection_lost(self, _exc: Exception | None) -> None:
        """That was the last; a refusal would be one too early, which the count of accounts shows."""
        self.done.set()


async def _beating(child: Child, requests: list[bytes]) -> None:
    done = asyncio.Event()
    loop = asyncio.get_running_loop()
    await loop.create_connection(lambda: Worker(requests, done), "127.0.0.1", child.service_port)
    await done.wait()


async def _read(child: Child, path: str, name: str) -> tuple[bytes, float]:
    """What is there, and the milliseconds until it had come, a connection of its own among them."""
    request, begun = _request("GET", path, bearer("reader", name)), time.monotonic()
    reader, writer = await asyncio.open_connection("127.0.0.1", child.service_port, limit=2**24)
    writer.write(request)
    body = await _answer(reader)
    took = (time.monotonic() - begun) * 1000
    writer.close()
    return body, took


def _cpu(pid: int) -> float:
    """Seconds that a process has computed."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _rss(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize() / 2**20
