"""A seeded market for machines without recorded candles.

Its moves have fat tails and come in clusters, symbols move together, once in a while a price jumps between a close and
the next open, volume rises with volatility, and both have their hours of the day. The same seed gives the same candles
on every machine. It is no model of any market: it only has the features that make trading code work for its living.
"""

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from tradepods_simulator.exchange.candles import MINUTE_MS, Series
from tradepods_simulator.exchange.market import Funding
from tradepods_simulator.exchange.marketplace import FUNDING_MS

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
OWN = math.sqrt(1 - COMMON**2)
TAILS = 4  # degrees of freedom of a move: few give fat tails
UNIT = math.sqrt(TAILS / (TAILS - 2))  # a raw move's standard deviation
MOST_MOVE = 0.05  # of a minute, as a fraction of the price
LEAST_EXCITEMENT, MOST_EXCITEMENT = 0.2, 40.0
DAY_MINUTES = 1_440
BUSY_MINUTE = 15 * 60  # of the day, UTC: Europe and America both trade
SWING = 0.3  # how much livelier the busiest minute is than an average one
COMMON_GAP_EVERY = 2_880.0  # minutes between two jumps of all symbols, on average
OWN_GAP_EVERY = 5_760.0  # minutes between two jumps of a symbol by itself
LEAST_GAP, MOST_GAP = 0.002, 0.02  # fraction of the price
AFTER_GAP = 3.0  # excitement that a jump adds

INTEREST = 0.0001  # of eight hours, the part of a funding rate that is the same for all
DEAD_BAND = 0.0005  # premiums so near to the interest move no rate: the venue's formula
MOST_RATE = 0.0075
PREMIUM = 0.0003  # standard deviation of what a symbol's premium adds in eight hours
PREMIUM_KEPT = 0.8  # how much of a premium is left after eight hours
RATE_DIGITS = 8


@dataclass(slots=True)
class _Walk:
    price: float
    excitement: float = 1.0


class _Gaps:
    """When a price jumps next, and how far. Its randomness is its own: other moves know nothing of jumps to come."""

    def __init__(self, *, seed: int, name: str, every: float) -> None:
        self._source = random.Random(f"{seed} gaps of {name}")  # noqa: S311 - a market, not a secret
        self._every = every
        self._next = self._wait()

    def at(self, minute: int) -> float:
        """The jump before this minute's open, as a fraction of the price; mostly 0. Minutes are asked for in order."""
        if minute < self._next:
            return 0.0
        self._next = minute + self._wait()
        return self._source.choice((-1, 1)) * self._source.uniform(LEAST_GAP, MOST_GAP)

    def _wait(self) -> int:
        return 1 + int(self._source.expovariate(1 / self._every))


def generate(*, seed: int, minutes: int) -> Mapping[str, Series]:
    """So many minutes of every symbol, from 2025-01-01 UTC on."""
    source = random.Random(seed)  # noqa: S311 - a market, not a secret
    walks = {name: _Walk(price=start) for name, (start, _, _) in STARTS.items()}
    gaps = {name: _Gaps(seed=seed, name=name, every=OWN_GAP_EVERY) for name in STARTS}
    common_gaps = _Gaps(seed=seed, name="all", every=COMMON_GAP_EVERY)
    all_series = {
        name: Series(start_ms=FIRST_MS, digits=digits, volume_digits=lots) for name, (_, digits, lots) in STARTS.items()
    }
    rhythm = [1 + SWING * math.cos(2 * math.pi * (n - BUSY_MINUTE) / DAY_MINUTES) for n in range(DAY_MINUTES)]
    for minute in range(minutes):
        shared, pulse, jump = COMMON * _tail(source), rhythm[minute % DAY_MINUTES], common_gaps.at(minute)
        for name, series in all_series.items():
            walk = walks[name]
            if gap := jump + gaps[name].at(minute):
                _jump(series, walk, gap)
            _minute(series, walk, source, shared=shared, pulse=pulse)
    return all_series


def funding(*, seed: int, minutes: int) -> Funding:
    """Funding rates of every symbol and settlement in so many minutes from 2025-01-01 UTC on, as fractions.

    A premium that comes and goes in clusters becomes a rate by the venue's formula: the interest, unless the premium is
    further from it than the dead band.
    """
    times = range(FIRST_MS, FIRST_MS + minutes * MINUTE_MS + 1, FUNDING_MS)
    return {name: dict(zip(times, _rates(seed, name, len(times)), strict=True)) for name in STARTS}


def _rates(seed: int, name: str, count: int) -> list[Decimal]:
    source = random.Random(f"{seed} funding of {name}")  # noqa: S311 - a market, not a secret
    found, premium = [], 0.0
    for _ in range(count):
        premium = PREMIUM_KEPT * premium + PREMIUM * _tail(source)
        beyond = max(premium - DEAD_BAND, 0.0) + min(premium + DEAD_BAND, 0.0)
        rate = max(min(INTEREST + beyond, MOST_RATE), -MOST_RATE)
        found.append(Decimal(f"{rate:.{RATE_DIGITS}f}"))
    return found


def _tail(source: random.Random) -> float:
    """A move with fat tails and unit variance: Student's t."""
    normal = source.gauss(0, 1)
    spread = source.gammavariate(TAILS / 2, 2)
    return normal / math.sqrt(spread / TAILS) / UNIT


def _jump(series: Series, walk: _Walk, gap: float) -> None:
    """The next minute opens elsewhere, and what follows is lively."""
    walk.price = _at_tick(walk.price * (1 + gap), series.digits)
    walk.excitement = min(walk.excitement + AFTER_GAP, MOST_EXCITEMENT)


def _minute(series: Series, walk: _Walk, source: random.Random, *, shared: float, pulse: float) -> None:
    """One more candle; `pulse` is how lively this minute of the day is, 1 on average."""
    move = shared + OWN * _tail(source)
    excited = math.sqrt(walk.excitement) * pulse
    scale = CALM * excited
    following = 0.03 + PERSISTENCE * walk.excitement + SHOCK * (move * move - 1) * 0.1
    walk.excitement = max(min(following, MOST_EXCITEMENT), LEAST_EXCITEMENT)
    opened = walk.price
    close = opened * math.exp(max(min(move * scale, MOST_MOVE), -MOST_MOVE))
    reach = abs(source.gauss(0, 1)) * scale * 0.6
    dip = abs(source.gauss(0, 1)) * scale * 0.6
    walk.price = _at_tick(close, series.digits)
    series.opens.append(opened)
    series.closes.append(walk.price)
    series.highs.append(_at_tick(max(opened, close) * (1 + reach), series.digits))
    series.lows.append(_at_tick(min(opened, close) * (1 - dip), series.digits))
    traded = math.exp(3 + source.gauss(0, 1)) * excited * (0.5 + 0.6 * abs(move)) * 1000 / opened
    series.volumes.append(round(traded + 1, series.volume_digits))


def _at_tick(price: float, digits: int) -> float:
    return max(round(price, digits), 10.0**-digits)
