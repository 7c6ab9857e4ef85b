"""parse_mode Markdown, as the Bot API's documents describe its first version."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram.helpers import escape_markdown

from tradepods_simulator.telegram.legacy_markup import parse_legacy_markdown
from tradepods_simulator.telegram.refusals import Refused

Entity = dict[str, Any]


def _of(kind: str, offset: int, length: int, **more: Any) -> Entity:
    return {"type": kind, "offset": offset, "length": length, **more}


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_what_the_library_escapes_comes_back_as_it_was(text: str) -> None:
    """Whatever the text."""
    assert parse_legacy_markdown(escape_markdown(text, version=1)) == (text, [])


@pytest.mark.parametrize(
    ("markup", "text", "entities"),
    [
        ("1.5 *bold* - _it_!", "1.5 bold - it!", [_of("bold", 4, 4), _of("italic", 11, 2)]),
        ("😀 `x_y`", "😀 x_y", [_of("code", 3, 3)]),
        ("```python\nx = *y*```", "x = *y*", [_of("pre", 0, 7, language="python")]),
        ("```x```", "x", [_of("pre", 0, 1)]),
        (
            "[here](https://a.example/b_c) _z_",
            "here z",
            [_of("text_link", 0, 4, url="https://a.example/b_c"), _of("italic", 5, 1)],
        ),
        ("[nowhere](x)", "nowhere", []),
        ("*a_b*", "a_b", [_of("bold", 0, 3)]),
        (r"*a\*b", "a\\b", [_of("bold", 0, 2)]),
        ("** a", " a", []),
    ],
)
def test_entities_do_not_nest_and_nothing_is_escaped_inside(markup: str, text: str, entities: list[Entity]) -> None:
    """What stands between two marks is taken as it is."""
    assert parse_legacy_markdown(markup) == (text, entities)


@pytest.mark.parametrize(("markup", "at"), [("5 * 3", 2), ("é_x", 2), ("a [b", 2), ("```x``", 0), ("`", 0)])
def test_an_entity_without_end_is_refused(markup: str, at: int) -> None:
    """In the Bot API's words, with where it begins, in bytes."""
    with pytest.raises(Refused, match=f"Can't find end of the entity starting at byte offset {at}$"):
        parse_legacy_markdown(markup)
