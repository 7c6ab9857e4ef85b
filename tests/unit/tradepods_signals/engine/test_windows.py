"""Windows: closed candles in a row, no more of them than needed."""

import itertools
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.build import FIVE, NOON
from support.signals_history import candles, window
from tradepods_signals.engine.windows import SLACK, Window


def _closes(found: Window) -> list[float]:
    return [float(close) for close in found.rows[:, 4]]


def test_an_empty_window_has_no_close_and_is_not_usable() -> None:
    """Nothing has been read yet."""
    empty = Window(FIVE, 10)

    assert empty.close is None
    assert not empty.usable(close=NOON, needed=1)


def test_a_window_closes_with_its_newest_candle() -> None:
    """Five minutes after that one opened."""
    assert window([1, 2, 3]).close == NOON


def test_a_candle_that_still_forms_is_left_out() -> None:
    """Its close is no close yet; the one that closes this very moment is taken."""
    found = Window(FIVE, 10)
    found.extend(candles([1, 2, 3], until=NOON + FIVE.length), until=NOON)

    assert _closes(found) == [1, 2]
    assert found.close == NOON


def test_candles_that_are_there_already_are_left_out() -> None:
    """Pages overlap; the first reading of a candle stays."""
    found = window([1, 2, 3])
    found.extend(candles([20, 30, 4], until=NOON + FIVE.length), until=NOON + FIVE.length)

    assert _closes(found) == [1, 2, 3, 4]


def test_no_more_candles_are_kept_than_indicators_need() -> None:
    """The oldest are let go."""
    assert _closes(window([1, 2, 3, 4, 5], keep=3)) == [3, 4, 5]


@given(keep=st.integers(1, 80), count=st.integers(0, 3 * SLACK))
def test_a_window_that_runs_for_long_holds_the_newest_candles(keep: int, count: int) -> None:
    """However often they were moved to the front; the newest ones in one piece, a column a kind."""
    found = Window(FIVE, keep)
    history = candles([float(n) for n in range(count)])
    for candle in history:
        found.extend([candle], until=NOON)

    assert _closes(found) == [float(n) for n in range(max(count - keep, 0), count)]
    assert found.solid == min(count, keep)
    few = min(3, found.solid)
    assert [list(column) for column in found.newest(few).T] == [list(candle) for candle in history[count - few :]]


@given(cuts=st.lists(st.integers(0, 30), max_size=6), overlap=st.integers(0, 30))
def test_pages_of_any_size_give_the_same_window(cuts: list[int], overlap: int) -> None:
    """Reading in pieces, some of them twice, is reading at once."""
    history = candles([float(n) for n in range(30)])
    found = Window(FIVE, 20)
    for begin, end in itertools.pairwise([0, *sorted(cuts), 30]):
        found.extend(history[max(begin - overlap, 0) : end], until=NOON)

    assert _closes(found) == [float(n) for n in range(10, 30)]
    assert found.usable(close=NOON, needed=20)


@pytest.mark.parametrize(("needed", "expected"), [(1, True), (3, True), (4, False)])
def test_a_window_is_usable_with_enough_candles(needed: int, expected: bool) -> None:
    """Exactly as many as needed are enough."""
    assert window([1, 2, 3]).usable(close=NOON, needed=needed) is expected


@pytest.mark.parametrize("minutes", [-5, 5])
def test_a_window_is_usable_for_its_own_close_only(minutes: int) -> None:
    """Neither before its newest candle nor once that is no longer the newest."""
    assert not window([1, 2, 3]).usable(close=NOON + timedelta(minutes=minutes), needed=1)


def test_a_gap_counts_only_where_it_is_looked_at() -> None:
    """Old candles beyond the gap are no reason to keep silent about the newest."""
    found = window([1, 2, 3], until=NOON - 3 * FIVE.length)
    found.extend(candles([5, 6]), until=NOON)

    assert found.usable(close=NOON, needed=2)
    assert not found.usable(close=NOON, needed=3)


def test_a_torn_window_lets_go_of_all_its_candles() -> None:
    """It is read anew as a whole; one without a gap stays as it is."""
    torn, whole = window([1, 2], until=NOON - 2 * FIVE.length), window([1, 2])
    torn.extend(candles([4]), until=NOON)
    torn.drop_if_torn()
    whole.drop_if_torn()

    assert torn.close is None
    assert _closes(whole) == [1, 2]
