"""A bot before its worker runs: does its token work, who is it, who has written to it.

Nothing is taken from the bot's queue: no update is confirmed, so the worker hears all of it later.
"""

import os
import re
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import Self, TypeVar

from telegram import Bot, Chat, Update
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, RetryAfter, TelegramError
from telegram.request import HTTPXRequest

from tradepods_core.errors import Invalid, Permanent, Problem, Temporary
from tradepods_worker.adapters.telegram.bot import OFFICIAL, TIMEOUT, seconds

START = "/start"
TOKEN = re.compile(r"[0-9]+:[-A-Za-z0-9_]+")
LONGEST_NAME = 40
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A chat in which somebody has written /start; `name` is what they call themselves."""

    chat: str
    name: str


class FirstContact:
    """One bot, asked from a person's terminal; to be used as a context. Raises Invalid for a wrong token."""

    def __init__(self, *, token: str, url: str) -> None:
        if not TOKEN.fullmatch(token):
            raise _wrong()
        os.environ.setdefault("PTB_TIMEDELTA", "1")  # the library's coming form of retry_after, without its warning
        self._request = HTTPXRequest(
            connect_timeout=TIMEOUT, read_timeout=TIMEOUT, write_timeout=TIMEOUT, httpx_kwargs={"trust_env": False}
        )
        self._bot = Bot(
            token, base_url=f"{url or OFFICIAL}/bot", request=self._request, get_updates_request=self._request
        )

    async def __aenter__(self) -> Self:
        """Open nothing yet."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the connection."""
        await self._request.shutdown()

    async def name(self) -> str:
        """The bot's user name, without the @."""
        return (await _asked(self._bot.get_me())).username or ""

    async def candidates(self) -> Sequence[Candidate]:
        """Who has written /start, the newest first, each once; answers at once."""
        updates = await _asked(self._bot.get_updates(timeout=0))
        found = [_candidate(update.message.chat) for update in reversed(updates) if _starts(update) and update.message]
        return list(dict.fromkeys(found))

    async def say(self, chat: str, text: str) -> None:
        """Send one message; raises Invalid where the chat can't be reached."""
        try:
            await _asked(self._bot.send_message(chat_id=int(chat), text=text))
        except _Unreachable:
            fix = "the bot can't write there: the person has to write /start to it first"
            raise Invalid([Problem(field="telegram.chatIds", value=chat, fix=fix)]) from None


class _Unreachable(Permanent):
    """The chat is not there, or has blocked the bot."""


def _starts(update: Update) -> bool:
    text = update.message.text if update.message is not None else None
    return bool(text) and str(text).split()[0].partition("@")[0] == START


def _candidate(chat: Chat) -> Candidate:
    """The name is whatever a stranger chose: only letters that can be shown, and not many."""
    called = chat.title or chat.full_name or ""
    shown = "".join(letter for letter in called if letter.isprintable())[:LONGEST_NAME]
    user = f" @{chat.username}" if chat.username else ""
    kind = "" if chat.type == Chat.PRIVATE else f" ({chat.type})"
    return Candidate(str(chat.id), f"{shown}{user}{kind}")


def _wrong() -> Invalid:
    fix = "Telegram does not know this token: copy it from BotFather, as in 123456:ABC..."
    return Invalid([Problem(field="botToken", value="", fix=fix)])


async def _asked(question: Awaitable[Result]) -> Result:
    """The answer; what goes wrong is said without an address, for the token is part of it."""
    try:
        return await question
    except InvalidToken:
        raise _wrong() from None
    except RetryAfter as error:
        raise Temporary("Telegram asks to wait", after=seconds(error)) from None
    except Conflict:
        fix = "another program polls this bot, or it has a webhook: each account needs a bot of its own"
        raise Invalid([Problem(field="botToken", value="", fix=fix)]) from None
    except (Forbidden, BadRequest) as error:
        raise _Unreachable(f"Telegram refuses: {type(error).__name__}") from None
    except TelegramError as error:
        raise Temporary(f"Telegram does not answer: {type(error).__name__}") from None
    except Exception as error:  # noqa: BLE001 - its text may quote the address, and with it the token
        raise Temporary(f"Telegram answers strangely: {type(error).__name__}") from None
