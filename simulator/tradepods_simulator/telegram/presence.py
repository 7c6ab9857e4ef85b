"""Methods about the bot itself, its chats and their members, its commands and its files."""

import re
from typing import Any

from tradepods_simulator.telegram.chats import Chat, Person
from tradepods_simulator.telegram.params import is_unicode
from tradepods_simulator.telegram.refusals import bad
from tradepods_simulator.telegram.state import Call
from tradepods_simulator.telegram.targets import find_chat

Json = dict[str, Any]
MOST_COMMANDS, LONGEST_DESCRIPTION = 100, 256
RIGHTS = (
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
)


def get_me(call: Call) -> Json:
    """Who the bot is."""
    return call.bot.me()


def yes(_call: Call) -> bool:
    """The answer to logOut and close: nothing here depends on them."""
    return True


def get_webhook_info(call: Call) -> Json:
    """There is no webhook: bots poll."""
    pending = len(call.bot.updates.pending())
    return {"url": "", "has_custom_certificate": False, "pending_update_count": pending}


def delete_webhook(call: Call) -> bool:
    """Drops what is pending where the bot asks for it."""
    if call.params.flag("drop_pending_updates"):
        call.bot.updates.forget()
    return True


def get_chat(call: Call) -> Json:
    """A chat in full."""
    chat = find_chat(call)
    gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")
    return {
        **chat.json(),
        "accent_color_id": chat.id % 7,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(gifts, False),
    }


def get_chat_member(call: Call) -> Json:
    """The bot, or a person who was declared or has typed there; raises Refused for others."""
    chat, number = find_chat(call), call.params.integer("user_id")
    if number == call.bot.number:
        return {"status": "member", "user": call.bot.user()}
    person = _person(chat, number)
    if person is None:
        raise bad("PARTICIPANT_ID_INVALID")
    member: Json = {"status": person.status, "user": person.json()}
    if person.status != "member":
        member |= {"is_anonymous": False}
    if person.status == "administrator":
        member |= {"can_be_edited": False, **dict.fromkeys(RIGHTS, True)}
    return member


def _person(chat: Chat, number: int) -> Person | None:
    if chat.kind == "private" and number == chat.id:
        return chat.people.get(number, Person(id=number, name=""))
    return chat.people.get(number)


def set_my_commands(call: Call) -> bool:
    """The commands that the bot offers, for a scope and a language."""
    commands = call.params.structure("commands", "commands")
    if not isinstance(commands, list):
        raise bad("can't parse commands: expected an Array of BotCommand")
    if len(commands) > MOST_COMMANDS:
        raise bad("BOT_COMMANDS_TOO_MUCH")
    call.bot.commands[_scope(call)] = [_command(command) for command in commands]
    return True


def _command(command: object) -> Json:
    if not isinstance(command, dict):
        raise bad("can't parse BotCommand: expected an Object")
    name, description = str(command.get("command", "")).removeprefix("/"), str(command.get("description", ""))
    if not re.fullmatch(r"[a-z0-9_]{1,32}", name):
        raise bad("BOT_COMMAND_INVALID")
    if not 0 < len(description) <= LONGEST_DESCRIPTION or not is_unicode(description):
        raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": name, "description": description}


def get_my_commands(call: Call) -> list[Json]:
    """Those that were set for this scope and language."""
    return call.bot.commands.get(_scope(call), [])


def delete_my_commands(call: Call) -> bool:
    """None for this scope and language."""
    call.bot.commands.pop(_scope(call), None)
    return True


def _scope(call: Call) -> str:
    scope = call.params.structure("scope", "BotCommandScope") or {"type": "default"}
    if not isinstance(scope, dict):
        raise bad("can't parse BotCommandScope: expected an Object")
    told = " ".join(f"{name}={scope[name]}" for name in sorted(scope))
    return f"{told} {call.params.text('language_code')}".strip()


def get_file(call: Call) -> Json:
    """Where a file can be fetched."""
    media = call.telegram.files.to_fetch(call.params.text("file_id"), bot=call.bot.name)
    return {"file_id": media.id, "file_unique_id": media.unique, "file_size": media.size, "file_path": media.path}
