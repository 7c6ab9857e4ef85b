"""All that the API holds, and how a message comes to be in it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tradepods_simulator.telegram.bots import Bot
from tradepods_simulator.telegram.chats import Chat, Chats, Person
from tradepods_simulator.telegram.files import Files
from tradepods_simulator.telegram.keyboards import as_markup
from tradepods_simulator.telegram.limits import Limits
from tradepods_simulator.telegram.params import Params
from tradepods_simulator.telegram.transcript import Said, Transcript

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Telegram:
    """Bots by name, their chats, what was said in them; `now` is unix seconds."""

    bots: Mapping[str, Bot]
    chats: Chats
    files: Files
    transcript: Transcript
    limits: Limits | None
    now: Callable[[], float]

    def say(self, bot: Bot, chat: Chat, *, text: str, person: Person | None = None, **more: Any) -> Said:
        """A new message, of the bot or of a person."""
        bot.messages += 1
        return self.transcript.add(
            bot=bot.name,
            chat=str(chat.id),
            text=text,
            message=bot.messages,
            person=person,
            at=int(self.now()),
            **more,
        )

    def shown(self, said: Said) -> Json:
        """A message as a Message of the Bot API."""
        bot, chat = self.bots[said.bot], self.chats.get(int(said.chat))
        text = "caption" if said.media else "text"
        entities = "caption_entities" if said.media else "entities"
        message: Json = {
            "message_id": said.message,
            "from": bot.user() if said.person is None else said.person.json(),
            "chat": {} if chat is None else chat.json(),
            "date": said.at,
            **({} if said.media is None else said.media.json()),
        }
        more = {
            text: said.text,
            entities: list(said.entities),
            "message_thread_id": said.thread,
            "is_topic_message": bool(said.thread),
            "media_group_id": said.album,
            "edit_date": said.edited,
        }
        message |= {name: value for name, value in more.items() if value}
        replied = self.transcript.find(bot=said.bot, chat=said.chat, message=said.reply) if said.reply else None
        if replied is not None:
            message["reply_to_message"] = self.shown(replace(replied, reply=0))  # as Telegram: one step deep
        return {**message, **as_markup(said.rows)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A method that a bot calls."""

    telegram: Telegram
    bot: Bot
    params: Params
