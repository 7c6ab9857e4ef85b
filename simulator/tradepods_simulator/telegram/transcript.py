"""What was said, in order, with all that became of it; also as lines in a file, for people and tests to search."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tradepods_simulator.telegram.chats import Person
from tradepods_simulator.telegram.files import Media

Json = dict[str, Any]
Rows = tuple[tuple[Json, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """A button that a person pressed, and the bot's answer: a passing note, or a popup."""

    query: str
    person: Person
    button: str
    data: str
    at: int
    answered: bool = False
    text: str = ""
    popup: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One message: who said it to which chat. Its text is what remains after the markup; or its caption.

    Attributes:
        number: counted over all bots.
        message: counted for each bot.
        person: who said it; None where the bot did.
        at: unix seconds; `edited` too, 0 where it never was.
        earlier: the texts that it had before it was edited.

    """

    number: int
    bot: str
    chat: str
    text: str
    message: int = 0
    person: Person | None = None
    at: int = 0
    thread: int = 0
    reply: int = 0
    entities: tuple[Json, ...] = ()
    media: Media | None = None
    album: str = ""
    rows: Rows = ()
    edited: int = 0
    earlier: tuple[str, ...] = ()
    deleted: bool = False
    presses: tuple[Press, ...] = ()


class Transcript:
    """Kept in memory; what bots say is written line by line where a file is given."""

    def __init__(self, file: Path | None = None) -> None:
        self._said: list[Said] = []
        self._places: dict[tuple[str, str, int], int] = {}
        self._file = file

    def add(self, *, bot: str, chat: str, text: str, **more: Any) -> Said:
        """Keep a message."""
        said = Said(number=len(self._said) + 1, bot=bot, chat=chat, text=text, **more)
        self._places[bot, chat, said.message] = len(self._said)
        self._said.append(said)
        if self._file is not None and said.person is None:
            with self._file.open("a", encoding="utf-8") as lines:
                lines.write(json.dumps({"bot": bot, "chat": chat, "text": text}, ensure_ascii=False) + "\n")
        return said

    def change(self, said: Said) -> None:
        """A message is now so."""
        self._said[said.number - 1] = said

    def find(self, *, bot: str, chat: str, message: int) -> Said | None:
        """A message, None where it never was or is deleted."""
        place = self._places.get((bot, chat, message))
        found = None if place is None else self._said[place]
        return None if found is None or found.deleted else found

    def of(self, bot: str | None, chat: str | None = None) -> Iterator[Said]:
        """All in one bot's chats, or in one of them; all of all with None."""
        return (said for said in self._said if bot in (None, said.bot) and chat in (None, said.chat))


def told(said: Said) -> Json:
    """A message for an examiner: the bot, its chat and the text, and what else there is to it."""
    more: Json = {
        "message": said.message,
        "date": said.at,
        "from": None if said.person is None else {"id": said.person.id, "name": said.person.name},
        "thread": said.thread,
        "replyTo": said.reply,
        "entities": list(said.entities),
        "media": None if said.media is None else said.media.told(),
        "album": said.album,
        "buttons": [list(row) for row in said.rows],
        "editedAt": said.edited,
        "earlier": list(said.earlier),
        "deleted": said.deleted,
        "presses": [_pressed(press) for press in said.presses],
    }
    return {"number": said.number, "bot": said.bot, "chat": said.chat, "text": said.text} | {
        name: value for name, value in more.items() if value or name == "message"
    }


def _pressed(press: Press) -> Json:
    return {
        "query": press.query,
        "user": press.person.id,
        "name": press.person.name,
        "button": press.button,
        "data": press.data,
        "at": press.at,
        "answered": press.answered,
        "text": press.text,
        "popup": press.popup,
    }
