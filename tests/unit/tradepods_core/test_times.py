"""Time: aware UTC, timeframes, closes."""

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepods_core.times import TIMEFRAME_PATTERN, Timeframe, from_ms, to_ms, utc, written

MOMENTS = st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
TEXTS = [*(f"{count}{unit}" for count in range(1_001) for unit in "mhd"), "5m\n", "\u0665m", "05m"]
NAMES = ["1m", "3m", "5m", "15m", "30m", "1h", "4h", "12h", "1d"]


def test_a_naive_moment_is_refused() -> None:
    """A time without a zone is a mistake, never UTC by assumption."""
    with pytest.raises(ValueError, match="has no time zone"):
        utc(datetime(2025, 1, 1))  # noqa: DTZ001


@pytest.mark.parametrize("text", ["9999-12-31T23:59:59-01:00", "0001-01-01T00:00:00+01:00"])
def test_a_moment_outside_of_the_calendar_is_refused(text: str) -> None:
    """The last hour of all years in the west is in no year in UTC: whoever sent it hears so."""
    with pytest.raises(ValueError, match="in no year from 1 to 9999"):
        utc(datetime.fromisoformat(text))


def test_another_zone_becomes_utc() -> None:
    """The moment stays, the zone changes."""
    seoul = datetime(2025, 6, 2, 21, 0, tzinfo=timezone(timedelta(hours=9)))

    assert written(seoul) == "2025-06-02T12:00:00Z"


@given(at=MOMENTS, name=st.sampled_from(NAMES))
def test_the_last_close_is_on_the_grid_and_not_in_the_future(at: datetime, name: str) -> None:
    """A candle closes at a multiple of its length since midnight UTC."""
    timeframe = Timeframe.parse(name)
    close = timeframe.last_close(at)

    assert close <= at < close + timeframe.length
    assert to_ms(close) % (timeframe.seconds * 1000) == 0


@given(at=MOMENTS)
def test_milliseconds_go_there_and_back(at: datetime) -> None:
    """What a venue writes as milliseconds is the same moment here."""
    assert from_ms(to_ms(at)) == at.replace(microsecond=at.microsecond // 1000 * 1000)


@pytest.mark.parametrize("name", NAMES)
def test_a_timeframe_is_written_as_it_is_read(name: str) -> None:
    """`4h` stays `4h`."""
    assert str(Timeframe.parse(name)) == name


@pytest.mark.parametrize("text", ["", "5", "m5", "0m", "7m", "25h", "2d", "5M", "5 m", "-5m"])
def test_what_does_not_divide_a_day_is_no_timeframe(text: str) -> None:
    """Closes would drift from day to day."""
    with pytest.raises(ValueError, match="is no timeframe"):
        Timeframe.parse(text)


def test_sixty_minutes_are_an_hour() -> None:
    """Two ways to write one timeframe are one timeframe."""
    assert str(Timeframe.parse("60m")) == "1h"


def _is_one(text: str) -> bool:
    try:
        return bool(Timeframe.parse(text))
    except ValueError:
        return False


def test_the_pattern_of_timeframes_takes_what_is_one() -> None:
    """A definition has the pattern, the programs parse: neither takes what the other refuses."""
    assert [text for text in TEXTS if bool(re.fullmatch(TIMEFRAME_PATTERN, text)) is not _is_one(text)] == []
