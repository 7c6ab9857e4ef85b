"""Money: steps, percents, and the way amounts are booked and written."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepods_core.money import booked, ceil_to, floor_to, is_multiple, of, plain

D = Decimal
VALUES = st.decimals(min_value="0", max_value="1000000000", places=8)
STEPS = st.sampled_from([D("0.00001"), D("0.001"), D("0.01"), D("0.1"), D(1), D(5)])


@given(value=VALUES, step=STEPS)
def test_floor_gives_the_largest_multiple_that_is_not_above(value: Decimal, step: Decimal) -> None:
    """A quantity truncated to the step is a multiple of it, and less than a step below what was asked."""
    floored = floor_to(value, step)

    assert is_multiple(floored, step)
    assert floored <= value < floored + step


@given(value=VALUES, step=STEPS)
def test_ceil_gives_the_smallest_multiple_that_is_not_below(value: Decimal, step: Decimal) -> None:
    """A price rounded up to the tick is a multiple of it, and less than a tick above."""
    raised = ceil_to(value, step)

    assert is_multiple(raised, step)
    assert raised - step < value <= raised


@given(value=st.decimals(min_value="-1000000000", max_value="1000000000", places=8))
def test_what_is_written_reads_back_the_same(value: Decimal) -> None:
    """A plain text has no exponent, no trailing zeros, and the same value."""
    text = plain(value)

    assert D(text) == value
    assert "E" not in text.upper()
    assert not ("." in text and text.endswith("0"))


@pytest.mark.parametrize(
    ("value", "text"), [("100", "100"), ("0.00", "0"), ("-0", "0"), ("1E+3", "1000"), ("0.10", "0.1")]
)
def test_numbers_are_written_as_people_and_venues_write_them(value: str, text: str) -> None:
    """100 stays 100, and zero has no sign."""
    assert plain(D(value)) == text


def test_percents_are_percents() -> None:
    """5 means 5 %."""
    assert of(D(5), D(200)) == D(10)


def test_amounts_are_booked_to_eight_decimals_half_to_even() -> None:
    """As the venue books them."""
    assert booked(D("0.000000005")) == D("0.00000000")
    assert booked(D("0.000000015")) == D("0.00000002")
