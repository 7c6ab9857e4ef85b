"""The walk: four prices that give the same candle back."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tradepods_core.paper.walk import walk

PRICES = st.decimals("1", "1000", places=2)


@given(one=PRICES, other=PRICES, up=st.decimals(0, 50, places=2), down=st.decimals(0, "0.99", places=2))
def test_four_points_are_the_candle(one: Decimal, other: Decimal, up: Decimal, down: Decimal) -> None:
    """Open first, close last, and both extremes between them."""
    high, low = max(one, other) + up, min(one, other) - down
    points = walk(opened=one, high=high, low=low, close=other)

    assert (points[0], points[-1]) == (one, other)
    assert (max(points), min(points)) == (high, low)


def test_a_rising_candle_dips_first() -> None:
    """Against its direction, then with it: the stop of a long position is met before its target."""
    rising = walk(opened=Decimal(10), high=Decimal(12), low=Decimal(9), close=Decimal(11))
    falling = walk(opened=Decimal(11), high=Decimal(12), low=Decimal(9), close=Decimal(10))

    assert [int(p) for p in rising] == [10, 9, 12, 11]
    assert [int(p) for p in falling] == [11, 12, 9, 10]
