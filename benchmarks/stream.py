"""Candle frames digested in a second, over a real websocket, beside a bare reader; and what a service weighs."""

import asyncio
import json
import os
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import yaml

from benchmarks.figures import Figure
from benchmarks.stream_process import COUNT, SYMBOLS, names
from tradepods_core.times import Timeframe
from tradepods_signals.adapters.feed_ccxt import CcxtFeed
from tradepods_signals.engine.bans import Address, BanBook, OwnBan
from tradepods_signals.ports.market import Candle, Series
from tradepods_worker.adapters.clocks import WallClock

TURNS = 3
SETTLED = 15.0  # seconds after which a service's memory is read
MINUTE = Timeframe(60)
WALL = WallClock()
EMA = {
    "var": "ema",
    "params": {"period": 40},
    "op": ">",
    "value": 0,
}  # 461 candles: the venue's limit allows all at once


class Counted:
    """Counts closed candles, and knows when the last frame is there."""

    def __init__(self) -> None:
        self.closed = 0

    def begins(self, series: Series) -> None:
        """Nothing to do."""

    def breaks(self, series: Iterable[Series]) -> None:
        """Nothing to do."""

    def tell(self, _series: Series, _candle: Candle) -> None:
        """One more."""
        self.closed += 1


async def measure(folder: Path) -> Iterable[Figure]:
    """The same frames to the feed and to a bare reader, by turns."""
    async with _venue() as url:
        pairs = [(await _feed(url), await _bare(url)) for _ in range(TURNS)]
        plain = await _weight(url, folder / "plain")
        kept = await _weight(url, folder / "kept", "--candles-dir", str(folder / "candles"))
    ours, bare = zip(*pairs, strict=True)
    return [
        Figure(name="candle frames, feed", unit="a second", samples=ours),
        Figure(name="candle frames, aiohttp and json.loads", unit="a second", samples=bare),
        Figure(name="share of the bare reader", unit="x", samples=[one / other for one, other in pairs]),
        Figure(name=f"service with {SYMBOLS} symbols: memory", unit="MiB", samples=[plain]),
        Figure(name="the same, candles kept on disk", unit="MiB", samples=[kept]),
    ]


@asynccontextmanager
async def _venue() -> AsyncIterator[str]:
    command = (sys.executable, "-m", "benchmarks.stream_process")
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE)
    assert process.stdout is not None  # noqa: S101 - as was asked
    try:
        yield f"http://127.0.0.1:{int(await process.stdout.readline())}"
    finally:
        process.kill()
        await process.wait()


async def _feed(url: str) -> float:
    ban, told = OwnBan(BanBook(now=WALL.now), Address("binanceusdm/custom", "here")), Counted()
    feed = CcxtFeed(exchange="binanceusdm", url=url, pace=None, sleep=asyncio.sleep, now=WALL.now, ban=ban)
    markets = await feed.markets()
    sockets = feed.candle_stream(told)
    sockets.follow([(symbol, MINUTE) for symbol in markets])
    running = asyncio.create_task(sockets.run())
    (socket,) = sockets._sockets
    while not socket.frames:  # noqa: ASYNC110 - a count that the feed itself keeps
        await asyncio.sleep(0)
    begun, first = time.perf_counter(), socket.frames
    while socket.frames <= COUNT:  # noqa: ASYNC110 - likewise; the answer to the command is one, too
        await asyncio.sleep(0.001)
    seconds = time.perf_counter() - begun
    running.cancel()
    await feed.close()
    if told.closed != COUNT // 60:
        raise AssertionError(f"{told.closed} closed candles were told of {COUNT // 60}")
    return (socket.frames - first) / seconds


async def _bare(url: str) -> float:
    closed, read = 0, 0
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{url}/market/ws/1", max_msg_size=0) as socket:
        await socket.send_json({"method": "SUBSCRIBE", "params": ["x@kline_1m"], "id": 1})
        await socket.receive()
        begun = time.perf_counter()
        while read < COUNT:
            message = json.loads((await socket.receive()).data)
            read += 1
            closed += message["k"]["x"]
        return COUNT / (time.perf_counter() - begun)


async def _weight(url: str, folder: Path, *more: str) -> float:
    """Of a real service after its history and a flood of frames, MiB."""
    (folder / "strategies").mkdir(parents=True)
    entry = {"side": "long", "type": "always", "when": {"all": [EMA]}}
    universe = {"top": 0, "include": [f"{name[:4]}/USDT:USDT" for name in names()]}
    spec = {"timeframe": "5m", "universe": universe, "entries": [entry]}
    manifest: dict[str, Any] = {
        "apiVersion": "tradepods.dev/v1alpha1",
        "kind": "TradingStrategy",
        "metadata": {"name": "all"},
        "spec": spec,
    }
    (folder / "strategies" / "all.yaml").write_text(yaml.safe_dump(manifest))
    log = folder / "log"
    with log.open("wb") as file:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tradepods_signals", "--strategies", str(folder / "strategies"), "--url", url),
            *("--port", "0", "--no-auth", *more),
            stderr=file,
        )
    try:
        await _warm(process, log)
        await asyncio.sleep(SETTLED)
        return _rss(process.pid)
    finally:
        process.terminate()
        await process.wait()


async def _warm(process: Process, log: Path) -> None:
    async with asyncio.timeout(120):
        while '"event": "warm"' not in log.read_text():  # noqa: ASYNC240 - nothing else is done meanwhile
            if process.returncode is not None:
                raise AssertionError(log.read_text())  # noqa: ASYNC240
            await asyncio.sleep(0.1)


def _rss(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
