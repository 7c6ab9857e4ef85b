"""Candles outlive the service: real processes, a real exchange, and what it was asked for."""

import asyncio
import contextlib
import functools
import json
import os
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from support.build import NOON
from support.candle_history import Minute, series
from support.markets import random_market
from support.servers import listen
from support.stage import strategy
from tradepods_core.times import Timeframe, to_ms
from tradepods_simulator.exchange.app import make_app, make_exchange
from tradepods_simulator.exchange.candles import MINUTE_MS
from tradepods_simulator.exchange.market import ReplayedMarket, Window
from tradepods_simulator.exchange.venue import Exchange

BEFORE, DAY, STEPS = 24 * 60, 24 * 60, 4  # minutes before and after noon; steps of a minute
Json = dict[str, Any]


class Bench:
    """An exchange in this process, and a service beside it that may be killed and started again."""

    def __init__(self, exchange: Exchange, url: str, folder: Path) -> None:
        self.exchange, self.url, self.folder = exchange, url, folder
        self.candles, self.log = folder / "candles", folder / "log"
        self.service: Process | None = None

    async def start(self, *more: str) -> None:
        """Start it, and wait until it has read its history."""
        self.log.write_bytes(b"")
        with self.log.open("ab") as log:
            self.service = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "tradepods_signals", "--strategies", str(self.folder / "strategies"), "--url", self.url),
                *("--port", "0", "--no-auth", "--candles-dir", str(self.candles), *more),
                stderr=log,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )
        await _until(lambda: self.said("warm"))

    async def stop(self, *, kill: bool = False) -> None:
        """Ask it to end, or don't."""
        assert self.service is not None
        if self.service.returncode is None:
            self.service.kill() if kill else self.service.terminate()
        await asyncio.wait_for(self.service.wait(), 20)

    def said(self, event: str) -> list[Json]:
        """Lines of its log."""
        lines = (line for line in self.log.read_text().splitlines() if line.startswith("{"))
        return [found for line in lines if (found := json.loads(line))["event"] == event]

    def has_told(self, cycles: int) -> bool:
        """Whether it has published so many."""
        return len(self.said("cycle")) >= cycles

    async def klines(self, after: int = 0) -> list[Json]:
        """What the exchange was asked for candles since."""
        async with httpx.AsyncClient(trust_env=False) as client:
            found = (await client.get(f"{self.url}/admin/journal", params={"after": after})).json()
        return [asked for asked in found if asked["path"] == "/fapi/v1/klines"]

    async def show(self, minutes: int) -> None:
        """The market so many minutes after noon."""
        await self.exchange.show(minutes * STEPS)


def _strategy() -> Json:
    found = strategy("BTC/USDT:USDT")
    found["spec"]["entries"][0]["when"] = {"all": [{"var": "ema", "params": {"period": 5}, "op": ">", "value": 0}]}
    return found


async def _until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.02)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    """A day before noon, and the day after it."""
    found = random_market(BEFORE + DAY, seed=1, timeframe=Timeframe.parse("1m"))
    minutes = [Minute(*(round(value, 2) for value in candle[1:])) for candle in found]
    history = {"BTCUSDT": series(minutes, start_ms=to_ms(NOON) - BEFORE * MINUTE_MS, digits=2, volume_digits=2)}
    window = Window(start_ms=to_ms(NOON), end_ms=to_ms(NOON) + DAY * MINUTE_MS)
    exchange = make_exchange(ReplayedMarket(history, window), [], wall_ms=lambda: to_ms(NOON))
    runner, url = await listen(make_app(exchange, participants={"nobody"}, pace=1.0))
    await exchange.show(0)
    (tmp_path / "strategies").mkdir()
    (tmp_path / "strategies" / "one.yaml").write_text(yaml.safe_dump(_strategy()))
    running = Bench(exchange, url, tmp_path)
    yield running
    if running.service is not None and running.service.returncode is None:
        await running.stop(kill=True)
    with contextlib.suppress(Exception):
        await runner.cleanup()


async def test_a_restart_requests_only_the_missing_tail(bench: Bench) -> None:
    """After a stop the kept candles are there; after a kill, those that were kept before it; garbage is read anew."""
    await bench.start()
    history = await bench.klines()
    await bench.stop()
    await bench.show(30)
    await bench.start()
    tail = await bench.klines(after=history[-1]["number"])
    await bench.stop(kill=True)
    (file,) = bench.candles.rglob("2025-06.parquet")
    file.write_bytes(file.read_bytes()[:-9])
    await bench.start()
    again = await bench.klines(after=tail[-1]["number"])

    wanted = int(history[0]["params"]["limit"])
    assert [int(asked["params"]["limit"]) for asked in tail] == [9]  # two to compare, six closed, the forming one
    assert wanted > 50
    assert [int(asked["params"]["limit"]) for asked in again] == [wanted]
    assert [said["file"] for said in bench.said("candles_set_aside")] == [str(file)]


async def test_a_service_follows_the_stream_unless_it_is_told_to_poll(bench: Bench) -> None:
    """A candle that the stream told is not requested; by request each is."""
    for mode, requests in (("auto", 0), ("poll", 3)):
        await bench.start("--candles", mode, "--candles-dir", str(bench.candles / mode))
        if mode == "auto":
            await _until(lambda: any("kline" in name for name in bench.exchange.streams.wanted()))
        before = (await bench.klines())[-1]["number"]
        begin = bench.exchange.market.step // STEPS
        for number in (1, 2, 3):
            await bench.show(begin + 5 * number)
            await _until(functools.partial(bench.has_told, number))
        await bench.stop()

        assert [said["late"] for said in bench.said("cycle")] == [[]] * 3
        assert len(await bench.klines(after=before)) == requests
