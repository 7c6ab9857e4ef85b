"""The market variables: computed from closed candles, once, in the signal service."""

from tradepods_core.strategy.vocabulary import Group, Param, Params, Variable, exponential, wilders

AVERAGED = Param(default=20, least=2, most=500)
LONG = Param(default=20, least=2, most=1000)
WILDER = Param(default=14, least=2, most=500)
SMOOTHED = Param(default=3, least=1, most=100)
MACD = {
    "fast": Param(default=12, least=2, most=500),
    "slow": Param(default=26, least=2, most=500),
    "signal": Param(default=9, least=1, most=500),
}
BANDS = {"period": LONG, "deviations": Param(default=2, least=0.1, most=10, whole=False)}
STOCHASTIC = {"period": Param(default=14, least=1, most=1000), "smooth_k": SMOOTHED, "smooth_d": SMOOTHED}
EXTREME = {"period": LONG, "shift": Param(default=0, least=0, most=1000)}
TREND = {
    "fast": AVERAGED,
    "slow": Param(default=50, least=2, most=500),
    "deadband": Param(default=0.1, least=0, most=10, whole=False),
}


def _newest(_params: Params) -> int:
    return 1


def _period(params: Params) -> int:
    return int(params["period"])


def _period_and_one(params: Params) -> int:
    return int(params["period"]) + 1


def _ema(params: Params) -> int:
    return int(params["period"]) + exponential(params["period"])


def _wilder(params: Params) -> int:
    return int(params["period"]) + 1 + wilders(params["period"])


def _adx(params: Params) -> int:
    """Wilder's smoothing twice: of the movements, then of what they give."""
    return 2 * (int(params["period"]) + wilders(params["period"]))


def _macd(params: Params) -> int:
    """The signal line averages what the slow average has begun."""
    slow, signal = params["slow"], params["signal"]
    return int(slow + signal) + exponential(slow) + (exponential(signal) if signal > 1 else 0)


def _stochastic(params: Params) -> int:
    return int(params["period"] + params["smooth_k"] + params["smooth_d"]) - 2


def _extreme(params: Params) -> int:
    return int(params["period"] + params["shift"])


def _window(params: Params) -> int:
    return int(params["window"]) + 1


def _trend(params: Params) -> int:
    return int(params["slow"]) + exponential(params["slow"])


def _variable(name: str, group: Group, says: str, params: dict[str, Param] | None = None) -> Variable:
    """Most look at `period` candles."""
    return Variable(name=name, group=group, says=says, params=params or {"period": LONG}, warmup=_period)


MARKET = (
    Variable(name="price", group=Group.PRICE, params={}, warmup=_newest, says="close of the candle, quote"),
    Variable(name="volume", group=Group.VOLUME, params={}, warmup=_newest, says="volume of the candle, base"),
    _variable("sma", Group.PRICE, "simple moving average of closes, quote"),
    _variable("wma", Group.PRICE, "linearly weighted moving average of closes, quote"),
    Variable(
        name="ema",
        group=Group.PRICE,
        params={"period": AVERAGED},
        warmup=_ema,
        says="exponential moving average of closes, quote",
    ),
    *(
        Variable(name=name, group=Group.PRICE, params=MACD, warmup=_macd, says=says, ascending=("fast", "slow"))
        for name, says in (
            ("macd", "EMA(fast) - EMA(slow) of closes, quote"),
            ("macd_signal", "EMA(signal) of macd, quote"),
            ("macd_hist", "macd - macd_signal, quote"),
        )
    ),
    *(
        _variable(f"bollinger_{band}", Group.PRICE, says, BANDS)
        for band, says in (
            ("upper", "SMA plus `deviations` standard deviations of closes, quote"),
            ("middle", "SMA of closes, quote"),
            ("lower", "SMA minus `deviations` standard deviations of closes, quote"),
        )
    ),
    Variable(
        name="rsi",
        group=Group.PERCENT,
        params={"period": WILDER},
        warmup=_wilder,
        says="Wilder's relative strength index, 0 to 100",
    ),
    Variable(
        name="atr",
        group=Group.PRICE,
        params={"period": WILDER},
        warmup=_wilder,
        says="Wilder's average true range, quote",
    ),
    Variable(
        name="adx",
        group=Group.PERCENT,
        params={"period": Param(default=14, least=2, most=200)},
        warmup=_adx,
        says="Wilder's average directional index, 0 to 100: how strong a trend is, whichever way",
    ),
    *(
        Variable(name=name, group=Group.PERCENT, params=STOCHASTIC, warmup=_stochastic, says=says)
        for name, says in (
            ("stochastic_k", "close within the range of `period` candles, averaged over `smooth_k`, 0 to 100"),
            ("stochastic_d", "stochastic_k averaged over `smooth_d`, 0 to 100"),
        )
    ),
    _variable("cci", Group.RATIO, "commodity channel index: typical price against its mean, in 0.015 mean deviations"),
    Variable(
        name="mfi",
        group=Group.PERCENT,
        params={"period": WILDER},
        warmup=_period_and_one,
        says="money flow index, 0 to 100: an RSI weighted by volume",
    ),
    Variable(
        name="obv",
        group=Group.VOLUME,
        params={"window": Param(default=100, least=1, most=2000)},
        warmup=_window,
        says="on-balance volume of the last `window` candles, base: it has no beginning otherwise",
    ),
    _variable("vwap", Group.PRICE, "typical price of the last `period` candles, weighted by volume, quote"),
    *(
        Variable(
            name=name,
            group=Group.PRICE,
            params=EXTREME,
            warmup=_extreme,
            says=f"{name} {side} of `period` candles, the newest `shift` candles left out, quote",
        )
        for name, side in (("highest", "high"), ("lowest", "low"))
    ),
    Variable(
        name="volume_ratio",
        group=Group.RATIO,
        params={"period": LONG},
        warmup=_period_and_one,
        says="volume against the mean of the `period` candles before: 2 is twice the usual",
    ),
    Variable(
        name="price_change",
        group=Group.RATIO,
        params={"window": Param(default=1, least=1, most=2000)},
        warmup=_window,
        says="close against the close `window` candles before, as a fraction: 0.02 is +2 %",
    ),
    Variable(
        name="trend_state",
        group=Group.STATE,
        params=TREND,
        warmup=_trend,
        says="sign of EMA(fast) - EMA(slow); 0 within `deadband` % of the price",
        ascending=("fast", "slow"),
    ),
)
