"""One cycle of 200 symbols, 500 candles, 20 variables, 10 strategies; beside it the same by pandas, as bots do it.

The baseline is written as a freqtrade strategy is: `populate_indicators` and `populate_entry_trend` on a DataFrame a
pair, with TA-Lib's abstract functions; each strategy computes only what it reads itself. Both find the same signals.
"""

import functools
import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from talib import abstract

from benchmarks.figures import Figure
from support.build import FIVE, NOON
from support.markets import random_market
from support.signals_history import entry, strategy
from tradepods_core.strategy.model import Strategy
from tradepods_core.wire.cycle import Cycle
from tradepods_signals.engine.compute import Moment, compute
from tradepods_signals.engine.cooldown import Cooldowns
from tradepods_signals.engine.plan import TimeframePlan, make_plan
from tradepods_signals.engine.values import Windows
from tradepods_signals.engine.windows import Window
from tradepods_signals.ports.market import Candle

Json = dict[str, Any]
SYMBOLS, CANDLES, STRATEGIES = 200, 500, 10
ROUNDS, BASELINE_ROUNDS = 30, 3
MOMENT = Moment(close=NOON, published_at=NOON, step=None)
ta: Any = abstract  # its types know arrays only
Column = Callable[[pd.DataFrame], Any]


def _macd(column: str) -> Column:
    return lambda frame: ta.MACD(frame, fastperiod=12, slowperiod=26, signalperiod=9)[column]


def _bands(column: str) -> Column:
    return lambda frame: ta.BBANDS(frame, timeperiod=20, nbdevup=2.0, nbdevdn=2.0)[column]


def _stochastic(column: str) -> Column:
    return lambda frame: ta.STOCH(frame, fastk_period=14, slowk_period=3, slowd_period=3)[column]


def _vwap(frame: pd.DataFrame) -> Any:
    typical = (frame["high"] + frame["low"] + frame["close"]) / 3
    return (typical * frame["volume"]).rolling(20).sum() / frame["volume"].rolling(20).sum()


def _obv(frame: pd.DataFrame) -> Any:
    total = ta.OBV(frame)
    return total - total.shift(100)


BASELINE: Mapping[str, Column] = {
    "rsi": lambda frame: ta.RSI(frame, timeperiod=14),
    "sma": lambda frame: ta.SMA(frame, timeperiod=20),
    "ema": lambda frame: ta.EMA(frame, timeperiod=20),
    "wma": lambda frame: ta.WMA(frame, timeperiod=20),
    "macd": _macd("macd"),
    "macd_signal": _macd("macdsignal"),
    "macd_hist": _macd("macdhist"),
    "bollinger_upper": _bands("upperband"),
    "bollinger_middle": _bands("middleband"),
    "bollinger_lower": _bands("lowerband"),
    "atr": lambda frame: ta.ATR(frame, timeperiod=14),
    "adx": lambda frame: ta.ADX(frame, timeperiod=10),
    "stochastic_k": _stochastic("slowk"),
    "stochastic_d": _stochastic("slowd"),
    "cci": lambda frame: ta.CCI(frame, timeperiod=20),
    "mfi": lambda frame: ta.MFI(frame, timeperiod=14),
    "obv": _obv,
    "vwap": _vwap,
    "highest": lambda frame: ta.MAX(frame, timeperiod=20, price="high"),
    "lowest": lambda frame: ta.MIN(frame, timeperiod=20, price="low"),
}
PARAMS: Mapping[str, Mapping[str, float]] = {"adx": {"period": 10}}  # of 14 it would need 650 candles


def _against(left: str, op: str, right: str | float) -> Json:
    condition: Json = {"var": left, "params": dict(PARAMS.get(left, {})), "op": op}
    return {**condition, "ref": {"var": right}} if isinstance(right, str) else {**condition, "value": right}


IDEAS: tuple[tuple[Json, ...], ...] = (
    (_against("rsi", "<", 45.0), _against("sma", ">", "ema")),
    (_against("macd", "crosses_above", "macd_signal"), _against("macd_hist", ">", 0.0)),
    (_against("bollinger_upper", ">", "highest"), _against("bollinger_middle", ">", "wma")),
    (_against("bollinger_lower", "<", "lowest"), _against("atr", ">", 0.1)),
    (_against("adx", ">", 20.0), _against("stochastic_k", ">", "stochastic_d")),
    (_against("cci", ">", 50.0), _against("mfi", ">", 50.0)),
    (_against("obv", ">", 0.0), _against("vwap", "<", "sma")),
    (_against("stochastic_k", "crosses_above", "stochastic_d"), _against("rsi", "<", 60.0)),
    (_against("ema", "crosses_below", "wma"), _against("adx", "<", 40.0)),
    (_against("highest", ">", "bollinger_upper"), _against("lowest", "<", "bollinger_lower")),
)


