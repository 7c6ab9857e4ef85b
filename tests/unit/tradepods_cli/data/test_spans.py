"""Which candles are missing: exactly those that are not there."""

import itertools
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from support.build import FIVE, NOON
from tradepods_cli.data.spans import Span, missing
from tradepods_core.times import to_ms

LENGTH = FIVE.seconds * 1000
FIRST = to_ms(NOON)


@given(st.integers(0, 40), st.sets(st.integers(0, 39)))
def test_gaps_and_candles_together_are_the_span(count: int, there: set[int]) -> None:
    """None is in both, none in neither, and no two gaps touch."""
    opened = sorted(FIRST + n * LENGTH for n in there if n < count)
    span = Span(since_ms=FIRST, until_ms=FIRST + count * LENGTH, timeframe=FIVE)
    gaps = missing(opened, span)

    absent = [at for gap in gaps for at in range(gap.since_ms, gap.until_ms, LENGTH)]
    assert sorted(absent + opened) == list(range(span.since_ms, span.until_ms, LENGTH))
    assert all(before.until_ms < after.since_ms for before, after in itertools.pairwise(gaps))
    assert all(gap.count for gap in gaps)


def test_a_span_holds_candles_that_open_and_close_in_it() -> None:
    """A moment within a candle begins with the next, and ends with the one before."""
    span = Span.of(NOON + timedelta(seconds=1), NOON + timedelta(minutes=19), FIVE)

    assert (span.since_ms, span.until_ms, span.count) == (FIRST + LENGTH, FIRST + 3 * LENGTH, 2)
    assert Span.of(NOON + timedelta(seconds=1), NOON + timedelta(minutes=4), FIVE).count == 0


def test_months_make_up_the_span() -> None:
    """Without a hole, over the end of a year, and in a month of UTC each."""
    span = Span.of(datetime(2024, 12, 31, 23, tzinfo=UTC), datetime(2025, 3, 1, 0, 10, tzinfo=UTC), FIVE)
    months = list(span.months())

    assert [str(month) for month in months] == [
        "2024-12-31T23:00:00Z to 2025-01-01T00:00:00Z",
        "2025-01-01T00:00:00Z to 2025-02-01T00:00:00Z",
        "2025-02-01T00:00:00Z to 2025-03-01T00:00:00Z",
        "2025-03-01T00:00:00Z to 2025-03-01T00:10:00Z",
    ]
    assert sum(month.count for month in months) == span.count
