"""Buttons: what is taken, and in which words the rest is refused."""

import json
from typing import Any

import pytest

from tradepods_simulator.telegram.keyboards import as_markup, read_rows
from tradepods_simulator.telegram.params import Params
from tradepods_simulator.telegram.refusals import Refused

YES = {"text": "Yes", "callback_data": "y"}


def _rows(markup: Any) -> Any:
    return read_rows(Params({"reply_markup": markup}, {}))


def test_buttons_come_as_json_or_as_they_are() -> None:
    """Forms hold texts, bodies of JSON don't."""
    markup = {"inline_keyboard": [[YES], []]}

    assert _rows(markup) == _rows(json.dumps(markup)) == ((YES,),)
    assert as_markup(_rows(markup)) == {"reply_markup": {"inline_keyboard": [[YES]]}}


@pytest.mark.parametrize("markup", [None, "", {"inline_keyboard": []}, {"remove_keyboard": True}, {"keyboard": [[]]}])
def test_there_may_be_no_inline_buttons(markup: Any) -> None:
    """Keyboards of other kinds are taken and not kept."""
    assert _rows(markup) == ()
    assert as_markup(()) == {}


@pytest.mark.parametrize(
    ("markup", "said"),
    [
        ("{", "can't parse reply keyboard markup JSON object"),
        ([], "object expected as reply markup"),
        ({}, 'field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays'),
        ({"inline_keyboard": [YES]}, 'field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays'),
        ({"inline_keyboard": [["Yes"]]}, "InlineKeyboardButton must be an Object"),
        ({"inline_keyboard": [[{"callback_data": "y"}]]}, 'Field "text" must be of type String'),
        ({"inline_keyboard": [[{"text": "", "callback_data": "y"}]]}, "inline keyboard button text must be non-empty"),
        ({"inline_keyboard": [[{"text": "Yes"}]]}, "Text buttons are unallowed in the inline keyboard"),
        ({"inline_keyboard": [[{"text": "Yes", "callback_data": ""}]]}, "BUTTON_DATA_INVALID"),
        ({"inline_keyboard": [[{"text": "Yes", "callback_data": 5}]]}, "BUTTON_DATA_INVALID"),
        ({"inline_keyboard": [[{"text": "Yes", "callback_data": "é" * 33}]]}, "BUTTON_DATA_INVALID"),
        ({"inline_keyboard": [[YES]] * 101}, "reply markup is too long"),
    ],
)
def test_what_is_no_keyboard_is_refused(markup: Any, said: str) -> None:
    """With 400."""
    with pytest.raises(Refused) as caught:
        _rows(markup)

    assert caught.value.status == 400
    assert said in caught.value.description


def test_a_field_that_is_null_is_as_one_that_is_absent() -> None:
    """Some libraries write all fields of a button."""
    assert _rows({"inline_keyboard": [[{"text": "See", "url": "http://a", "callback_data": None}]]}) == (
        ({"text": "See", "url": "http://a"},),
    )
