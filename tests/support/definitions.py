"""The variables by their published definitions, in plain arithmetic over whole histories: slow, of no library."""

import itertools
import math
from collections.abc import Callable, Mapping, Sequence

from tradepods_signals.ports.market import Candle

Params = Mapping[str, float]
History = Sequence[Candle]


def mean(values: Sequence[float]) -> float:
    """Exact but for the last bit."""
    return math.fsum(values) / len(values)


def averaged(values: Sequence[float], period: int, weight: float) -> list[float]:
    """A recursion that begins with the mean of the first `period` values and moves by `weight` of the way."""
    found = [mean(values[:period])]
    for value in values[period:]:
        found.append(found[-1] + weight * (value - found[-1]))
    return found


def ema(values: Sequence[float], period: float) -> list[float]:
    """Exponential, by its usual weight."""
    return averaged(values, int(period), 2 / (period + 1))


def closes(history: History) -> list[float]:
    """Of each candle."""
    return [candle.close for candle in history]


def typical(history: History) -> list[float]:
    """Mean of high, low and close."""
    return [(candle.high + candle.low + candle.close) / 3 for candle in history]


def wma(history: History, params: Params) -> float:
    """The newest close counts as often as there are closes, the oldest once."""
    latest = closes(history)[-int(params["period"]) :]
    weights = range(1, len(latest) + 1)
    return sum(w * c for w, c in zip(weights, latest, strict=True)) / sum(weights)


def macd_line(history: History, params: Params) -> list[float]:
    """From the candle on at which the slow average begins."""
    slow = ema(closes(history), params["slow"])
    fast = ema(closes(history), params["fast"])[-len(slow) :]
    return [quick - calm for quick, calm in zip(fast, slow, strict=True)]


def macd_signal(history: History, params: Params) -> float:
    """The average of the line."""
    return ema(macd_line(history, params), params["signal"])[-1]


def band(history: History, params: Params, side: int) -> float:
    """With the deviation of all closes, not of a sample."""
    latest = closes(history)[-int(params["period"]) :]
    middle = mean(latest)
    return middle + side * params["deviations"] * math.sqrt(mean([(c - middle) ** 2 for c in latest]))


def rsi(history: History, params: Params) -> float:
    """Wilder's: gains against gains and losses, each smoothed."""
    series, period = closes(history), int(params["period"])
    moves = [later - earlier for earlier, later in itertools.pairwise(series)]
    gain = averaged([max(move, 0) for move in moves], period, 1 / period)[-1]
    loss = averaged([max(-move, 0) for move in moves], period, 1 / period)[-1]
    return 100 * gain / (gain + loss)


def true_ranges(history: History) -> list[float]:
    """From the second candle on."""
    return [max(now.high, before.close) - min(now.low, before.close) for before, now in itertools.pairwise(history)]


def atr(history: History, params: Params) -> float:
    """Wilder's average of true ranges."""
    period = int(params["period"])
    return averaged(true_ranges(history), period, 1 / period)[-1]


def adx(history: History, params: Params) -> float:
    """Wilder's: the smoothed strength of the greater movement."""
    period = int(params["period"])
    ups, downs = [], []
    for before, now in itertools.pairwise(history):
        up, down = now.high - before.high, before.low - now.low
        ups.append(up if up > down and up > 0 else 0.0)
        downs.append(down if down > up and down > 0 else 0.0)
    plus, minus = (averaged(moves, period, 1 / period) for moves in (ups, downs))
    strengths = [100 * abs(p - m) / (p + m) if p + m else 0.0 for p, m in zip(plus, minus, strict=True)]
    return averaged(strengths, period, 1 / period)[-1]


def stochastic_k(history: History, params: Params) -> float:
    """The slow one: raw values averaged."""
    period = int(params["period"])
    raw = []
    for end in range(len(history) - int(params["smooth_k"]) + 1, len(history) + 1):
        latest = history[end - period : end]
        low, high = min(candle.low for candle in latest), max(candle.high for candle in latest)
        raw.append(100 * (latest[-1].close - low) / (high - low))
    return mean(raw)


def stochastic_d(history: History, params: Params) -> float:
    """The average of the slow one."""
    ends = range(len(history) - int(params["smooth_d"]) + 1, len(history) + 1)
    return mean([stochastic_k(history[:end], params) for end in ends])


def cci(history: History, params: Params) -> float:
    """Lambert's."""
    latest = typical(history)[-int(params["period"]) :]
    middle = mean(latest)
    return (latest[-1] - middle) / (0.015 * mean([abs(value - middle) for value in latest]))


def mfi(history: History, params: Params) -> float:
    """Turnover into the market against all turnover."""
    prices, period = typical(history), int(params["period"])
    flows = [
        (now > before, now * candle.volume)
        for before, now, candle in zip(prices, prices[1:], history[1:], strict=False)
        if now != before
    ][-period:]
    into = math.fsum(flow for up, flow in flows if up)
    return 100 * into / math.fsum(flow for _, flow in flows)


def obv(history: History, params: Params) -> float:
    """Volume with the sign of the move."""
    latest = history[-int(params["window"]) - 1 :]
    return math.fsum(
        now.volume * ((now.close > before.close) - (now.close < before.close))
        for before, now in itertools.pairwise(latest)
    )


def vwap(history: History, params: Params) -> float:
    """Turnover by volume."""
    latest = history[-int(params["period"]) :]
    turnover = math.fsum(price * candle.volume for price, candle in zip(typical(latest), latest, strict=True))
    return turnover / math.fsum(candle.volume for candle in latest)


def left_out(history: History, params: Params) -> History:
    """The candles of an extreme: without the newest `shift`."""
    shift = int(params["shift"])
    return history[: len(history) - shift][-int(params["period"]) :]


def volume_ratio(history: History, params: Params) -> float:
    """Against the candles before."""
    return history[-1].volume / mean([candle.volume for candle in history[-int(params["period"]) - 1 : -1]])


def trend(history: History, params: Params) -> float:
    """Within the deadband there is none."""
    apart = ema(closes(history), params["fast"])[-1] - ema(closes(history), params["slow"])[-1]
    return 0 if abs(apart) <= history[-1].close * params["deadband"] / 100 else math.copysign(1, apart)


DEFINITIONS: Mapping[str, Callable[[History, Params], float]] = {
    "price": lambda h, _: h[-1].close,
    "volume": lambda h, _: h[-1].volume,
    "sma": lambda h, p: mean(closes(h)[-int(p["period"]) :]),
    "wma": wma,
    "ema": lambda h, p: ema(closes(h), p["period"])[-1],
    "macd": lambda h, p: macd_line(h, p)[-1],
    "macd_signal": macd_signal,
    "macd_hist": lambda h, p: macd_line(h, p)[-1] - macd_signal(h, p),
    "bollinger_upper": lambda h, p: band(h, p, 1),
    "bollinger_middle": lambda h, p: band(h, p, 0),
    "bollinger_lower": lambda h, p: band(h, p, -1),
    "rsi": rsi,
    "atr": atr,
    "adx": adx,
    "stochastic_k": stochastic_k,
    "stochastic_d": stochastic_d,
    "cci": cci,
    "mfi": mfi,
    "obv": obv,
    "vwap": vwap,
    "highest": lambda h, p: max(candle.high for candle in left_out(h, p)),
    "lowest": lambda h, p: min(candle.low for candle in left_out(h, p)),
    "volume_ratio": volume_ratio,
    "price_change": lambda h, p: h[-1].close / h[-1 - int(p["window"])].close - 1,
    "trend_state": trend,
}