async def measure(_folder: Path) -> Iterable[Figure]:
    """A cycle, its bytes, a new candle in a long window; and the baseline's analysis."""
    names = [f"C{number}/USDT:USDT" for number in range(SYMBOLS)]
    history = {name: random_market(CANDLES, seed=number) for number, name in enumerate(names)}
    strategies = [strategy(entry(*idea), name=f"s{n}", symbols=names) for n, idea in enumerate(IDEAS)]
    plan = make_plan(strategies)[FIVE]
    cycles, encoded, cycle = _cycles(_windows(history), plan)
    frames = {name: pd.DataFrame(candles).rename(columns={"opened": "open"}) for name, candles in history.items()}
    analysed, found = _analysed(strategies, frames)
    same = found == {(signal.strategy, signal.symbol) for signal in cycle.signals}
    if not same or len(plan.terms) != len(BASELINE):
        raise RuntimeError("the two don't compute the same")
    what = f"{SYMBOLS} symbols, {CANDLES} candles, {len(plan.terms)} variables, {STRATEGIES} strategies"
    return [
        Figure(name=f"a cycle: {what}", unit="ms", samples=cycles),
        Figure(name=f"the same by pandas, {len(cycle.signals)} signals in both", unit="ms", samples=analysed),
        Figure(name="pandas / cycle, medians", unit="x", samples=[_median(analysed) / _median(cycles)]),
        Figure(name="its JSON", unit="ms", samples=encoded),
        *_new_candles(),
    ]


def _median(samples: list[float]) -> float:
    return sorted(samples)[len(samples) // 2]


def _timed(samples: list[float], run: Callable[[], Any]) -> Any:
    begun = time.perf_counter()
    found = run()
    samples.append((time.perf_counter() - begun) * 1000)
    return found


def _windows(history: Mapping[str, list[Candle]]) -> Windows:
    found = {name: Window(FIVE, CANDLES) for name in history}
    for name, candles in history.items():
        found[name].extend(candles, until=NOON)
    return {FIVE: found}


def _cycles(windows: Windows, plan: TimeframePlan) -> tuple[list[float], list[float], Cycle]:
    cycles: list[float] = []
    encoded: list[float] = []
    cycle = compute(windows, plan=plan, moment=MOMENT, cooldowns=Cooldowns())
    for _ in range(ROUNDS):
        _timed(cycles, lambda: compute(windows, plan=plan, moment=MOMENT, cooldowns=Cooldowns()))
        _timed(encoded, lambda: cycle.model_dump_json(by_alias=True))
    return cycles, encoded, cycle


def _analysed(strategies: list[Strategy], frames: Mapping[str, pd.DataFrame]) -> tuple[list[float], set[Any]]:
    samples: list[float] = []
    found: set[Any] = set()
    for _ in range(BASELINE_ROUNDS):
        found = _timed(samples, lambda: set(_signals(strategies, frames)))
    return samples, found


def _signals(strategies: list[Strategy], frames: Mapping[str, pd.DataFrame]) -> Iterator[tuple[str, str]]:
    """As one bot a strategy would: every pair's DataFrame is analysed, its last row is looked at."""
    for (number, one), (name, frame) in itertools.product(enumerate(strategies), frames.items()):
        analysed = _populate_entry_trend(_populate_indicators(frame.copy(), IDEAS[number]), IDEAS[number])
        if analysed["enter_long"].iloc[-1] == 1:
            yield one.name, name


def _populate_indicators(frame: pd.DataFrame, idea: tuple[Json, ...]) -> pd.DataFrame:
    for condition in idea:
        for side in (condition, condition.get("ref", {})):
            if "var" in side and side["var"] not in frame:
                frame[side["var"]] = BASELINE[side["var"]](frame)
    return frame


def _populate_entry_trend(frame: pd.DataFrame, idea: tuple[Json, ...]) -> pd.DataFrame:
    held: Any = True
    for condition in idea:
        held &= _held(frame, condition)
    frame["enter_long"] = 0
    frame.loc[held, "enter_long"] = 1
    return frame


def _held(frame: pd.DataFrame, condition: Json) -> Any:
    left = frame[condition["var"]]
    right = frame[condition["ref"]["var"]] if "ref" in condition else condition["value"]
    match condition["op"]:
        case "<":
            return left < right
        case ">":
            return left > right
        case "crosses_above":
            return (left > right) & (left.shift(1) <= right.shift(1))
        case _:
            return (left < right) & (left.shift(1) >= right.shift(1))


def _new_candles() -> Iterator[Figure]:
    """What a candle costs that comes to windows of different length."""
    for length in (500, 5_000):
        candles = random_market(length + 1_000, seed=1)
        window = Window(FIVE, length)
        window.extend(candles[:length], until=NOON)
        samples: list[float] = []
        for candle in candles[length:]:
            _timed(samples, functools.partial(window.extend, [candle], until=NOON))
        yield Figure(name=f"a new candle in a window of {length:,}", unit="us", samples=[s * 1000 for s in samples])
