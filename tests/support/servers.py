"""Simulators in this process, over real sockets."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from tradepods_core.paper.quotes import Depth
from tradepods_simulator.exchange.app import AccountEntry, make_app, make_exchange
from tradepods_simulator.exchange.candles import Series
from tradepods_simulator.exchange.context import FAULTS
from tradepods_simulator.exchange.faults import Faults
from tradepods_simulator.exchange.limits import Limits
from tradepods_simulator.exchange.market import Funding, ReplayedMarket, Window
from tradepods_simulator.exchange.venue import Exchange

API_KEY, API_SECRET = "bob-key-0123456789", "bob-secret-0123456789"
START_MS = 1_748_822_400_000  # 2025-06-02T00:00:00Z


@dataclass(slots=True)
class Served:
    """A simulator that listens."""

    url: str
    exchange: Exchange
    faults: Faults


def flat_series(price: float, minutes: int) -> Series:
    """Candles of one price; a test moves it by `Served.exchange`."""
    series = Series(start_ms=START_MS, digits=1, volume_digits=3)
    for column in (series.opens, series.highs, series.lows, series.closes):
        column.extend([price] * minutes)
    series.volumes.extend([1.0] * minutes)
    return series


async def listen(app: web.Application) -> tuple[web.AppRunner, str]:
    """Serve on a free port."""
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}"


@asynccontextmanager
async def serving(
    *, limits: Limits | None = None, depth: Depth | None = None, funding: Funding | None = None
) -> AsyncIterator[Served]:
    """An exchange with two symbols at 100, one customer with 10,000, and a market that stands still."""
    minutes = 24 * 60
    history = {"BTCUSDT": flat_series(100.0, minutes), "ETHUSDT": flat_series(100.0, minutes)}
    window = Window(start_ms=START_MS, end_ms=START_MS + minutes * 60_000)
    market = ReplayedMarket(history, window, depth=depth, funding=funding)
    entries = [AccountEntry(name="bob", api_key=API_KEY, api_secret=API_SECRET)]
    venue = make_exchange(market, entries, wall_ms=lambda: time.time_ns() // 1_000_000)
    app = make_app(venue, participants={"nobody"}, pace=1.0, limits=limits)
    runner, url = await listen(app)
    yield Served(url, venue, app[FAULTS])
    await runner.cleanup()
