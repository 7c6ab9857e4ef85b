"""parse_mode MarkdownV2: what must be escaped, what becomes an entity, and in which words the rest is refused."""

import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram.helpers import escape_markdown

from tradepods_simulator.telegram.markdown_markup import parse_markdown
from tradepods_simulator.telegram.refusals import Refused

Entity = dict[str, Any]
NEVER_ALONE = "]()#+-=|{}.!"


def _of(kind: str, offset: int, length: int, **more: Any) -> Entity:
    return {"type": kind, "offset": offset, "length": length, **more}


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_what_the_library_escapes_comes_back_as_it_was(text: str) -> None:
    """Whatever the text."""
    assert parse_markdown(escape_markdown(text, version=2)) == (text, [])


@pytest.mark.parametrize("character", sorted(set(string.printable) - set("_*[~`>\\" + NEVER_ALONE)))
def test_plain_characters_need_no_escape(character: str) -> None:
    """Letters, digits, spaces, and the marks that mean nothing."""
    assert parse_markdown(character) == (character, [])


@pytest.mark.parametrize("character", NEVER_ALONE)
def test_reserved_characters_must_be_escaped(character: str) -> None:
    """The refusal names the character; with a backslash before it, it is a text."""
    with pytest.raises(Refused, match="is reserved and must be escaped with the preceding") as caught:
        parse_markdown(f"a{character}")

    assert f"Character '{character}'" in caught.value.description
    assert parse_markdown(f"a\\{character}") == (f"a{character}", [])


@pytest.mark.parametrize(
    ("markup", "text", "entities"),
    [
        ("*b*_i_", "bi", [_of("bold", 0, 1), _of("italic", 1, 1)]),
        ("__u__~s~||x||", "usx", [_of("underline", 0, 1), _of("strikethrough", 1, 1), _of("spoiler", 2, 1)]),
        ("🏟*a _b_*", "🏟a b", [_of("bold", 2, 3), _of("italic", 4, 1)]),
        ("_a __b___", "a b", [_of("italic", 0, 3), _of("underline", 2, 1)]),
        ("**x", "x", []),
        ("`a*b`", "a*b", [_of("code", 0, 3)]),
        ("`a\\`b`", "a`b", [_of("code", 0, 3)]),
        ("```\na\n```", "a\n", [_of("pre", 0, 2)]),
        ("```python\na```", "a", [_of("pre", 0, 1, language="python")]),
        ("[x](https://a.example/\\))", "x", [_of("text_link", 0, 1, url="https://a.example/)")]),
        ("[x](nowhere)", "x", []),
        ("[a\\.example]", "a.example", [_of("text_link", 0, 9, url="http://a.example/")]),
        ("![👍](tg://emoji?id=25)", "👍", [_of("custom_emoji", 0, 2, custom_emoji_id="25")]),
        (">a\n>b\nc", "a\nb\nc", [_of("blockquote", 0, 4)]),
        ("a\n>b", "a\nb", [_of("blockquote", 2, 1)]),
        (">a\n**>b", "a\nb", [_of("blockquote", 0, 2), _of("blockquote", 2, 1)]),
        (">a\n>b||\nc", "a\nb\nc", [_of("expandable_blockquote", 0, 4)]),
        (">a||\r\nb", "a\r\nb", [_of("expandable_blockquote", 0, 3)]),
        (">*a*", "a", [_of("blockquote", 0, 1), _of("bold", 0, 1)]),
    ],
)
def test_marks_become_entities(markup: str, text: str, entities: list[Entity]) -> None:
    """Counted in UTF-16 code units; outer ones first."""
    assert parse_markdown(markup) == (text, entities)


@pytest.mark.parametrize(
    ("markup", "said"),
    [
        ("🏟_abc", "Can't find end of Italic entity at byte offset 4"),
        ("_a *b", "Can't find end of Bold entity at byte offset 3"),
        ("_a__", "Can't find end of Underline entity at byte offset 2"),
        ("a`", "Can't find end of Code entity at byte offset 1"),
        ("```a", "Can't find end of Pre entity at byte offset 0"),
        ("```a b", "Can't find end of PreCode entity at byte offset 0"),
        ("||a", "Can't find end of Spoiler entity at byte offset 0"),
        ("[a](b", "Can't find end of a URL at byte offset 4"),
        ("[a](b\\)", "Can't find end of a URL at byte offset 4"),
        ("[a", "Can't find end of TextUrl entity at byte offset 0"),
        ("![a]", "Custom emoji entity must contain a tg://emoji URL"),
        ("![a](tg://emoji?id=1", "Can't find end of a custom emoji URL at byte offset 5"),
        ("![a](https://b.example)", "Invalid custom emoji identifier specified"),
        (">*a\nb*", "Can't find end of Bold entity at byte offset 1"),
        ("a>", "Character '>' is reserved and must be escaped with the preceding '\\'"),
    ],
)
def test_what_does_not_end_is_refused(markup: str, said: str) -> None:
    """In Telegram's words, which say where."""
    with pytest.raises(Refused) as caught:
        parse_markdown(markup)

    assert caught.value.description == f"Bad Request: can't parse entities: {said}"
