"""What the exchange simulator sustains on one core: orders, and marks to many clients."""

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path

import aiohttp

from benchmarks.figures import Figure
from support.signed_requests import signed

KEY, SECRET = "bench-key", "bench-secret"
ORDERS, CONNECTIONS = 4_000, 16
CLIENTS, SECONDS = (1, 50, 200), 5.0
TICKS = os.sysconf("SC_CLK_TCK")
START_WITHIN = 60.0  # seconds


class Program:
    """The simulator as a process of its own, on one core."""

    def __init__(self, process: asyncio.subprocess.Process, url: str) -> None:
        self.process, self.url = process, url

    def seconds(self) -> float:
        """CPU seconds that it has used."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS


@asynccontextmanager
async def simulator(folder: Path, *more: str) -> AsyncIterator[Program]:
    """Runs it until the end of the block."""
    accounts, port_file = folder / "accounts.json", folder / "port"
    customer = {"name": "bench", "apiKey": KEY, "apiSecret": SECRET, "balance": "10000000"}
    accounts.write_text(json.dumps([customer]), "utf-8")
    port_file.unlink(missing_ok=True)
    arguments = ("exchange", "--accounts", str(accounts), "--port-file", str(port_file), *more)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tradepods_simulator", *arguments, stderr=asyncio.subprocess.DEVNULL
    )
    os.sched_setaffinity(process.pid, {0})
    try:
        async with asyncio.timeout(START_WITHIN):
            while not port_file.exists():  # noqa: ASYNC110 - another process writes it
                await asyncio.sleep(0.05)
        yield Program(process, f"http://127.0.0.1:{port_file.read_text('ascii')}")
    finally:
        process.terminate()
        await process.wait()


async def measure(folder: Path) -> Iterable[Figure]:
    """Orders a second, and marks to many clients."""
    figures = []
    async with simulator(folder, "--participants", "nobody") as program:
        figures += await _orders(program, "orders", {"type": "MARKET"})
        rests = {"type": "LIMIT", "side": "BUY", "timeInForce": "IOC", "price": await _below(program.url)}
        figures += await _orders(program, "limit orders that find nothing", rests)
    for clients in CLIENTS:
        async with simulator(folder, "--speed", "1500") as program:  # a step each 10 ms
            figures.append(await _marks(program, clients))
    return figures


async def _orders(program: Program, name: str, order: Mapping[str, str]) -> list[Figure]:
    before, begun = program.seconds(), time.perf_counter()
    connector = aiohttp.TCPConnector(limit=CONNECTIONS)
    async with aiohttp.ClientSession(connector=connector) as session, asyncio.TaskGroup() as group:
        for connection in range(CONNECTIONS):
            group.create_task(_send(session, program.url, order, first=connection))
    wall, used = time.perf_counter() - begun, program.seconds() - before
    return [
        Figure(name=f"{name}: accepted, {CONNECTIONS} connections", unit="/s", samples=[ORDERS / wall]),
        Figure(name=f"{name}: of one core of the simulator", unit="/s", samples=[ORDERS / used]),
    ]


async def _below(url: str) -> str:
    """A price at which nobody sells."""
    question = f"{url}/fapi/v1/ticker/price?symbol=BTCUSDT"
    async with aiohttp.ClientSession() as session, session.get(question) as answer:
        price = float((await answer.json())["price"])
    return f"{price * 0.97:.1f}"


async def _send(session: aiohttp.ClientSession, url: str, order: Mapping[str, str], *, first: int) -> None:
    for number in range(first, ORDERS, CONNECTIONS):
        side = "BUY" if number % 2 else "SELL"
        params = {"side": side, "symbol": "BTCUSDT", "quantity": "0.01", **order}
        text = signed({**params, "timestamp": time.time_ns() // 1_000_000}, secret=SECRET)
        headers = {"X-MBX-APIKEY": KEY, "Content-Type": "application/x-www-form-urlencoded"}
        async with session.post(f"{url}/fapi/v1/order", data=text, headers=headers) as answer:
            if answer.status != HTTPStatus.OK:
                raise RuntimeError(await answer.text())


async def _marks(program: Program, clients: int) -> Figure:
    """Every client hears every mark; what one core of the simulator gives out."""
    heard = [0] * clients
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        sockets = [await session.ws_connect(f"{program.url}/ws/!markPrice@arr@1s") for _ in range(clients)]
        tasks = [asyncio.create_task(_hear(socket, heard, index)) for index, socket in enumerate(sockets)]
        await asyncio.sleep(1.0)
        before, counted = program.seconds(), sum(heard)
        await asyncio.sleep(SECONDS)
        used, frames = program.seconds() - before, sum(heard) - counted
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    name = f"marks x clients, {clients}: of one core of the simulator"
    return Figure(name=name, unit="/s", samples=[frames * 12 / used])


async def _hear(socket: aiohttp.ClientWebSocketResponse, heard: list[int], index: int) -> None:
    async for _ in socket:
        heard[index] += 1
