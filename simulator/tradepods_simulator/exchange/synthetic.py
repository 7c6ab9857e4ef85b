"""A seeded market for machines without recorded candles: fat tails, volatility in clusters, symbols that move together.

The same seed gives the same candles on every machine. It is no model of any market: it only has the features that
make trading code work for its living.
"""

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass

from tradepods_simulator.exchange.candles import Series

FIRST_MS = 1_735_689_600_000  # 2025-01-01T00:00:00Z: the synthetic history begins here, whatever the day today
STARTS: Mapping[str, tuple[float, int, int]] = {  # price, its decimals, decimals of the quantity
    "BTCUSDT": (60_000.0, 1, 3),
    "ETHUSDT": (3_000.0, 2, 3),
    "BNBUSDT": (600.0, 2, 2),
    "SOLUSDT": (150.0, 2, 0),
    "XRPUSDT": (2.2, 4, 1),
    "ADAUSDT": (0.75, 4, 0),
    "AVAXUSDT": (20.0, 3, 0),
    "LINKUSDT": (14.0, 3, 2),
    "LTCUSDT": (90.0, 2, 3),
    "ETCUSDT": (17.0, 3, 2),
    "SUIUSDT": (3.3, 4, 1),
    "ENAUSDT": (0.3, 4, 0),
}
CALM = 0.0006  # a quiet minute's standard deviation, as a fraction of the price
PERSISTENCE = 0.97  # how much of a minute's excitement the next one keeps
SHOCK = 0.25  # how much of its own move it adds
COMMON = 0.7  # part of a move that all symbols share
TAILS = 4  # degrees of freedom of a move: few give fat tails


@dataclass(slots=True)
class _Walk:
    price: float
    excitement: float = 1.0


def generate(*, seed: int, minutes: int) -> Mapping[str, Series]:
    """So many minutes of every symbol, from 2025-01-01 UTC on."""
    source = random.Random(seed)  # noqa: S311 - a market, not a secret
    walks = {name: _Walk(price=start) for name, (start, _, _) in STARTS.items()}
    all_series = {
        name: Series(start_ms=FIRST_MS, digits=digits, volume_digits=lots) for name, (_, digits, lots) in STARTS.items()
    }
    for _ in range(minutes):
        shared = _tail(source)
        for name, series in all_series.items():
            _minute(series, walks[name], source, shared)
    return all_series


def _tail(source: random.Random) -> float:
    """A move with fat tails and unit variance: Student's t."""
    normal = source.gauss(0, 1)
    spread = source.gammavariate(TAILS / 2, 2)
    return normal / math.sqrt(spread / TAILS) / math.sqrt(TAILS / (TAILS - 2))


def _minute(series: Series, walk: _Walk, source: random.Random, shared: float) -> None:
    own = _tail(source)
    move = COMMON * shared + math.sqrt(1 - COMMON**2) * own
    scale = CALM * math.sqrt(walk.excitement)
    walk.excitement = min(0.03 + PERSISTENCE * walk.excitement + SHOCK * (move * move - 1) * 0.1, 40.0)
    walk.excitement = max(walk.excitement, 0.2)
    opened = walk.price
    close = opened * math.exp(max(min(move * scale, 0.05), -0.05))
    reach = abs(source.gauss(0, 1)) * scale * 0.6
    dip = abs(source.gauss(0, 1)) * scale * 0.6
    walk.price = _at_tick(close, series.digits)
    series.opens.append(_at_tick(opened, series.digits))
    series.closes.append(walk.price)
    series.highs.append(_at_tick(max(opened, close) * (1 + reach), series.digits))
    series.lows.append(_at_tick(min(opened, close) * (1 - dip), series.digits))
    series.volumes.append(round(source.lognormvariate(3, 1) * 1000 / opened + 1, series.volume_digits))


def _at_tick(price: float, digits: int) -> float:
    return max(round(price, digits), 10.0**-digits)
