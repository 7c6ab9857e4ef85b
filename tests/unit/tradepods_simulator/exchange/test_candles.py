"""Candles: minutes become the candles of longer timeframes, the last of them still forming."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.candle_history import START_MS, Minute, flat, series
from tradepods_simulator.exchange.candles import MINUTE_MS, Candle, Series, buckets, joined

D = Decimal
RISING = [Minute(n, n + 0.5, n - 0.5, n + 0.2, 2) for n in range(100, 130)]


def _at(minute: float) -> int:
    return START_MS + int(minute * MINUTE_MS)


def _forming(minute: int, price: str = "50") -> Candle:
    return Candle(open_ms=_at(minute), opened=D(price), high=D(price), low=D(price), close=D(price), volume=D(1))


def _buckets(
    found: Series, *, minutes: int, begin: float = 0, now: float, forming: Candle | None = None
) -> list[Candle]:
    return list(buckets(found, minutes=minutes, from_ms=_at(begin), now_ms=_at(now), forming=forming))


def test_a_minute_is_given_back_as_it_was_recorded() -> None:
    """With the symbol's own decimals, not with those of a float."""
    found = series([Minute(0.1, 0.3, 0.1, 0.2, 1.005)], digits=1, volume_digits=3).minute(0)

    assert found == Candle(
        open_ms=START_MS, opened=D("0.1"), high=D("0.3"), low=D("0.1"), close=D("0.2"), volume=D("1.005")
    )


def test_a_series_ends_with_the_close_of_its_last_minute() -> None:
    """One that is empty ends where it begins."""
    assert series(flat(1, 2)).end_ms == _at(2)
    assert series([]).end_ms == START_MS


@pytest.mark.parametrize(("minute", "index"), [(0, 0), (0.99, 0), (1, 1), (-0.01, -1)])
def test_a_moment_belongs_to_the_minute_that_holds_it(minute: float, index: int) -> None:
    """The moment of an open belongs to the minute that opens; before the first it is negative."""
    assert series(flat(1, 2)).index(_at(minute)) == index


def test_minutes_aggregate_into_one_candle() -> None:
    """First open, highest high, lowest low, last close, volumes added."""
    found = series([Minute(10, 12, 9, 11, 1), Minute(11, 15, 10, 14, 2), Minute(14, 14, 7, 8, 4)]).span(0, 2)

    assert (found.opened, found.high, found.low, found.close, found.volume) == (D(10), D(15), D(7), D(8), D(7))


def test_a_candle_joined_to_none_is_itself() -> None:
    """The first minute of a bucket stands alone."""
    assert joined(None, _forming(0)) == _forming(0)


@given(cut=st.integers(1, 28))
def test_two_parts_joined_are_the_whole(cut: int) -> None:
    """Wherever a candle is cut."""
    found = series(RISING)

    assert joined(found.span(0, cut - 1), found.span(cut, 29)) == found.span(0, 29)


def test_closed_candles_are_whole_and_stand_on_their_boundaries() -> None:
    """Each opens where the one before has closed."""
    found = _buckets(series(RISING), minutes=5, now=15)

    assert [candle.open_ms for candle in found] == [_at(0), _at(5), _at(10)]
    assert found[1] == series(RISING).span(5, 9)


def test_the_last_candle_is_still_forming() -> None:
    """Whole minutes so far, and the present one as far as it has come."""
    found = _buckets(series(RISING), minutes=5, now=7.5, forming=_forming(7))

    assert len(found) == 2
    assert found[1] == joined(series(RISING).span(5, 6), _forming(7))
    assert (found[1].opened, found[1].low, found[1].close) == (D(105), D(50), D(50))


def test_the_forming_candle_of_one_minute_is_the_present_minute() -> None:
    """Nothing whole stands before it."""
    assert _buckets(series(RISING), minutes=1, begin=7, now=7.5, forming=_forming(7)) == [_forming(7)]


def test_no_candle_says_what_is_still_to_come() -> None:
    """However high the rest of the present minute goes, nobody hears of it."""
    minutes = [*flat(100, 100), Minute(100, 999, 1, 100), *flat(100, 100)]
    found = _buckets(series(minutes), minutes=5, now=2.25, forming=_forming(2, "100"))

    assert [(candle.high, candle.low) for candle in found] == [(D(100), D(100))]


@pytest.mark.parametrize(("begin", "first"), [(0, 0), (0.01, 5), (4.99, 5), (5, 5), (-100, 0)])
def test_candles_are_those_that_opened_at_or_after_the_moment_asked_for(begin: float, first: int) -> None:
    """A candle that had opened before is left out; before the history there is none."""
    assert _buckets(series(RISING), minutes=5, begin=begin, now=20)[0].open_ms == _at(first)


def test_a_history_that_begins_inside_a_candle_leaves_that_candle_out() -> None:
    """Half a candle would be a wrong one."""
    late = series(RISING[2:], start_ms=_at(2))

    assert [candle.open_ms for candle in _buckets(late, minutes=5, now=15)] == [_at(5), _at(10)]


def test_after_the_end_of_the_history_whole_candles_remain() -> None:
    """Its very last one closes with it."""
    found = _buckets(series(RISING), minutes=15, now=30)

    assert [candle.open_ms for candle in found] == [_at(0), _at(15)]


@given(minutes=st.sampled_from([1, 3, 5, 15, 30]), now=st.integers(0, 30))
def test_candles_of_any_timeframe_hold_each_minute_once(minutes: int, now: int) -> None:
    """Their volumes add up to that of the minutes that have closed."""
    found = _buckets(series(RISING), minutes=minutes, now=now, forming=None)
    whole = now // minutes * minutes

    assert sum(candle.volume for candle in found) == 2 * whole
    assert len(found) == now // minutes
