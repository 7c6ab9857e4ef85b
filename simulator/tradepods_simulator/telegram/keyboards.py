"""Buttons under a message: read, checked, and compared."""

from typing import Any

from tradepods_simulator.telegram.params import Params, is_unicode
from tradepods_simulator.telegram.refusals import bad
from tradepods_simulator.telegram.transcript import Rows

MOST_BUTTONS = 100
LONGEST_DATA = 64  # bytes
KINDS = ("callback_data", "url", "switch_inline_query", "switch_inline_query_current_chat", "copy_text", "web_app")
OTHERS = ("keyboard", "remove_keyboard", "force_reply")  # markup of other kinds: taken, and not kept


def read_rows(params: Params) -> Rows:
    """The inline buttons of a call, () where there are none; raises Refused."""
    markup = params.structure("reply_markup", "reply keyboard markup")
    if markup is None:
        return ()
    if not isinstance(markup, dict):
        raise bad("object expected as reply markup")
    rows = markup.get("inline_keyboard")
    if rows is None and any(name in markup for name in OTHERS):
        return ()
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad('field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays')
    read = tuple(tuple(_button(button) for button in row) for row in rows if row)
    if sum(map(len, read)) > MOST_BUTTONS:
        raise bad("reply markup is too long")
    return read


def _button(button: Any) -> dict[str, Any]:
    if not isinstance(button, dict):
        raise bad("can't parse inline keyboard button: InlineKeyboardButton must be an Object")
    text = button.get("text")
    if not isinstance(text, str) or not is_unicode(text):
        raise bad('can\'t parse inline keyboard button: Field "text" must be of type String')
    if not text:
        raise bad("inline keyboard button text must be non-empty")
    if not any(button.get(kind) is not None for kind in KINDS):
        raise bad("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if button.get("callback_data") is not None:
        _check_data(button["callback_data"])
    return {name: value for name, value in button.items() if value is not None}


def _check_data(data: object) -> None:
    if not isinstance(data, str) or not is_unicode(data) or not 0 < len(data.encode()) <= LONGEST_DATA:
        raise bad("BUTTON_DATA_INVALID")


def as_markup(rows: Rows) -> dict[str, Any]:
    """The part of a message that holds its buttons."""
    return {"reply_markup": {"inline_keyboard": [list(row) for row in rows]}} if rows else {}
