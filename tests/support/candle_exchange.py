"""An exchange with days of minute candles over the end of a month, and `tradepods data` against it."""

import asyncio
import os
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from support.candle_history import BOB, Minute, series
from support.servers import listen
from tradepods_core.times import Timeframe, to_ms
from tradepods_signals.adapters import candle_files
from tradepods_signals.ports.market import Candle
from tradepods_simulator.exchange.app import make_app, make_exchange
from tradepods_simulator.exchange.candles import MINUTE_MS
from tradepods_simulator.exchange.context import FAULTS, PUBLIC_REQUESTS
from tradepods_simulator.exchange.faults import Fault, Faults
from tradepods_simulator.exchange.market import ReplayedMarket, Window

BEGIN = datetime(2025, 5, 30, tzinfo=UTC)
DAYS = 4
END = datetime(2025, 6, 3, tzinfo=UTC)  # where its market stands: the candle that opens then still forms
ONE = Timeframe.parse("1m")
KLINES = "/fapi/v1/klines"
WITHIN = 60.0  # seconds: a deadline, never a wait


def minutes(count: int, *, price: float = 100.0) -> list[Minute]:
    """Candles of which no two that follow each other are the same."""
    found = []
    for number in range(count):
        opened, close = price + number % 97, price + (number + 1) % 97
        found.append(Minute(opened, max(opened, close) + 1, min(opened, close) - 1, close, 1.0 + number % 7))
    return found


def expected(price: float = 100.0) -> list[Candle]:
    """Every closed candle of a contract."""
    count = DAYS * 24 * 60
    return [Candle(to_ms(BEGIN) + n * MINUTE_MS, *row) for n, row in enumerate(minutes(count, price=price))]


def kept(folder: Path, symbol: str = "BTC/USDT:USDT", timeframe: Timeframe = ONE) -> list[Candle]:
    """All that a folder holds of a contract."""
    return candle_files.read(folder, symbol, timeframe, BEGIN, END)


@dataclass(slots=True)
class CandleExchange:
    """An exchange that listens, and counts what it is asked."""

    url: str
    faults: Faults
    requests: Counter[str]

    @property
    def asked(self) -> int:
        """Requests for candles."""
        return self.requests[f"GET {KLINES}"]

    def arm(self, does: str, **given: object) -> None:
        """Something happens to requests for candles."""
        self.faults.arm(Fault.model_validate({"path": KLINES, "does": does, **given}))


@asynccontextmanager
async def candle_exchange(prices: Iterable[tuple[str, float]] = (("BTCUSDT", 100.0),)) -> AsyncIterator[CandleExchange]:
    """Contracts with their first price; the market stands still."""
    count = DAYS * 24 * 60
    history = {
        name: series(minutes(count + 60, price=price), start_ms=to_ms(BEGIN), digits=1) for name, price in prices
    }
    window = Window(start_ms=to_ms(END), end_ms=to_ms(END) + 60 * MINUTE_MS)
    venue = make_exchange(ReplayedMarket(history, window), [BOB], wall_ms=lambda: time.time_ns() // 1_000_000)
    app = make_app(venue, participants={"nobody"}, pace=1.0)
    runner, url = await listen(app)
    try:
        yield CandleExchange(url, app[FAULTS], app[PUBLIC_REQUESTS])
    finally:
        await runner.cleanup()


@dataclass(frozen=True, slots=True)
class Done:
    """A command that has ended."""

    code: int
    out: str
    err: str


async def started(*arguments: str) -> asyncio.subprocess.Process:
    """`tradepods data` in a process of its own."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tradepods_cli", "data", *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "COLUMNS": "160"},
    )


async def data(*arguments: str) -> Done:
    """What came of it."""
    process = await started(*arguments)
    out, err = await asyncio.wait_for(process.communicate(), WITHIN)
    return Done(process.returncode or 0, out.decode(), err.decode())


def asking(exchange: CandleExchange, folder: Path, *more: str, since: str = "2025-05-30") -> tuple[str, ...]:
    """The arguments that download all of its one contract."""
    until = ("--to", "2025-06-03")
    return ("download", "BTCUSDT", "--from", since, *until, "--output", str(folder), "--url", exchange.url, *more)
