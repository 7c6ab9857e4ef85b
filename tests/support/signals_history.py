"""Builders of candles, windows and strategies."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np

from support.build import BTC, ETH, FIVE, NOON
from tradepods_core.shapes import Symbol
from tradepods_core.strategy.checking import read_strategy
from tradepods_core.strategy.model import Strategy
from tradepods_core.times import Timeframe, to_ms
from tradepods_signals.engine.plan import TimeframePlan, make_plan
from tradepods_signals.engine.windows import Floats, Window
from tradepods_signals.ports.market import Candle

OVERSOLD: dict[str, Any] = {"var": "rsi", "params": {"period": 2}, "op": "<", "value": 30}
OVERBOUGHT: dict[str, Any] = {"var": "rsi", "params": {"period": 2}, "op": ">", "value": 70}
ABOVE_100: dict[str, Any] = {"var": "price", "op": ">", "value": 100}


def candles(closes: Sequence[float], *, until: datetime = NOON, timeframe: Timeframe = FIVE) -> list[Candle]:
    """Candles in a row with these closes, half a unit high and low around them; the last closes at `until`."""
    length = timeframe.seconds * 1000
    first = to_ms(until) - len(closes) * length
    return [Candle(first + n * length, c, c + 0.5, c - 0.5, c, 10.0) for n, c in enumerate(closes)]


def columns(closes: Sequence[float]) -> Floats:
    """The same as a window's columns."""
    return np.array(candles(closes), dtype=np.float64).T


def window(closes: Sequence[float], *, until: datetime = NOON, keep: int = 5_000) -> Window:
    """A five-minute window that holds candles with these closes."""
    found = Window(FIVE, keep)
    found.extend(candles(closes, until=until), until=until)
    return found


def wave(count: int, *, seed: int = 1, start: float = 100.0) -> list[float]:
    """Closes of a random walk that never comes near zero; the same seed, the same walk."""
    moves = np.random.default_rng(seed).normal(0, 0.002, count)
    return [float(price) for price in start * np.exp(np.cumsum(moves))]


def entry(*conditions: Mapping[str, Any], side: str = "long", **changes: Any) -> dict[str, Any]:
    """An entry rule as a person writes it: all of these conditions."""
    return {"side": side, "type": "test", "when": {"all": list(conditions or (OVERSOLD,))}, **changes}


def strategy(
    *entries: Mapping[str, Any], name: str = "swing", symbols: Sequence[Symbol] = (BTC, ETH), **changes: Any
) -> Strategy:
    """A five-minute strategy on these symbols."""
    universe = {"top": 0, "include": list(symbols)}
    spec = {"timeframe": "5m", "universe": universe, "entries": list(entries or (entry(),)), **changes}
    return Strategy(namespace="default", name=name, spec=read_strategy(spec))


def plan_of(*strategies: Strategy) -> TimeframePlan:
    """The five-minute plan of these strategies."""
    return make_plan(strategies or (strategy(),))[FIVE]
