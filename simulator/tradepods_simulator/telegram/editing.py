"""Methods that change or remove what was said."""

from dataclasses import replace
from typing import Any

from tradepods_simulator.telegram.entities import read_caption, read_text
from tradepods_simulator.telegram.keyboards import read_rows
from tradepods_simulator.telegram.refusals import bad
from tradepods_simulator.telegram.sending import read_item
from tradepods_simulator.telegram.state import Call
from tradepods_simulator.telegram.targets import count, find_chat, find_message
from tradepods_simulator.telegram.transcript import Said

Json = dict[str, Any]
DELETABLE_SECONDS = 48 * 3600
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current "
    "content and reply markup of the message"
)


def edit_message_text(call: Call) -> Json:
    """Another text; without buttons, those that were there are gone."""
    said = _own(call)
    if said.media is not None:
        raise bad("there is no text in the message to edit")
    text, entities = read_text(call.params)
    return _changed(call, said, replace(said, text=text, entities=tuple(entities), rows=read_rows(call.params)))


def edit_message_caption(call: Call) -> Json:
    """Another caption, or none."""
    said = _own(call)
    if said.media is None:
        raise bad("there is no caption in the message to edit")
    text, entities = read_caption(call.params)
    return _changed(call, said, replace(said, text=text, entities=tuple(entities), rows=read_rows(call.params)))


def edit_message_media(call: Call) -> Json:
    """Another picture or file, with its own caption."""
    said = _own(call)
    item = call.params.structure("media", "InputMedia")
    if not isinstance(item, dict):
        raise bad("can't parse InputMedia: expected an Object")
    media, text, entities = read_item(call, item)
    if said.album and said.media is not None and media.kind != said.media.kind:
        raise bad("can't use the media of the specified type in the album")
    rows = read_rows(call.params)
    return _changed(call, said, replace(said, media=media, text=text, entities=tuple(entities), rows=rows))


def edit_message_reply_markup(call: Call) -> Json:
    """Other buttons, or none."""
    said = _own(call)
    return _changed(call, said, replace(said, rows=read_rows(call.params)))


def delete_message(call: Call) -> bool:
    """The bot's own message; in a private chat the person's too; within 48 hours."""
    chat = find_chat(call)
    said = find_message(call, chat, to="delete")
    foreign = said.person is not None and chat.kind != "private"
    if foreign or call.telegram.now() - said.at > DELETABLE_SECONDS:
        raise bad("message can't be deleted" if foreign else "message can't be deleted for everyone")
    call.telegram.transcript.change(replace(said, deleted=True))
    return True


def _own(call: Call) -> Said:
    """The bot's own message that is to be edited; raises Refused."""
    said = find_message(call, find_chat(call), to="edit")
    if said.person is not None:
        raise bad("message can't be edited")
    return said


def _changed(call: Call, before: Said, after: Said) -> Json:
    unmoved = before.media is after.media or (
        before.media is not None and after.media is not None and before.media.unique == after.media.unique
    )
    if unmoved and (before.text, before.entities, before.rows) == (after.text, after.entities, after.rows):
        raise bad(NOT_MODIFIED)
    count(call, find_chat(call))
    earlier = before.earlier if before.text == after.text else (*before.earlier, before.text)
    said = replace(after, edited=int(call.telegram.now()), earlier=earlier)
    call.telegram.transcript.change(said)
    return call.telegram.shown(said)
