"""parse_mode HTML: which tags there are, what they become, and in which words the others are refused."""

from typing import Any

import pytest

from tradepods_simulator.telegram.html_markup import parse_html
from tradepods_simulator.telegram.refusals import Refused

Entity = dict[str, Any]


def _of(kind: str, offset: int, length: int, **more: Any) -> Entity:
    return {"type": kind, "offset": offset, "length": length, **more}


@pytest.mark.parametrize(
    ("markup", "text", "entities"),
    [
        ("plain", "plain", []),
        ("a &lt;b&gt; &amp; &quot;c&quot;", 'a <b> & "c"', []),
        ("&#33; &#x1F600; &nbsp; &#0;", "! 😀 &nbsp; &#0;", []),
        ("<b>bold</b> <STRONG>too</STRONG>", "bold too", [_of("bold", 0, 4), _of("bold", 5, 3)]),
        ("<i>a</i><em>b</em>", "ab", [_of("italic", 0, 1), _of("italic", 1, 1)]),
        ("<u>a</u><ins>b</ins>", "ab", [_of("underline", 0, 1), _of("underline", 1, 1)]),
        ("<s>a</s><del>b</del>", "ab", [_of("strikethrough", 0, 1), _of("strikethrough", 1, 1)]),
        (
            '<tg-spoiler>a</tg-spoiler><span class="tg-spoiler">b</span>',
            "ab",
            [_of("spoiler", 0, 1), _of("spoiler", 1, 1)],
        ),
        ("🏟<b>🏟<i>x</i></b>", "🏟🏟x", [_of("bold", 2, 3), _of("italic", 4, 1)]),
        ("<b><i>x</i></b>", "x", [_of("bold", 0, 1), _of("italic", 0, 1)]),
        ("<b></b>x", "x", []),
        ("<b>x</>", "x", [_of("bold", 0, 1)]),
        ("<a href='https://a.b/?x=1&amp;y=2'>here</a>", "here", [_of("text_link", 0, 4, url="https://a.b/?x=1&y=2")]),
        ("<a>a.example</a>", "a.example", [_of("text_link", 0, 9, url="http://a.example/")]),
        ('<a href="nowhere">x</a>', "x", []),
        ("<code>x</code>", "x", [_of("code", 0, 1)]),
        ('<code class="language-python">x</code>', "x", [_of("code", 0, 1)]),
        ("<pre>x</pre>", "x", [_of("pre", 0, 1)]),
        ('<pre><code class="language-python">x</code></pre>', "x", [_of("pre", 0, 1, language="python")]),
        ("<blockquote>x</blockquote>", "x", [_of("blockquote", 0, 1)]),
        ("<blockquote expandable>x</blockquote>", "x", [_of("expandable_blockquote", 0, 1)]),
        ('<tg-emoji emoji-id="53">👍</tg-emoji>', "👍", [_of("custom_emoji", 0, 2, custom_emoji_id="53")]),
    ],
)
def test_tags_become_entities(markup: str, text: str, entities: list[Entity]) -> None:
    """Counted in UTF-16 code units; outer ones first."""
    assert parse_html(markup) == (text, entities)


@pytest.mark.parametrize(
    ("markup", "said"),
    [
        ("a <script>x</script>", 'Unsupported start tag "script" at byte offset 2'),
        ("é<br>", 'Unsupported start tag "br" at byte offset 2'),
        ("1 < 2", 'Unsupported start tag "" at byte offset 2'),
        ("a <b", "Unclosed start tag at byte offset 2"),
        ("<b>a", 'Can\'t find end tag corresponding to start tag "b"'),
        ("a</b>", "Unexpected end tag at byte offset 1"),
        ("<b>a</b", "Unclosed end tag at byte offset 4"),
        ("<b>a</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("<b><i>a</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
        ("<span>a</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("<a href>a</a>", 'Expected equal sign in declaration of an attribute of the tag "a" at byte offset 0'),
        ('<a href="x>a</a>', 'Unclosed start tag "a" at byte offset 0'),
        ('<tg-emoji emoji-id="x">a</tg-emoji>', "Invalid custom emoji identifier specified"),
    ],
)
def test_what_telegram_does_not_know_is_refused(markup: str, said: str) -> None:
    """In its words, which say where."""
    with pytest.raises(Refused) as caught:
        parse_html(markup)

    assert (caught.value.status, caught.value.description) == (400, f"Bad Request: can't parse entities: {said}")
