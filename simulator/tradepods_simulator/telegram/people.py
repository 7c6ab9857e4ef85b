"""What people do: they type, press buttons, block a bot and take it back."""

from dataclasses import replace

from pydantic import Field

from tradepods_core.errors import Invalid, Problem
from tradepods_core.reading import shown
from tradepods_core.shapes import Written
from tradepods_simulator.telegram.bots import Bot
from tradepods_simulator.telegram.chats import Chat, Person, number_of
from tradepods_simulator.telegram.entities import LONGEST_TEXT, with_found
from tradepods_simulator.telegram.state import Json, Telegram
from tradepods_simulator.telegram.text_units import length
from tradepods_simulator.telegram.transcript import Press, Said


class Impossible(Exception):
    """A person can't do that as things are."""


class Typing(Written):
    """A person types; `user` is a name or a number, in a private chat neither is needed."""

    bot: str
    chat: int
    text: str = Field(min_length=1)
    user: int | str = ""
    thread: int = 0
    reply_to: int = 0


class Pressing(Written):
    """A person presses the button with this data or this text."""

    bot: str
    chat: int
    message: int
    data: str = ""
    button: str = ""
    user: int | str = ""


class Blocking(Written):
    """A person blocks a bot in a private chat, a group throws it out; or takes it back."""

    bot: str
    chat: int


def type_text(telegram: Telegram, typing: Typing) -> Json:
    """A person's message becomes an update; says why where the bot does not hear of it."""
    bot, chat = _bot(telegram, typing.bot), _chat(telegram, typing.chat)
    _check_wanted(bot, chat)
    person = _person(chat, typing.user)
    _check_text(typing)
    _check_place(telegram, bot, chat, typing)
    telegram.chats.meet(chat, person)
    text = typing.text.strip()
    more = {"thread": typing.thread, "reply": typing.reply_to, "entities": tuple(with_found(text))}
    said = telegram.say(bot, chat, text=text, person=person, **more)
    why = _unheard(telegram, bot, chat, said)
    update = None if why else bot.updates.add("message", telegram.shown(said))
    if update is None and not why:
        why = "the bot's allowed_updates leave messages out"
    return {"message": said.message, "update": update, "why": why}


def _check_text(typing: Typing) -> None:
    if not typing.text.strip():
        raise _wrong("text", shown(typing.text), "write something that can be read")
    if length(typing.text) > LONGEST_TEXT:
        raise _wrong("text", shown(typing.text), f"at most {LONGEST_TEXT} UTF-16 code units: a person would send two")


def _check_place(telegram: Telegram, bot: Bot, chat: Chat, typing: Typing) -> None:
    if typing.thread and typing.thread not in chat.topics:
        known = ", ".join(f"{number} {name}" for number, name in chat.topics.items()) or "none: declare it"
        raise _wrong("thread", str(typing.thread), f"no such topic in chat {chat.id}; there are {known}")
    if typing.reply_to and not _message(telegram, bot, chat, typing.reply_to):
        raise _wrong("replyTo", str(typing.reply_to), f"no such message in {bot.name}'s chat {chat.id}")


def _unheard(telegram: Telegram, bot: Bot, chat: Chat, said: Said) -> str:
    """Why privacy mode keeps a message from the bot; "" where it does not."""
    if chat.kind == "private" or bot.reads_groups:
        return ""
    replied = _message(telegram, bot, chat, said.reply)
    if replied is not None and replied.person is None:
        return ""
    begins = any(entity["type"] == "bot_command" and not entity["offset"] for entity in said.entities)
    if not begins:
        return "privacy mode: in a group a bot hears commands and replies; set readsGroups in the bots file for more"
    addressee = said.text.split()[0].partition("@")[2]
    other = addressee and addressee.lower() != bot.username.lower()
    return f"the command is for @{addressee}, this bot is @{bot.username}" if other else ""


