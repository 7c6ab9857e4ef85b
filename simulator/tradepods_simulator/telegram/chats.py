"""Chats: private ones come into being by themselves, groups and topics are declared."""

import re
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from pydantic import Field

from tradepods_core.errors import Invalid, Problem
from tradepods_core.shapes import Written

Json = dict[str, Any]
Kind = Literal["private", "group", "supergroup"]
Status = Literal["creator", "administrator", "member"]
FIRST_NAMED = 5_000_000_000  # people who are only named get numbers from here on
NUMBER = re.compile(r"-?[0-9]{1,16}")  # of a chat: it has at most 52 bits


class MemberEntry(Written):
    """A person in a group."""

    id: int = Field(gt=0)
    name: str = Field(min_length=1)
    username: str = ""
    status: Status = "member"


class TopicEntry(Written):
    """A topic of a forum."""

    id: int = Field(gt=0)
    name: str = Field(min_length=1)


class ChatEntry(Written):
    """A chat as it is declared, by the admin or in a file."""

    chat: int
    type: Kind = "supergroup"
    title: str = ""
    username: str = ""
    topics: list[TopicEntry] = Field(default_factory=list)
    members: list[MemberEntry] = Field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who types and presses."""

    id: int
    name: str
    username: str = ""
    status: Status = "member"

    def json(self) -> Json:
        """As a User of the Bot API."""
        named = {"username": self.username} if self.username else {}
        return {"id": self.id, "is_bot": False, "first_name": self.name, **named}


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """One chat."""

    id: int
    kind: Kind
    title: str = ""
    username: str = ""
    topics: Mapping[int, str] = field(default_factory=dict)
    people: Mapping[int, Person] = field(default_factory=dict)

    def json(self) -> Json:
        """As a Chat of the Bot API; of a private one, the person's name once it is known."""
        person = self.people.get(self.id)
        texts = {
            "title": self.title,
            "first_name": "" if person is None else person.name,
            "username": self.username or ("" if person is None else person.username),
        }
        told = {name: text for name, text in texts.items() if text}
        return {"id": self.id, "type": self.kind, **told, **({"is_forum": True} if self.topics else {})}

    def with_person(self, person: Person) -> "Chat":
        """The chat with one more who is known to be in it."""
        return replace(self, people={**self.people, person.id: person})


class Chats:
    """All that are known."""

    def __init__(self, entries: Iterable[ChatEntry] = ()) -> None:
        self._chats: dict[int, Chat] = {}
        for entry in entries:
            self.declare(entry)

    def declare(self, entry: ChatEntry) -> Chat:
        """A chat is there from now on, or is changed; raises Invalid."""
        problems = list(_problems(entry))
        if problems:
            raise Invalid(problems)
        people = [Person(id=m.id, name=m.name, username=m.username, status=m.status) for m in entry.members]
        found = self._chats.get(entry.chat)
        chat = Chat(
            id=entry.chat,
            kind=entry.type,
            title=entry.title or ("" if entry.type == "private" else f"Group {abs(entry.chat)}"),
            username=entry.username,
            topics={topic.id: topic.name for topic in entry.topics},
            people={**({} if found is None else found.people), **{person.id: person for person in people}},
        )
        self._chats[chat.id] = chat
        return chat

    def find(self, written: str) -> Chat | None:
        """A chat by what a bot wrote: its number, or @ and its name; a private one is made where there is none."""
        if written.startswith("@"):
            return next((c for c in self._chats.values() if written[1:].lower() == c.username.lower()), None)
        if not NUMBER.fullmatch(written):
            return None
        number = int(written)
        if number > 0 and number not in self._chats:
            self._chats[number] = Chat(id=number, kind="private")
        return self._chats.get(number)

    def meet(self, chat: Chat, person: Person) -> Chat:
        """A person was seen in a chat."""
        self._chats[chat.id] = chat.with_person(person)
        return self._chats[chat.id]

    def get(self, number: int) -> Chat | None:
        """A chat that is there already."""
        return self._chats.get(number)

    def all(self) -> list[Chat]:
        """In the order in which they came to be."""
        return list(self._chats.values())


def _problems(entry: ChatEntry) -> Iterable[Problem]:
    private = entry.type == "private"
    if private != (entry.chat > 0):
        fix = "a private chat's number is above 0" if private else f"a {entry.type}'s number is below 0, as -1001"
        yield Problem(field="chat", value=str(entry.chat), fix=fix)
    if entry.topics and entry.type != "supergroup":
        yield Problem(field="topics", value="", fix="only a supergroup has topics: set type to supergroup")


def number_of(name: str) -> int:
    """The number of a person who is only named: always the same."""
    return FIRST_NAMED + zlib.crc32(name.encode())
