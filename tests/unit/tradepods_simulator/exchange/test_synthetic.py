"""The synthetic market: the same seed, the same candles; and features that make trading code work for its living."""

from collections.abc import Mapping
from functools import cache

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradepods_simulator.exchange.candles import Series
from tradepods_simulator.exchange.synthetic import FIRST_MS, STARTS, generate

MINUTES = 4_000
SEED = 7


@cache
def _history(seed: int = SEED) -> Mapping[str, Series]:
    return generate(seed=seed, minutes=MINUTES)


def _moves(name: str) -> npt.NDArray[np.float64]:
    return np.diff(np.log(np.array(_history()[name].closes)))


def test_there_is_every_symbol_and_as_many_minutes_as_asked_for() -> None:
    """All of them over the same time, from the same day on."""
    found = _history()

    assert found.keys() == STARTS.keys()
    assert {(one.start_ms, len(one.opens), len(one.volumes)) for one in found.values()} == {
        (FIRST_MS, MINUTES, MINUTES)
    }


def test_the_same_seed_gives_the_same_candles() -> None:
    """On every machine and in every run."""
    assert generate(seed=3, minutes=50) == generate(seed=3, minutes=50)


def test_a_longer_history_begins_as_a_shorter_one() -> None:
    """Asking for more changes nothing about what comes first."""
    long, short = generate(seed=3, minutes=60), generate(seed=3, minutes=50)

    assert all(long[name].closes[:50] == one.closes for name, one in short.items())


@given(seeds=st.lists(st.integers(0, 2**31), min_size=2, max_size=2, unique=True))
@settings(max_examples=20)
def test_another_seed_gives_other_candles(seeds: list[int]) -> None:
    """In every symbol."""
    first, second = (generate(seed=seed, minutes=50) for seed in seeds)

    assert all(first[name].closes != second[name].closes for name in STARTS)


@given(seed=st.integers(0, 2**31))
@settings(max_examples=20)
def test_a_candle_reaches_at_least_from_its_open_to_its_close(seed: int) -> None:
    """High is above both, low below both, and no price is zero."""
    for series in generate(seed=seed, minutes=50).values():
        bodies = zip(series.opens, series.highs, series.lows, series.closes, strict=True)
        assert all(high >= max(o, c) and 0 < low <= min(o, c) for o, high, low, c in bodies)


@pytest.mark.parametrize("name", sorted(STARTS))
def test_prices_and_volumes_stand_on_the_symbols_ticks(name: str) -> None:
    """What was generated is what a venue with these decimals would show."""
    found = _history()[name]
    digits, lots = STARTS[name][1:]

    assert (found.digits, found.volume_digits) == (digits, lots)
    assert all(round(price, digits) == price for price in (*found.highs, *found.lows, *found.closes))
    assert all(round(volume, lots) == volume and volume > 0 for volume in found.volumes)


@pytest.mark.parametrize("name", sorted(STARTS))
def test_a_candle_opens_where_the_one_before_has_closed(name: str) -> None:
    """There are no gaps in a perpetual market."""
    found = _history()[name]

    assert found.opens[1:] == found.closes[:-1]


@pytest.mark.parametrize("name", ["BTCUSDT", "ETHUSDT", "SOLUSDT"])
def test_moves_have_fat_tails(name: str) -> None:
    """A bell curve's kurtosis is 3."""
    moves = _moves(name) - _moves(name).mean()

    assert (moves**4).mean() / (moves**2).mean() ** 2 > 4.5


def test_volatility_comes_in_clusters() -> None:
    """A lively minute follows a lively one: sizes of moves correlate, moves themselves do not."""
    moves = _moves("BTCUSDT")
    size = np.abs(moves)

    assert np.corrcoef(size[1:], size[:-1])[0, 1] > 0.05
    assert abs(np.corrcoef(moves[1:], moves[:-1])[0, 1]) < 0.1


@pytest.mark.parametrize("name", ["ETHUSDT", "SOLUSDT", "LTCUSDT"])
def test_symbols_move_together(name: str) -> None:
    """About half of a move is everyone's; none is another's copy."""
    assert 0.3 < np.corrcoef(_moves("BTCUSDT"), _moves(name))[0, 1] < 0.8
