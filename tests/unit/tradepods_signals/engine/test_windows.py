"""Windows: closed candles in a row, no more of them than needed."""

import itertools
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.build import FIVE, NOON
from support.signals_history import candles, window
from tradepods_core.times import to_ms
from tradepods_signals.engine.windows import SLACK, Window
from tradepods_signals.ports.market import Candle


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


def test_a_cleared_window_is_as_new() -> None:
    """All of it is read anew: none of it is on disk, and none is waiting to be compared."""
    found = window([1, 2])
    found.hear(_next(found))
    found.clear()

    assert (found.close, found.sure_until, found.kept_until, found.solid) == (None, None, None, 0)
    found.extend(candles([4]), until=NOON)
    assert (found.sure_until, found.unkept()) == (NOON, list(candles([4])))


def test_a_candle_that_a_stream_told_is_not_sure_until_it_is_compared() -> None:
    """It counts for indicators at once; the record takes its place and says whether they differ."""
    found = window([1, 2, 3])
    told = [_next(found), _next(found, after=1)]
    for candle in told:
        found.hear(candle)
    recorded = [told[0], told[1]._replace(volume=7.5)]

    assert (found.close, found.sure_until) == (NOON + 2 * FIVE.length, NOON)
    assert len(found.unkept()) == 3
    assert found.compare(recorded) == [(told[1], recorded[1])]
    assert found.sure_until == found.close
    assert found.unkept()[3:] == recorded


def test_a_record_that_ends_early_leaves_the_rest_unsure() -> None:
    """Nor does one of other candles make any of them sure."""
    found = window([1, 2, 3])
    told = [_next(found, after=number) for number in range(3)]
    for candle in told:
        found.hear(candle)

    assert found.compare([told[2]._replace(open_ms=told[2].open_ms + 300_000)]) == []
    assert found.sure_until == NOON
    assert found.compare(told[:2]) == []
    assert found.sure_until == NOON + 2 * FIVE.length


def test_what_is_on_disk_is_not_written_again() -> None:
    """A window restored from there has nothing to keep, and its newest candle is compared with the record."""
    found, history = Window(FIVE, 10), candles([1, 2, 3])
    found.restore(history, until=NOON)

    assert (found.kept_until, found.unkept()) == (NOON, [])
    assert found.sure_until == NOON - FIVE.length
    found.compare([history[-1]])
    found.extend(candles([4], until=NOON + FIVE.length), until=NOON + FIVE.length)
    assert found.unkept() == list(candles([4], until=NOON + FIVE.length))


def test_what_follows_an_unsure_candle_is_not_sure_either() -> None:
    """A record that leaves one out says nothing about it: neither goes to disk."""
    found = window([1, 2, 3])
    found.hear(_next(found))
    found.extend([_next(found, after=1)], until=NOON + 2 * FIVE.length)

    assert found.sure_until == NOON
    assert len(found.unkept()) == 3


@given(keep=st.integers(1, 80), count=st.integers(0, 3 * SLACK))
def test_what_a_stream_told_never_goes_to_disk_unchecked(keep: int, count: int) -> None:
    """However much of it there was since the last reading: no more is unsure than there is."""
    found = Window(FIVE, keep)
    found.extend(candles([1.0]), until=NOON)
    for after in range(count):
        found.hear(_next(found, after=after))

    assert len(found.unkept()) == (1 if count < keep else 0)
    assert found.sure_until is not None
    assert to_ms(found.sure_until) >= found.rows[0, 0]


def _next(found: Window, *, after: int = 0) -> Candle:
    """A candle that opens so many candles after noon."""
    return Candle(to_ms(NOON + after * found.timeframe.length), 5.0, 6.0, 4.0, 5.5, 10.0 + after)
