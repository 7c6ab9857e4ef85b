"""Stands between an operator and its API server, over plain HTTP on loopback, and spoils what a test says."""

import asyncio
import json
import ssl
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import yaml
from aiohttp import web

from support.cluster import Cluster

WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
HOPS = frozenset({"host", "connection", "transfer-encoding", "content-length", "content-encoding", "accept-encoding"})
When = Callable[["Asked"], bool]
OK_BELOW = 400
WITHIN = 30.0  # seconds: a deadline, never a wait


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request."""

    verb: str
    path: str
    watches: bool

    @property
    def writes(self) -> bool:
        """Whether it changes something; who leads is nobody's account."""
        return self.verb in WRITES and "/leases" not in self.path


@dataclass(slots=True, kw_only=True)
class Fault:
    """What becomes of the requests that it is about, `left` times.

    Attributes:
        status: answered in the server's place; 0 where the request is passed on, and its answer cut in the middle.

    """

    when: When
    status: int
    left: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(slots=True, eq=False)
class Stream:
    """An open watch; `silent` passes nothing on and stays open."""

    asked: Asked
    source: aiohttp.ClientResponse
    answer: web.StreamResponse
    silent: bool = False


class FaultyServer:
    """The proxy.

    Attributes:
        kubeconfig: the administrator's, by way of it.
        swallows: the events of watches that nobody hears of; `swallowed` is how many these were.
        written: how often the server has taken a write of an address.
        spoilt: how many requests have met a fault.

    """

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._faults: list[Fault] = []
        self._streams: set[Stream] = set()
        self._loop: asyncio.AbstractEventLoop
        self._stop: asyncio.Event
        self.port, self.kubeconfig = 0, Path()
        self.swallows: Callable[[Any], bool] = lambda _event: False
        self.written: Counter[str] = Counter()
        self.spoilt = self.swallowed = 0

    def refuse(self, when: When, status: int, *, times: int, body: bytes = b"", **headers: str) -> None:
        """Answer so in the server's place; headers' names have `_` for `-`."""
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        self._faults.append(Fault(when=when, status=status, left=times, headers=named, body=body))

    def cut(self, when: When, *, times: int = 1) -> None:
        """Let the server do as it is asked, and lose the connection in the middle of its answer."""
        self._faults.append(Fault(when=when, status=0, left=times))

    def silence(self) -> int:
        """Nothing more comes from the watches that are open, which stay so; gives how many."""
        for stream in (found := set(self._streams)):
            stream.silent = True
        return len(found)

    def interject(self, event: Mapping[str, Any]) -> int:
        """Every watch that is open ends with this event; gives how many."""
        return asyncio.run_coroutine_threadsafe(self._ended(event), self._loop).result(WITHIN)

    def drop(self) -> None:
        """Every watch that is open ends."""
        asyncio.run_coroutine_threadsafe(self._ended(None), self._loop).result(WITHIN)

    def run(self, ready: threading.Event) -> None:
        """Serve, in a thread of its own."""
        asyncio.run(self._run(ready))

    def stop(self) -> None:
        """End that."""
        self._loop.call_soon_threadsafe(self._stop.set)

    async def _run(self, ready: threading.Event) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        async with self._serving():
            ready.set()
            await self._stop.wait()
            await self._ended(None)

    @asynccontextmanager
    async def _serving(self) -> AsyncIterator[None]:
        trusted = ssl.create_default_context(cafile=self._cluster.ca)
        connector = aiohttp.TCPConnector(ssl=trusted, limit=0)
        timeout = aiohttp.ClientTimeout(total=None)
        async with aiohttp.ClientSession(connector=connector, timeout=timeout, trust_env=False) as session:
            app = web.Application(client_max_size=16 * 2**20)
            app.router.add_route("*", "/{path:.*}", partial(self._hear, session))
            runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            self.port = runner.addresses[0][1]
            try:
                yield
            finally:
                await runner.cleanup()
                await connector.close(abort_ssl=True)

    async def _hear(self, session: aiohttp.ClientSession, request: web.Request) -> web.StreamResponse:
        asked = Asked(verb=request.method, path=request.path, watches="watch" in request.query)
        fault = next((one for one in self._faults if one.left and one.when(asked)), None)
        if fault is not None:
            fault.left -= 1
            self.spoilt += 1
            if fault.status:
                return web.Response(status=fault.status, headers=fault.headers, body=fault.body)
        headers = {name: text for name, text in request.headers.items() if name.lower() not in HOPS}
        url = self._cluster.url + request.raw_path
        try:
            body = await request.read() or None
            async with session.request(request.method, url, headers=headers, data=body) as answer:
                if asked.writes and answer.status < OK_BELOW:
                    self.written[asked.path] += 1
                if asked.watches and answer.status < OK_BELOW:
                    return await self._watched(asked, request, answer)
                return await self._passed_on(request, answer, cut=fault is not None)
        except aiohttp.ClientError:
            assert request.transport is not None
            request.transport.abort()
            raise

    async def _passed_on(
        self, request: web.Request, answer: aiohttp.ClientResponse, *, cut: bool
    ) -> web.StreamResponse:
        body = await answer.read()
        headers = {name: text for name, text in answer.headers.items() if name.lower() not in HOPS}
        if not cut:
            return web.Response(status=answer.status, headers=headers, body=body)
        found = web.StreamResponse(status=answer.status, headers={**headers, "Content-Length": str(len(body))})
        await found.prepare(request)
        await found.write(body[: len(body) // 2])
        assert request.transport is not None
        request.transport.close()
        return found

    async def _watched(self, asked: Asked, request: web.Request, answer: aiohttp.ClientResponse) -> web.StreamResponse:
        found = web.StreamResponse(status=answer.status, headers={"Content-Type": "application/json"})
        await found.prepare(request)
        stream = Stream(asked, answer, found)
        self._streams.add(stream)
        try:
            async for line in _lines(answer):
                if self.swallows(json.loads(line)):
                    self.swallowed += 1
                elif not stream.silent:
                    await found.write(line)
        except (ConnectionError, aiohttp.ClientError):
            pass
        finally:
            self._streams.discard(stream)
            _aborted(answer)
        return found

    async def _ended(self, event: Mapping[str, Any] | None) -> int:
        for stream in (found := set(self._streams)):
            with suppress(ConnectionError):
                if event is not None:
                    await stream.answer.write(json.dumps(event).encode() + b"\n")
                await stream.answer.write_eof()
            _aborted(stream.source)
        return len(found)


def _aborted(answer: aiohttp.ClientResponse) -> None:
    """At once: what is closed politely waits for the other end."""
    if answer.connection is not None and answer.connection.transport is not None:
        answer.connection.transport.abort()
    answer.close()


async def _lines(answer: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    """Whole ones, however long."""
    rest = b""
    async for chunk in answer.content.iter_any():
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line + b"\n"


@contextmanager
def spoiling(cluster: Cluster, folder: Path) -> Iterator[FaultyServer]:
    """A proxy before this cluster, until the end of the block."""
    found, ready = FaultyServer(cluster), threading.Event()
    thread = threading.Thread(target=found.run, args=[ready], daemon=True)
    thread.start()
    assert ready.wait(WITHIN)
    config: Any = cluster.config_of(cluster.token)
    config["clusters"][0]["cluster"] = {"server": f"http://127.0.0.1:{found.port}"}
    found.kubeconfig = folder / "by-way-of-the-proxy"
    found.kubeconfig.write_text(yaml.safe_dump(config), "utf-8")
    try:
        yield found
    finally:
        found.stop()
        thread.join(WITHIN)
