"""The synthetic market: the same seed, the same candles; and features that make trading code work for its living."""

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from itertools import chain

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradepods_simulator.exchange.candles import Series
from tradepods_simulator.exchange.marketplace import FUNDING_MS
from tradepods_simulator.exchange.synthetic import FIRST_MS, LEAST_GAP, MOST_GAP, STARTS, funding, generate

MINUTES = 15 * 1_440
SEED = 7
YEAR = 365 * 1_440


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
    assert funding(seed=3, minutes=YEAR) == funding(seed=3, minutes=YEAR)


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


def _jumps(name: str) -> dict[int, float]:
    """Minutes that do not open where the one before has closed, and how far from it, as a fraction."""
    found = _history()[name]
    opens, closes = np.array(found.opens[1:]), np.array(found.closes[:-1])
    return {int(n) + 1: float(opens[n] / closes[n] - 1) for n in np.flatnonzero(opens != closes)}


def test_a_candle_opens_where_the_one_before_has_closed_but_for_a_few() -> None:
    """Gaps are rare, and each is worth a stop."""
    jumps = [_jumps(name) for name in STARTS]
    sizes = [abs(size) for size in chain.from_iterable(one.values() for one in jumps)]

    assert all(1 <= len(one) <= MINUTES / 1_000 for one in jumps)
    assert min(sizes) > LEAST_GAP * 0.9
    assert max(sizes) <= 2.01 * MOST_GAP


def test_some_gaps_are_everyones_and_some_a_symbols_own() -> None:
    """News of the market, and news of one coin."""
    minutes = [frozenset(_jumps(name)) for name in STARTS]
    common = frozenset.intersection(*minutes)

    assert common
    assert any(own - common for own in minutes)


def test_volume_rises_with_volatility() -> None:
    """A minute that moves is one in which much is traded."""
    found = _history()["BTCUSDT"]
    volumes = np.log(np.array(found.volumes[1:]))

    assert np.corrcoef(np.abs(_moves("BTCUSDT")), volumes)[0, 1] > 0.25


def test_a_day_has_its_quiet_and_its_busy_hours() -> None:
    """The afternoon, UTC, moves and trades more than the small hours."""
    size = np.abs(np.array([_moves(name) for name in STARTS])).mean(axis=0)
    volumes = np.array([np.array(one.volumes[1:]) / np.mean(one.volumes) for one in _history().values()]).mean(axis=0)
    hours = np.arange(1, MINUTES) // 60 % 24
    busy, quiet = (hours >= 13) & (hours < 18), (hours >= 1) & (hours < 6)

    assert size[busy].mean() > 1.2 * size[quiet].mean()
    assert volumes[busy].mean() > 1.2 * volumes[quiet].mean()


def test_there_is_a_funding_rate_for_each_settlement() -> None:
    """Every eight hours from the first minute to the last, the last included, for every symbol."""
    found = funding(seed=SEED, minutes=1_440)

    assert found.keys() == STARTS.keys()
    assert {tuple(rates) for rates in found.values()} == {tuple(FIRST_MS + n * FUNDING_MS for n in range(4))}


def test_funding_is_mostly_the_interest_and_sometimes_negative() -> None:
    """On average it is 0.01 %, and never beyond 0.75 %."""
    rates = [float(rate) for one in funding(seed=SEED, minutes=YEAR).values() for rate in one.values()]
    negative = sum(rate < 0 for rate in rates) / len(rates)

    assert abs(np.mean(rates) - 0.0001) < 0.00005
    assert 0.05 < negative < 0.4
    assert np.median(rates) == 0.0001
    assert max(map(abs, rates)) <= 0.0075


def test_funding_comes_in_clusters() -> None:
    """A costly settlement is followed by a costly one."""
    rates = np.array([float(rate) for rate in funding(seed=SEED, minutes=YEAR)["BTCUSDT"].values()])

    assert np.corrcoef(rates[1:], rates[:-1])[0, 1] > 0.4


def test_funding_has_eight_decimals() -> None:
    """As the venue writes it."""
    rates = funding(seed=SEED, minutes=1_440)["BTCUSDT"].values()

    assert all(rate == round(rate, 8) and isinstance(rate, Decimal) for rate in rates)


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
