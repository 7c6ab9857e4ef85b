"""Lengths and places as Telegram counts them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradepods_simulator.telegram.text_units import byte_offset, indices, length

TEXTS = st.text(alphabet=st.characters(exclude_categories=["Cs"]))


@pytest.mark.parametrize(("text", "units"), [("", 0), ("abc", 3), ("매수", 2), ("✅", 1), ("🏟", 2), ("a🏟b", 4)])
def test_an_emoji_is_two_units(text: str, units: int) -> None:
    """And every letter of the common planes is one."""
    assert length(text) == units


@given(TEXTS)
def test_a_length_is_that_of_the_text_in_utf_16(text: str) -> None:
    """Half of its bytes."""
    assert length(text) == len(text.encode("utf-16-le")) // 2


@given(TEXTS)
def test_each_character_begins_where_its_units_do(text: str) -> None:
    """And the end is a place too."""
    places = indices(text)

    assert sorted(places.values()) == list(range(len(text) + 1))
    assert all(length(text[:index]) == units for units, index in places.items())


def test_offsets_in_errors_count_bytes() -> None:
    """As the Bot API tells them."""
    assert [byte_offset("🏟é b", index) for index in range(4)] == [0, 4, 6, 7]
