"""Where a call goes: a chat that wants the bot, a topic that is there, a message that may be changed."""

from tradepods_simulator.telegram.chats import Chat
from tradepods_simulator.telegram.refusals import bad, forbidden, too_many
from tradepods_simulator.telegram.state import Call
from tradepods_simulator.telegram.transcript import Said


def find_chat(call: Call) -> Chat:
    """The chat; raises Refused where there is none, or where the bot is not wanted."""
    chat = call.telegram.chats.find(call.params.text("chat_id"))
    if chat is None:
        raise bad("chat not found")
    if chat.id in call.bot.unwanted:
        private = chat.kind == "private"
        raise forbidden("bot was blocked by the user" if private else f"bot was kicked from the {chat.kind} chat")
    return chat


def find_thread(call: Call, chat: Chat) -> int:
    """The topic, 0 where none is named; raises Refused where it is unknown."""
    thread = call.params.integer("message_thread_id")
    if thread and thread not in chat.topics:
        raise bad("message thread not found")
    return thread


def find_reply(call: Call, chat: Chat) -> int:
    """The message that is replied to, 0 where there is none; raises Refused where it is unknown."""
    told = call.params.structure("reply_parameters", "reply parameters")
    given = call.params.within(told) if isinstance(told, dict) else call.params
    number = given.integer("message_id") if isinstance(told, dict) else given.integer("reply_to_message_id")
    if not number or call.telegram.transcript.find(bot=call.bot.name, chat=str(chat.id), message=number):
        return number
    if given.flag("allow_sending_without_reply"):
        return 0
    raise bad("message to be replied not found")


def find_message(call: Call, chat: Chat, *, to: str) -> Said:
    """A message by its number; `to` as in "message to edit not found"."""
    number = call.params.integer("message_id")
    found = call.telegram.transcript.find(bot=call.bot.name, chat=str(chat.id), message=number)
    if found is None:
        raise bad(f"message to {to} not found")
    return found


def count(call: Call, chat: Chat, *, messages: int = 1) -> None:
    """Count messages where limits are on; raises Refused where they are too many."""
    if call.telegram.limits is None:
        return
    wait = call.telegram.limits.ask(bot=call.bot.name, chat=chat.id, messages=messages)
    if wait:
        raise too_many(wait)