def press_button(telegram: Telegram, pressing: Pressing) -> Json:
    """A button that is really there becomes a callback query; raises Invalid or Impossible."""
    bot, chat = _bot(telegram, pressing.bot), _chat(telegram, pressing.chat)
    _check_wanted(bot, chat)
    said = _message(telegram, bot, chat, pressing.message)
    if said is None:
        raise Impossible(
            f"message {pressing.message} is not in {bot.name}'s chat {chat.id}: it never was, or is deleted"
        )
    button, person = _button(said, pressing), _person(chat, pressing.user)
    telegram.chats.meet(chat, person)
    bot.queries += 1
    press = Press(
        query=f"{bot.number}{bot.queries:08d}",
        person=person,
        button=str(button["text"]),
        data=str(button["callback_data"]),
        at=int(telegram.now()),
    )
    telegram.transcript.change(replace(said, presses=(*said.presses, press)))
    query = {
        "id": press.query,
        "from": person.json(),
        "message": telegram.shown(said),
        "chat_instance": str(bot.number + abs(chat.id)),
        "data": press.data,
    }
    update = bot.updates.add("callback_query", query)
    why = "" if update else "the bot's allowed_updates leave callback queries out"
    return {"query": press.query, "update": update, "why": why}


def _button(said: Said, pressing: Pressing) -> Json:
    """The button that is meant; raises Invalid where none is named, Impossible where it can't be pressed."""
    if not pressing.data and not pressing.button:
        raise _wrong("data", "", "is required: write the button's data, or its text as button")
    buttons = [button for row in said.rows for button in row]
    for button in buttons:
        if pressing.data in ("", button.get("callback_data")) and pressing.button in ("", button["text"]):
            if "callback_data" in button:
                return button
            raise Impossible(f"button {button['text']} of message {said.message} tells the bot nothing: it has no data")
    there = ", ".join(f"{button['text']} ({button.get('callback_data', 'no data')})" for button in buttons) or "none"
    named = pressing.button or pressing.data
    raise Impossible(f"message {said.message} has no button {shown(named)}; there are: {there}")


def block(telegram: Telegram, blocking: Blocking, *, wanted: bool) -> Json:
    """The bot is wanted in a chat or not; it hears of it, if it is a change."""
    bot, chat = _bot(telegram, blocking.bot), _chat(telegram, blocking.chat)
    before = chat.id not in bot.unwanted
    if before == wanted:
        return {"update": None}
    (bot.unwanted.discard if wanted else bot.unwanted.add)(chat.id)
    in_group = _person(chat, "somebody") if chat.kind != "private" else _person(chat, "")
    content = {
        "chat": chat.json(),
        "from": in_group.json(),
        "date": int(telegram.now()),
        "old_chat_member": _membership(bot, wanted=before),
        "new_chat_member": _membership(bot, wanted=wanted),
    }
    return {"update": bot.updates.add("my_chat_member", content)}


def _membership(bot: Bot, *, wanted: bool) -> Json:
    return (
        {"user": bot.user(), "status": "member"}
        if wanted
        else {
            "user": bot.user(),
            "status": "kicked",
            "until_date": 0,
        }
    )


def _message(telegram: Telegram, bot: Bot, chat: Chat, number: int) -> Said | None:
    return telegram.transcript.find(bot=bot.name, chat=str(chat.id), message=number)


def _bot(telegram: Telegram, name: str) -> Bot:
    found = telegram.bots.get(name)
    if found is None:
        raise _wrong("bot", shown(name), f"no such bot; there are {', '.join(telegram.bots)}")
    return found


def _chat(telegram: Telegram, number: int) -> Chat:
    found = telegram.chats.find(str(number))
    if found is None:
        raise _wrong("chat", str(number), "no such group: declare it by POST /admin/chats")
    return found


def _check_wanted(bot: Bot, chat: Chat) -> None:
    if chat.id in bot.unwanted:
        raise Impossible(f"{bot.name} is blocked in chat {chat.id}: POST /admin/unblock first")


def _person(chat: Chat, user: int | str) -> Person:
    """Who is meant: in a private chat the one person whose it is; raises Invalid."""
    if chat.kind == "private":
        if isinstance(user, int) and user != chat.id:
            raise _wrong("user", str(user), f"in a private chat it is the chat's own number, {chat.id}")
        known = chat.people.get(chat.id, Person(id=chat.id, name=f"Person {chat.id}"))
        return replace(known, name=user) if isinstance(user, str) and user else known
    if not user:
        raise _wrong("user", "", "is required in a group: write the name or the number of who does it")
    if isinstance(user, int):
        return chat.people.get(user, Person(id=user, name=f"Person {user}"))
    named = (person for person in chat.people.values() if user in (person.name, person.username))
    return next(named, Person(id=number_of(user), name=user))


def _wrong(field: str, value: str, fix: str) -> Invalid:
    return Invalid([Problem(field=f"body.{field}", value=value, fix=fix)])
