"""Every market variable by TA-Lib: a term and columns of candles give an array as long as they are.

Nothing is written by hand that TA-Lib has. Variables that one function gives together are computed together.
"""

from collections.abc import Callable, Mapping

import numpy as np
import talib

from tradepods_core.strategy.variables import Term
from tradepods_signals.engine.windows import Floats

Params = Mapping[str, float]
Series = tuple[Floats, ...]
HIGH, LOW, CLOSE, VOLUME = 2, 3, 4, 5


def _price(columns: Floats, _params: Params) -> Series:
    return (columns[CLOSE],)


def _volume(columns: Floats, _params: Params) -> Series:
    return (columns[VOLUME],)


def _sma(columns: Floats, params: Params) -> Series:
    return (talib.SMA(columns[CLOSE], timeperiod=int(params["period"])),)


def _ema(columns: Floats, params: Params) -> Series:
    return (talib.EMA(columns[CLOSE], timeperiod=int(params["period"])),)


def _wma(columns: Floats, params: Params) -> Series:
    return (talib.WMA(columns[CLOSE], timeperiod=int(params["period"])),)


def _macd(columns: Floats, params: Params) -> Series:
    fast, slow, signal = (int(params[name]) for name in ("fast", "slow", "signal"))
    return tuple(talib.MACD(columns[CLOSE], fastperiod=fast, slowperiod=slow, signalperiod=signal))


def _bollinger(columns: Floats, params: Params) -> Series:
    apart = params["deviations"]
    return tuple(talib.BBANDS(columns[CLOSE], timeperiod=int(params["period"]), nbdevup=apart, nbdevdn=apart))


def _rsi(columns: Floats, params: Params) -> Series:
    return (talib.RSI(columns[CLOSE], timeperiod=int(params["period"])),)


def _atr(columns: Floats, params: Params) -> Series:
    return (talib.ATR(columns[HIGH], columns[LOW], columns[CLOSE], timeperiod=int(params["period"])),)


def _adx(columns: Floats, params: Params) -> Series:
    return (talib.ADX(columns[HIGH], columns[LOW], columns[CLOSE], timeperiod=int(params["period"])),)


def _stochastic(columns: Floats, params: Params) -> Series:
    return tuple(
        talib.STOCH(
            columns[HIGH],
            columns[LOW],
            columns[CLOSE],
            fastk_period=int(params["period"]),
            slowk_period=int(params["smooth_k"]),
            slowd_period=int(params["smooth_d"]),
        )
    )


def _cci(columns: Floats, params: Params) -> Series:
    return (talib.CCI(columns[HIGH], columns[LOW], columns[CLOSE], timeperiod=int(params["period"])),)


def _mfi(columns: Floats, params: Params) -> Series:
    high, low, close, volume = columns[HIGH], columns[LOW], columns[CLOSE], columns[VOLUME]
    return (talib.MFI(high, low, close, volume, timeperiod=int(params["period"])),)


def _obv(columns: Floats, params: Params) -> Series:
    """What TA-Lib's running total has gained over the window: the total itself depends on where history began."""
    return (_later_by(int(params["window"]), talib.OBV(columns[CLOSE], columns[VOLUME])),)


def _later_by(window: int, total: Floats) -> Floats:
    gained = np.full_like(total, np.nan)
    gained[window:] = total[window:] - total[:-window]
    return gained


def _vwap(columns: Floats, params: Params) -> Series:
    typical = talib.TYPPRICE(columns[HIGH], columns[LOW], columns[CLOSE])
    return (talib.VWMA(typical, columns[VOLUME], timeperiod=int(params["period"])),)


def _highest(columns: Floats, params: Params) -> Series:
    return (_shifted(talib.MAX(columns[HIGH], timeperiod=int(params["period"])), int(params["shift"])),)


def _lowest(columns: Floats, params: Params) -> Series:
    return (_shifted(talib.MIN(columns[LOW], timeperiod=int(params["period"])), int(params["shift"])),)


def _shifted(values: Floats, by: int) -> Floats:
    shifted = np.full_like(values, np.nan)
    shifted[by:] = values[: len(values) - by]
    return shifted


def _volume_ratio(columns: Floats, params: Params) -> Series:
    return (talib.RVOL(columns[VOLUME], timeperiod=int(params["period"])),)


def _price_change(columns: Floats, params: Params) -> Series:
    return (talib.ROCP(columns[CLOSE], timeperiod=int(params["window"])),)


def _trend_state(columns: Floats, params: Params) -> Series:
    """Sign of EMA(fast) - EMA(slow), 0 while they are within `deadband` % of the price of each other."""
    close = columns[CLOSE]
    apart = talib.EMA(close, timeperiod=int(params["fast"])) - talib.EMA(close, timeperiod=int(params["slow"]))
    quiet = np.abs(apart) <= close * params["deadband"] / 100
    return (np.where(np.isnan(apart), np.nan, np.where(quiet, 0.0, np.sign(apart))),)


Function = Callable[[Floats, Params], Series]

INDICATORS: Mapping[str, tuple[Function, int]] = {  # what computes a variable, and which of its series it is
    "price": (_price, 0),
    "volume": (_volume, 0),
    "sma": (_sma, 0),
    "ema": (_ema, 0),
    "wma": (_wma, 0),
    "macd": (_macd, 0),
    "macd_signal": (_macd, 1),
    "macd_hist": (_macd, 2),
    "bollinger_upper": (_bollinger, 0),
    "bollinger_middle": (_bollinger, 1),
    "bollinger_lower": (_bollinger, 2),
    "rsi": (_rsi, 0),
    "atr": (_atr, 0),
    "adx": (_adx, 0),
    "stochastic_k": (_stochastic, 0),
    "stochastic_d": (_stochastic, 1),
    "cci": (_cci, 0),
    "mfi": (_mfi, 0),
    "obv": (_obv, 0),
    "vwap": (_vwap, 0),
    "highest": (_highest, 0),
    "lowest": (_lowest, 0),
    "volume_ratio": (_volume_ratio, 0),
    "price_change": (_price_change, 0),
    "trend_state": (_trend_state, 0),
}


def values(term: Term, columns: Floats) -> Floats:
    """The term's values, one a candle; NaN where it has not warmed up."""
    function, output = INDICATORS[term.var]
    return np.asarray(function(columns, dict(term.params))[output], dtype=np.float64)
