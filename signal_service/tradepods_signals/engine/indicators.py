"""Every variable by TA-Lib: a term and a window of candles give an array as long as the window.

Nothing is written by hand that TA-Lib has.
"""

from collections.abc import Callable, Mapping

import numpy as np
import talib

from tradepods_core.strategy.variables import Term
from tradepods_signals.engine.windows import Floats

Params = Mapping[str, float]
HIGH, LOW, CLOSE = 2, 3, 4


def _price(rows: Floats, _params: Params) -> Floats:
    return rows[:, CLOSE]


def _rsi(rows: Floats, params: Params) -> Floats:
    return _of(talib.RSI(rows[:, CLOSE], timeperiod=int(params["period"])))


def _sma(rows: Floats, params: Params) -> Floats:
    return _of(talib.SMA(rows[:, CLOSE], timeperiod=int(params["period"])))


def _ema(rows: Floats, params: Params) -> Floats:
    return _of(talib.EMA(rows[:, CLOSE], timeperiod=int(params["period"])))


def _atr(rows: Floats, params: Params) -> Floats:
    return _of(talib.ATR(rows[:, HIGH], rows[:, LOW], rows[:, CLOSE], timeperiod=int(params["period"])))


def _price_change(rows: Floats, params: Params) -> Floats:
    return _of(talib.ROCP(rows[:, CLOSE], timeperiod=int(params["window"])))


def _trend_state(rows: Floats, params: Params) -> Floats:
    """Sign of EMA(fast) - EMA(slow), 0 while they are within `deadband` % of the price of each other."""
    apart = _ema(rows, {"period": params["fast"]}) - _ema(rows, {"period": params["slow"]})
    quiet = np.abs(apart) <= rows[:, CLOSE] * params["deadband"] / 100
    return np.where(np.isnan(apart), np.nan, np.where(quiet, 0.0, np.sign(apart)))


def _of(values: object) -> Floats:
    return np.asarray(values, dtype=np.float64)


INDICATORS: Mapping[str, Callable[[Floats, Params], Floats]] = {
    "price": _price,
    "rsi": _rsi,
    "sma": _sma,
    "ema": _ema,
    "atr": _atr,
    "price_change": _price_change,
    "trend_state": _trend_state,
}


def values(term: Term, rows: Floats) -> Floats:
    """The term's values, one a candle; NaN where it has not warmed up."""
    columns = np.ascontiguousarray(rows.T).T  # TA-Lib wants each column in one piece
    return INDICATORS[term.var](columns, dict(term.params))
