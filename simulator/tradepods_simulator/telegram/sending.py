"""Methods that say something new."""

from typing import Any

from tradepods_simulator.telegram.chats import Chat
from tradepods_simulator.telegram.entities import Entity, read_caption, read_text
from tradepods_simulator.telegram.files import Kind, Media, read_media
from tradepods_simulator.telegram.keyboards import read_rows
from tradepods_simulator.telegram.params import Params
from tradepods_simulator.telegram.refusals import bad
from tradepods_simulator.telegram.state import Call
from tradepods_simulator.telegram.targets import count, find_chat, find_reply, find_thread
from tradepods_simulator.telegram.transcript import Said

Json = dict[str, Any]
FEWEST, MOST = 2, 10  # messages of an album
ACTIONS = (
    "typing",
    "upload_photo",
    "record_video",
    "upload_video",
    "record_voice",
    "upload_voice",
    "upload_document",
    "choose_sticker",
    "find_location",
    "record_video_note",
    "upload_video_note",
)


def send_message(call: Call) -> Json:
    """A text."""
    chat = find_chat(call)
    thread, (text, entities) = find_thread(call, chat), read_text(call.params)
    rows, reply = read_rows(call.params), find_reply(call, chat)
    count(call, chat)
    said = call.telegram.say(call.bot, chat, text=text, entities=tuple(entities), thread=thread, rows=rows, reply=reply)
    return call.telegram.shown(said)


def send_photo(call: Call) -> Json:
    """A picture, uploaded or by file_id."""
    return _send_media(call, "photo")


def send_document(call: Call) -> Json:
    """A file, uploaded or by file_id."""
    return _send_media(call, "document")


def _send_media(call: Call, kind: Kind) -> Json:
    chat = find_chat(call)
    thread, (text, entities) = find_thread(call, chat), read_caption(call.params)
    rows, reply = read_rows(call.params), find_reply(call, chat)
    count(call, chat)
    media = read_media(call.telegram.files, call.bot.name, call.params, kind, kind)
    said = call.telegram.say(
        call.bot, chat, text=text, entities=tuple(entities), thread=thread, rows=rows, reply=reply, media=media
    )
    return call.telegram.shown(said)


def send_media_group(call: Call) -> list[Json]:
    """An album: photos or documents, each a message."""
    chat = find_chat(call)
    thread, reply = find_thread(call, chat), find_reply(call, chat)
    items = _items(call)
    count(call, chat, messages=len(items))
    read = [read_item(call, item) for item in items]
    call.bot.albums += 1
    album = f"{call.bot.number}{call.bot.albums:06d}"
    said = [_in_album(call, chat, item, album=album, thread=thread, reply=reply) for item in read]
    return [call.telegram.shown(message) for message in said]


def _items(call: Call) -> list[Json]:
    items = call.params.structure("media", "InputMedia")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise bad("can't parse InputMedia: expected an Array of InputMedia")
    if len(items) > MOST:
        raise bad("too many messages to send as an album")
    if len(items) < FEWEST:
        raise bad("too few messages to send as an album")
    kinds = [item.get("type") for item in items]
    if "document" in kinds and any(kind != "document" for kind in kinds):
        raise bad("can't use the media of the specified type in the album")
    return items


def read_item(call: Call, item: Json) -> tuple[Media, str, list[Entity]]:
    """An InputMedia: the file, its caption and the caption's entities; raises Refused."""
    kind = item.get("type")
    if kind not in ("photo", "document"):
        raise bad(f"can't parse InputMedia: type {str(kind)[:20]} is not simulated: send a photo or a document")
    part: Params = call.params.within(item)
    text, entities = read_caption(part)
    return read_media(call.telegram.files, call.bot.name, part, kind, "media"), text, entities


def _in_album(call: Call, chat: Chat, read: tuple[Media, str, list[Entity]], **more: Any) -> Said:
    media, text, entities = read
    return call.telegram.say(call.bot, chat, text=text, entities=tuple(entities), media=media, **more)


def send_chat_action(call: Call) -> bool:
    """What the bot is about to do."""
    chat = find_chat(call)
    find_thread(call, chat)
    action = call.params.text("action")
    if action not in ACTIONS:
        raise bad("wrong parameter action in request")
    call.bot.actions.append((str(chat.id), action))
    return True
