"""Clocks: market time is what the venue's stream has shown."""

from datetime import UTC, timedelta

from hypothesis import given
from hypothesis import strategies as st

from support.build import NOON
from tradepods_signals.adapters.clocks import MarketClock, wall


def test_wall_time_is_aware_utc() -> None:
    """A naive moment would be refused on every border."""
    assert wall().tzinfo is UTC


def test_market_time_is_wall_time_until_the_stream_has_shown_one() -> None:
    """Nothing else is known."""
    before = wall()

    assert before <= MarketClock().now() <= wall()


@given(offsets=st.lists(st.integers(-1_000, 1_000), min_size=1))
def test_market_time_is_the_newest_moment_shown(offsets: list[int]) -> None:
    """It never goes back, whatever comes out of order; the wall clock no longer counts."""
    clock = MarketClock()
    for offset in offsets:
        clock.show(NOON + timedelta(seconds=offset))

    assert clock.now() == NOON + timedelta(seconds=max(offsets))
