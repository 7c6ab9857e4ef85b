"""A proxy on loopback that counts who asks it for what: HTTP, HTTP CONNECT, and SOCKS5."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

USER, PASSWORD = "alice", "proxy-password-4711"
UPGRADE = b"Upgrade: websocket"
CREDENTIALS = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()


@dataclass(slots=True)
class CountingProxy:
    """What it was asked: the method that began each connection, or SOCKS, with the address that was wanted.

    `websockets` is how many were opened in what it could read; `strangers` how often user or password were wrong.
    """

    port: int = 0
    asked: list[tuple[str, str]] = field(default_factory=list)
    websockets: int = 0
    strangers: int = 0

    def url(self, kind: str) -> str:
        """Its address, with user and password."""
        return f"{kind}://{USER}:{PASSWORD}@127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, tunnelled until either end closes it."""
        try:
            first = await reader.readexactly(1)
            if first == b"\x05":
                await self._socks(reader, writer)
            else:
                await self._http(first, reader, writer)
        except (OSError, EOFError):
            pass
        finally:
            writer.close()

    async def _http(self, first: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = first + await reader.readuntil(b"\r\n\r\n")
        method, target, _ = head.decode().split(" ", 2)
        if f"Basic {CREDENTIALS}" not in head.decode():
            self.strangers += 1
            writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            return
        host = target if method == "CONNECT" else urlsplit(target).netloc
        self.asked.append((method, host))
        name, _, port = host.rpartition(":")
        if method == "CONNECT":
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            head = b""
        await self._tunnel(reader, writer, name, int(port), first=head)

    async def _socks(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        methods = await reader.readexactly((await reader.readexactly(1))[0])
        assert 2 in methods, "user and password were expected"
        writer.write(b"\x05\x02")
        await reader.readexactly(1)
        user = await reader.readexactly((await reader.readexactly(1))[0])
        password = await reader.readexactly((await reader.readexactly(1))[0])
        if (user.decode(), password.decode()) != (USER, PASSWORD):
            self.strangers += 1
            writer.write(b"\x01\x01")
            return
        writer.write(b"\x01\x00")
        kind = (await reader.readexactly(4))[3]
        length = 4 if kind == 1 else (await reader.readexactly(1))[0]
        raw = await reader.readexactly(length)
        host = ".".join(map(str, raw)) if kind == 1 else raw.decode()
        port = int.from_bytes(await reader.readexactly(2), "big")
        self.asked.append(("SOCKS", f"{host}:{port}"))
        writer.write(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
        await self._tunnel(reader, writer, host, port, first=b"")

    async def _tunnel(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, port: int, *, first: bytes
    ) -> None:
        far_reader, far_writer = await asyncio.open_connection(host, port)
        self.websockets += UPGRADE in first
        far_writer.write(first)
        there = asyncio.ensure_future(self._there(reader, far_writer))
        back = asyncio.ensure_future(_copied(far_reader, writer))
        await asyncio.wait([there, back], return_when=asyncio.FIRST_COMPLETED)
        far_writer.close()

    async def _there(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            self.websockets += UPGRADE in data
            writer.write(data)


async def _copied(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)


@asynccontextmanager
async def proxying() -> AsyncIterator[CountingProxy]:
    """A proxy that listens."""
    found = CountingProxy()
    connections: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(found.serve(reader, writer))
        connections.add(task)
        await asyncio.wait({task})

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    found.port = server.sockets[0].getsockname()[1]
    yield found
    server.close()
    for task in connections:
        task.cancel()
    await asyncio.gather(*connections, return_exceptions=True)
