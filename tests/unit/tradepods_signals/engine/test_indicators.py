"""Indicators: published reference values, values worked out by hand, and a past that the future can't change."""

import math
from collections.abc import Sequence

import numpy as np
import pytest

from support.signals_history import columns, wave
from tradepods_core.strategy.variables import VARIABLES, Term
from tradepods_signals.engine.indicators import INDICATORS, values
from tradepods_signals.engine.windows import Floats

# Wilder's RSI of 14 as StockCharts' ChartSchool publishes it: closes of QQQQ from 14 December 2009 on.
RSI_CLOSES = [
    *(44.3389, 44.0902, 44.1497, 43.6124, 44.3278, 44.8264, 45.0955, 45.4245, 45.8433, 46.0826, 45.8931),
    *(46.0328, 45.6140, 46.2820, 46.2820, 46.0028, 46.0328, 46.4116, 46.2222, 45.6439, 46.2122, 46.2521),
    *(45.7137, 46.4515, 45.7835, 45.3548, 44.0288, 44.1783, 44.2181, 44.5672, 43.4205, 42.6628, 43.1314),
]
RSI_VALUES = [
    *(70.53, 66.32, 66.55, 69.41, 66.36, 57.97, 62.93, 63.26, 56.06, 62.38),
    *(54.71, 50.42, 39.99, 41.46, 41.87, 45.46, 37.30, 33.08, 37.77),
]
# Moving averages of 10 as StockCharts' ChartSchool publishes them: closes of INTC from 24 March 2010 on, rounded.
AVERAGE_CLOSES = [
    *(22.27, 22.19, 22.08, 22.17, 22.18, 22.13, 22.23, 22.43, 22.24, 22.29, 22.15, 22.39, 22.38, 22.61, 23.36),
    *(24.05, 23.75, 23.83, 23.95, 23.63, 23.82, 23.87, 23.65, 23.19, 23.10, 23.33, 22.68, 23.10, 22.40, 22.17),
]
EMA_VALUES = [
    *(22.22, 22.21, 22.24, 22.27, 22.33, 22.52, 22.80, 22.97, 23.13, 23.28, 23.34, 23.43, 23.51, 23.54, 23.47),
    *(23.40, 23.39, 23.26, 23.23, 23.08, 22.92),
]
ROUNDING = 0.011  # the published averages come from closes with more decimals than are published


def _values(var: str, found: Floats | Sequence[float], **params: float) -> list[float]:
    array = found if isinstance(found, np.ndarray) else columns(found)
    return [float(value) for value in values(Term.of(var, params), array)]


def _same(left: Sequence[float], right: Sequence[float]) -> bool:
    return np.array_equal(np.array(left), np.array(right), equal_nan=True)


def test_every_variable_of_the_table_has_its_indicator() -> None:
    """What a strategy may name can be computed."""
    assert INDICATORS.keys() == VARIABLES.keys()


def test_the_rsi_is_the_published_one() -> None:
    """Every value of the published table, to its two decimals."""
    assert _values("rsi", RSI_CLOSES)[14:] == pytest.approx(RSI_VALUES, abs=0.0051)


def test_the_ema_is_the_published_one() -> None:
    """It begins with the simple average, and keeps 9/11 of itself each candle."""
    assert _values("ema", AVERAGE_CLOSES, period=10)[9:] == pytest.approx(EMA_VALUES, abs=ROUNDING)


def test_an_sma_is_the_mean_of_the_latest_closes() -> None:
    """Worked out by hand."""
    assert _values("sma", [1, 2, 3, 7, 20], period=3)[2:] == [2, 4, 10]


def test_an_ema_starts_with_the_mean_and_moves_by_its_weight() -> None:
    """Period 3 moves half of the way: 2, then (2 + 7) / 2, then (4.5 + 20) / 2."""
    assert _values("ema", [1, 2, 3, 7, 20], period=3)[2:] == [2, 4.5, 12.25]


def test_an_rsi_of_only_gains_is_a_hundred_and_of_only_losses_zero() -> None:
    """The two ends of its range."""
    assert _values("rsi", [1, 2, 3, 4], period=3)[-1] == 100
    assert _values("rsi", [4, 3, 2, 1], period=3)[-1] == 0


