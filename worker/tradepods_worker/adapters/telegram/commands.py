"""Listens to the account's own bot by long polling; the library's exceptions end here, and its token stays out of them.

No offset is compared with an update's number: after a quiet week Telegram chooses the next number at random.
"""

import contextlib
import os
import ssl
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from telegram import Bot, CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message, Update, User
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, RetryAfter, TelegramError
from telegram.request import HTTPXRequest

from tradepods_core.settings.proxy import Proxy
from tradepods_worker.adapters.telegram.bot import AGAIN_AFTER, OFFICIAL, TIMEOUT, seconds
from tradepods_worker.adapters.telegram.menu import described
from tradepods_worker.adapters.telegram.parsing import command
from tradepods_worker.adapters.telegram.phrasing import LANGUAGES, Language
from tradepods_worker.ports import Later, Never, Sent
from tradepods_worker.ports.commands import Answer, Heard, Place, Pressed, Say, Settle, Skipped, Typed, Unheard

POLL = 25  # seconds that a question for updates may wait for one
WRONG_TOKEN_AFTER = 60.0  # seconds: a person has to do something about it
LONGEST_NAME = 40
LONGEST_NOTE = 190  # of the 200 that a passing note may have
WANTED = ["message", "callback_query"]
Result = TypeVar("Result")


class TelegramLine:
    """One bot that listens and answers; `language` is the account's, of the moment."""

    def __init__(
        self,
        *,
        token: str,
        url: str,
        poll: int = POLL,
        language: Callable[[], Language] = lambda: "en",
        tls: ssl.SSLContext | None = None,
        proxy: Proxy | None = None,
    ) -> None:
        os.environ.setdefault("PTB_TIMEDELTA", "1")  # the library's coming form of retry_after, without its warning
        self._request = HTTPXRequest(
            connection_pool_size=4,
            connect_timeout=TIMEOUT,
            read_timeout=TIMEOUT,
            write_timeout=TIMEOUT,
            proxy=None if proxy is None else proxy.url,
            httpx_kwargs={"trust_env": False, "verify": tls or True},
        )
        self._bot = Bot(
            token, base_url=f"{url or OFFICIAL}/bot", request=self._request, get_updates_request=self._request
        )
        self._poll = poll
        self._username = ""
        self._language = language
        self._offered: Language | None = None

    async def introduce(self) -> None:
        """Learn the bot's own name, and offer its commands."""
        self._username = (await _asked(self._bot.get_me())).username or ""
        await self._offer(self._language())

    async def _offer(self, language: Language) -> None:
        """The menu in the account's language, and to each app whose own language is another one of ours in that one."""
        await _asked(self._bot.set_my_commands(described(language)))
        for other in LANGUAGES:
            await _asked(self._bot.set_my_commands(described(other), language_code=other))
        self._offered = language

    async def hear(self, *, after: int | None) -> Sequence[Heard]:
        """What came after that update; waits a while for it. A changed language gets its menu first, where it can."""
        language = self._language()
        if self._offered not in (None, language):
            with contextlib.suppress(Unheard):
                await self._offer(language)
        offset = None if after is None else after + 1
        updates = await _asked(self._bot.get_updates(offset=offset, timeout=self._poll, allowed_updates=WANTED))
        return [self._heard(update) for update in updates]

    async def tell(self, answer: Answer) -> Sent | Later | Never:
        """Answer one person."""
        try:
            await (self._say(answer) if isinstance(answer, Say) else self._settle(answer))
        except RetryAfter as error:
            return Later(after=seconds(error))
        except (Forbidden, BadRequest, InvalidToken) as error:
            return Never(type(error).__name__)
        except TelegramError:
            return Later(after=AGAIN_AFTER)
        return Sent()

    async def close(self) -> None:
        """Close the connection."""
        await self._request.shutdown()

    async def _say(self, say: Say) -> None:
        button = InlineKeyboardButton(say.button, callback_data=say.data)
        await self._bot.send_message(
            chat_id=int(say.place.chat),
            message_thread_id=say.place.thread or None,
            text=say.text,
            reply_markup=InlineKeyboardMarkup([[button]]) if say.button else None,
        )

    async def _settle(self, settle: Settle) -> None:
        """The note first: Telegram takes it for a few seconds only. One that is too late changes nothing else."""
        pressed = settle.pressed
        chat, message = int(pressed.place.chat), pressed.message
        with contextlib.suppress(BadRequest):
            await self._bot.answer_callback_query(pressed.query, text=settle.note[:LONGEST_NOTE])
        with contextlib.suppress(BadRequest):  # the message is gone, or has no button any more
            if settle.text:
                await self._bot.edit_message_text(settle.text, chat_id=chat, message_id=message)
            else:
                await self._bot.edit_message_reply_markup(chat_id=chat, message_id=message)

    def _heard(self, update: Update) -> Heard:
        number = update.update_id
        if update.callback_query is not None:
            return _pressed(number, update.callback_query)
        if update.message is not None and update.message.text:
            return self._typed(number, update.message, update.message.text)
        return Skipped(number=number)

    def _typed(self, number: int, message: Message, text: str) -> Heard:
        found = command(text, username=self._username)
        alone = message.chat.type == "private"
        if found is None or not (found.name or alone):
            return Skipped(number=number)
        place = Place(str(message.chat.id), (message.message_thread_id or 0) if message.is_topic_message else 0)
        by = _who(message.from_user)
        return Typed(number=number, place=place, by=by, name=found.name, argument=found.argument)


def _pressed(number: int, query: CallbackQuery) -> Heard:
    if query.message is None or query.data is None:
        return Skipped(number=number)
    return Pressed(
        number=number,
        place=Place(str(query.message.chat.id)),
        by=_who(query.from_user),
        query=query.id,
        message=query.message.message_id,
        data=query.data,
    )


def _who(user: User | None) -> str:
    """Name and number: the name is what the person chose to be called, the number is who it is."""
    if user is None:
        return "an anonymous member"
    name = "".join(letter for letter in user.full_name if letter.isprintable())[:LONGEST_NAME]
    return f"{name} (Telegram {user.id})"


async def _asked(question: Awaitable[Result]) -> Result:
    """The answer; raises Unheard with the trouble in a word, for whoever logs it must not see an address."""
    try:
        return await question
    except RetryAfter as error:
        raise Unheard("rate limited", after=seconds(error)) from None
    except Conflict:
        raise Unheard("another program polls this bot", after=AGAIN_AFTER) from None
    except (Forbidden, InvalidToken) as error:
        raise Unheard(f"refused: {type(error).__name__}", after=WRONG_TOKEN_AFTER) from None
    except TelegramError as error:
        raise Unheard(f"away: {type(error).__name__}", after=AGAIN_AFTER) from None
    except Exception as error:  # noqa: BLE001 - an answer in a form that the library does not know is no reason to end
        raise Unheard(f"strange: {type(error).__name__}", after=AGAIN_AFTER) from None
