"""The demo's strategies: three ideas on two timeframes, each for both sides."""

from collections.abc import Sequence
from typing import Any

Json = dict[str, Any]
RSI: Json = {"var": "rsi", "params": {"period": 14}}
TREND: Json = {"var": "trend_state", "params": {"fast": 20, "slow": 50}}
HALF_AN_HOUR: Json = {"var": "price_change", "params": {"window": 6}}
AVERAGE: Json = {"var": "ema", "params": {"period": 20}}


def strategies(symbols: Sequence[str]) -> dict[str, Json]:
    """Their specs by name, for a market of these symbols.

    rsi-swing buys exhausted falls, momentum goes with quick moves, ema-pullback with a trend that picks up again.
    """
    return {
        "rsi-swing": _both_sides(
            "5m",
            symbols,
            long=("rsi_oversold", [{**RSI, "op": "<", "value": 28}, {**TREND, "op": "<=", "value": 0}]),
            short=("rsi_overbought", [{**RSI, "op": ">", "value": 72}, {**TREND, "op": ">=", "value": 0}]),
        ),
        "momentum": _both_sides(
            "5m",
            symbols,
            long=("quick_rise", [{**HALF_AN_HOUR, "op": ">", "value": 0.01}, {**TREND, "op": "==", "value": 1}]),
            short=("quick_fall", [{**HALF_AN_HOUR, "op": "<", "value": -0.01}, {**TREND, "op": "==", "value": -1}]),
        ),
        "ema-pullback": _both_sides(
            "15m",
            symbols,
            long=("rise_resumed", [_crosses("crosses_above"), {**TREND, "op": "==", "value": 1}]),
            short=("fall_resumed", [_crosses("crosses_below"), {**TREND, "op": "==", "value": -1}]),
        ),
    }


def _crosses(op: str) -> Json:
    return {"var": "price", "op": op, "ref": AVERAGE}


def _both_sides(timeframe: str, symbols: Sequence[str], **sides: tuple[str, list[Json]]) -> Json:
    entries = [
        {"side": side, "type": kind, "strength": 1, "when": {"all": all_}} for side, (kind, all_) in sides.items()
    ]
    return {"timeframe": timeframe, "universe": {"top": 0, "include": list(symbols)}, "entries": entries}