def test_an_rsi_of_equal_gains_and_losses_is_fifty() -> None:
    """One up, one down."""
    assert _values("rsi", [10, 11, 10], period=2)[-1] == 50


def test_an_atr_is_wilders_average_of_true_ranges() -> None:
    """True ranges 2, 3, 4 (a gap up), 5 (a gap down); the first average is a mean, later ones keep half of it."""
    candles = [(0, 0, 10, 8, 9, 1), (1, 0, 11, 9, 10, 1), (2, 0, 12, 9, 11, 1), (3, 0, 15, 12, 14, 1)]
    found = np.array([*candles, (4, 0, 10, 9, 9.5, 1)], dtype=np.float64).T

    assert _values("atr", found, period=2)[2:] == [2.5, 3.25, 4.125]


@pytest.mark.parametrize(("window", "expected"), [(1, 0.1), (2, 0.375), (3, -0.45)])
def test_a_price_change_is_a_fraction_of_the_earlier_close(window: float, expected: float) -> None:
    """0.1 is +10 %."""
    assert _values("price_change", [200, 80, 100, 110], window=window)[-1] == pytest.approx(expected, abs=1e-12)


def test_the_price_is_the_close() -> None:
    """From the first candle on."""
    assert _values("price", [3, 1, 2]) == [3, 1, 2]


@pytest.mark.parametrize(
    ("closes", "deadband", "expected"),
    [
        ([10, 10, 10, 13], 0.0, 1),
        ([10, 10, 10, 7], 0.0, -1),
        ([10, 10, 10, 10], 0.0, 0),
        ([10, 10, 10, 13], 3.8, 1),
        ([10, 10, 10, 13], 3.9, 0),
        ([10, 10, 10, 7], 7.1, -1),
        ([10, 10, 10, 7], 7.2, 0),
    ],
)
def test_the_trend_is_the_sign_of_two_averages_apart(closes: list[float], deadband: float, expected: float) -> None:
    """EMA(2) is 12 and EMA(3) 11.5 after the rise: 3.85 % of the price apart; after the fall 7.14 %."""
    assert _values("trend_state", closes, fast=2, slow=3, deadband=deadband)[-1] == expected


def test_the_deadbands_edge_belongs_to_it() -> None:
    """EMA(3) is 14 and EMA(7) 13 at a price of 16: apart by exactly 6.25 %, which is no trend yet."""
    closes = [12.0] * 7 + [16.0]

    assert (_values("ema", closes, period=3)[-1], _values("ema", closes, period=7)[-1]) == (14, 13)
    assert _values("trend_state", closes, fast=3, slow=7, deadband=6.25)[-1] == 0
    assert _values("trend_state", closes, fast=3, slow=7, deadband=6.24)[-1] == 1


@pytest.mark.parametrize(
    ("var", "params", "first"),
    [
        ("price", {}, 0),
        ("sma", {"period": 5}, 4),
        ("ema", {"period": 5}, 4),
        ("rsi", {"period": 5}, 5),
        ("atr", {"period": 5}, 5),
        ("price_change", {"window": 5}, 5),
        ("trend_state", {"fast": 5, "slow": 9, "deadband": 0}, 8),
    ],
)
def test_there_is_no_value_before_there_are_candles_for_it(var: str, params: dict[str, float], first: int) -> None:
    """NaN stands there, never a number that looks like one; it is as long as the window."""
    found = _values(var, wave(20), **params)

    assert [math.isnan(value) for value in found] == [n < first for n in range(20)]


@pytest.mark.parametrize("var", sorted(VARIABLES))
def test_too_few_candles_give_no_value(var: str) -> None:
    """One candle is enough for what a candle itself says."""
    found = _values(var, [100.0])

    assert len(found) == 1
    assert math.isnan(found[0]) == (var not in {"price", "volume"})


def test_computing_changes_no_candle() -> None:
    """The window's rows are read only."""
    found = columns(wave(50))
    before = found.copy()
    for var in VARIABLES:
        _values(var, found)

    assert np.array_equal(found, before)
