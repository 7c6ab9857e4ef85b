"""Texts and captions: their limits, what is trimmed, and the entities that Telegram finds by itself."""

import json
from typing import Any

import pytest

from tradepods_simulator.telegram.entities import read_caption, read_text, with_found
from tradepods_simulator.telegram.params import Params
from tradepods_simulator.telegram.refusals import Refused


def _params(**values: Any) -> Params:
    return Params(values, {})


def test_a_limit_counts_what_is_left_after_the_markup() -> None:
    """4,096 code units of text, however long its markup; one more is too long."""
    longest = "<b>" + "&lt;" * 4096 + "</b>"

    assert read_text(_params(text=longest, parse_mode="HTML"))[0] == "<" * 4096
    with pytest.raises(Refused, match="message is too long"):
        read_text(_params(text=longest + "x", parse_mode="HTML"))


@pytest.mark.parametrize(("count", "passes"), [(2048, True), (2049, False)])
def test_an_emoji_counts_twice(count: int, passes: bool) -> None:
    """2,048 of them fill a message."""
    if passes:
        assert read_text(_params(text="🏟" * count))[0] == "🏟" * count
        return
    with pytest.raises(Refused, match="message is too long"):
        read_text(_params(text="🏟" * count))


def test_a_caption_is_shorter_and_may_be_empty() -> None:
    """1,024 code units."""
    assert read_caption(_params()) == ("", [])
    assert len(read_caption(_params(caption="x" * 1024))[0]) == 1024
    with pytest.raises(Refused, match="message caption is too long"):
        read_caption(_params(caption="x" * 1025))


@pytest.mark.parametrize("given", [{}, {"text": ""}, {"text": None}])
def test_a_message_needs_a_text(given: dict[str, Any]) -> None:
    """Absent and empty alike."""
    with pytest.raises(Refused, match="Bad Request: message text is empty"):
        read_text(_params(**given))


@pytest.mark.parametrize(("mode", "text"), [("", " \n "), ("HTML", "<b> </b>"), ("MarkdownV2", "* *")])
def test_white_space_is_no_text(mode: str, text: str) -> None:
    """Nor is markup around it."""
    with pytest.raises(Refused, match="Bad Request: text must be non-empty"):
        read_text(_params(text=text, parse_mode=mode))


def test_white_space_around_a_text_is_cut_off_and_entities_move() -> None:
    """One that began in it begins with the text."""
    text, entities = read_text(_params(text="\n <b> bold </b>x <i> </i>", parse_mode="html"))

    assert text == "bold x"
    assert entities == [{"type": "bold", "offset": 0, "length": 5}]


def test_a_bot_may_give_entities_itself() -> None:
    """As JSON; those that Telegram finds are added where none is."""
    given = [{"type": "bold", "offset": 2, "length": 4}]
    text, entities = read_text(_params(text="🏟bold /go", entities=json.dumps(given)))

    assert text == "🏟bold /go"
    assert entities == [*given, {"type": "bot_command", "offset": 7, "length": 3}]


@pytest.mark.parametrize(
    ("entities", "said"),
    [
        ("[", "can't parse entities JSON object"),
        ("{}", "can't parse entities: expected an Array of MessageEntity"),
        ('[{"type":"bold"}]', 'can\'t parse entities: field "offset" must be a Number'),
        ('[{"type":"bold","offset":1,"length":1}]', "entity begins in a middle of a UTF-16 symbol"),
        ('[{"type":"bold","offset":0,"length":9}]', "entity ends in a middle of a UTF-16 symbol or beyond the text"),
    ],
)
def test_entities_that_do_not_fit_are_refused(entities: str, said: str) -> None:
    """Half of an emoji, or more than there is."""
    with pytest.raises(Refused) as caught:
        read_text(_params(text="🏟", entities=entities))

    assert said in caught.value.description


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("/start now", [("bot_command", "/start")]),
        ("/start@alice_bot", [("bot_command", "/start@alice_bot")]),
        ("see /help, /stop", [("bot_command", "/help"), ("bot_command", "/stop")]),
        ("a/b 1/2 //x", []),
        ("@ann and #gold #1", [("mention", "@ann"), ("hashtag", "#gold")]),
        ("a@b.example", []),
        ("https://a.example/x?y=/z#t. done", [("url", "https://a.example/x?y=/z#t")]),
    ],
)
def test_commands_mentions_hashtags_and_addresses_are_found(text: str, kinds: list[tuple[str, str]]) -> None:
    """In the words of a text, not inside of them."""
    found = with_found(text)

    assert [(e["type"], text[e["offset"] : e["offset"] + e["length"]]) for e in found] == kinds


@pytest.mark.parametrize("mode", ["", "HTML", "MarkdownV2"])
def test_a_text_beyond_all_measure_is_refused_before_it_is_read(mode: str) -> None:
    """Over 32,768 bytes, whatever would be left of it: its markup would hold all bots up for seconds."""
    with pytest.raises(Refused, match="text is too long"):
        read_text(_params(text="<b>*a*</b>" * 3_300, parse_mode=mode))
    with pytest.raises(Refused, match="text is too long"):
        read_caption(_params(caption="é" * 16_385, parse_mode=mode))
