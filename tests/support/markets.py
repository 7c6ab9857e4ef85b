"""Candles that move as markets do: random walks with wicks, gaps and uneven volume; and recorded ones."""

import os
from pathlib import Path

import numpy as np
import pyarrow.parquet

from support.build import FIVE, NOON
from tradepods_core.times import Timeframe, to_ms
from tradepods_signals.engine.windows import Floats
from tradepods_signals.ports.market import Candle

RECORDED = Path(os.environ.get("TRADEPODS_DATA", "")) / "binance-usdm-1m"
HAS_RECORDED = "TRADEPODS_DATA" in os.environ and RECORDED.is_dir()


def random_market(count: int, *, seed: int, timeframe: Timeframe = FIVE) -> list[Candle]:
    """Candles of which the last closes at noon; the same seed, the same market."""
    random = np.random.default_rng(seed)
    closes = 100 * np.exp(np.cumsum(random.normal(0, 0.004, count)))
    opens = np.concatenate(([100.0], closes[:-1])) * np.exp(random.normal(0, 0.0005, count))
    highs = np.maximum(opens, closes) * (1 + random.exponential(0.001, count))
    lows = np.minimum(opens, closes) * (1 - random.exponential(0.001, count))
    volumes = random.lognormal(4, 1, count)
    length = timeframe.seconds * 1000
    first = to_ms(NOON) - count * length
    rows = zip(opens, highs, lows, closes, volumes, strict=True)
    return [Candle(first + n * length, *(float(value) for value in row)) for n, row in enumerate(rows)]


def grouped(candles: list[Candle], timeframe: Timeframe) -> list[Candle]:
    """The same market in longer candles, the last of which may still form."""
    length = timeframe.seconds * 1000
    found: dict[int, Candle] = {}
    for one in candles:
        opens = one.open_ms - one.open_ms % length
        old = found.get(opens, Candle(opens, one.opened, one.high, one.low, one.close, 0.0))
        high, low = max(old.high, one.high), min(old.low, one.low)
        found[opens] = Candle(opens, old.opened, high, low, one.close, old.volume + one.volume)
    return [found[opens] for opens in sorted(found)]


def as_columns(candles: list[Candle]) -> Floats:
    """As indicators take them."""
    return np.array(candles, dtype=np.float64).T


def recorded(symbol: str, *, count: int) -> list[Candle]:
    """The first one-minute candles of a recorded symbol, such as BTCUSDT."""
    table = pyarrow.parquet.read_table(RECORDED / f"{symbol}-1m.parquet").slice(0, count)
    times = [to_ms(moment) for moment in table["time"].to_pylist()]
    prices = zip(*(table[name].to_pylist() for name in ("open", "high", "low", "close", "volume")), strict=True)
    return [Candle(at, *row) for at, row in zip(times, prices, strict=True)]
