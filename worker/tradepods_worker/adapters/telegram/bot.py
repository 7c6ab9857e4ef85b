"""Sends messages through the account's own bot; the library's exceptions end here, and its token stays out of them."""

import os
import ssl
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import structlog
from telegram import Bot
from telegram.error import BadRequest, Forbidden, InvalidToken, RetryAfter, TelegramError, TimedOut
from telegram.request import HTTPXRequest

from tradepods_core.settings.proxy import Proxy
from tradepods_worker.ports import Later, Never, Sent
from tradepods_worker.ports.ledger import Undelivered

OFFICIAL = "https://api.telegram.org"
TIMEOUT = 10.0  # seconds
AGAIN_AFTER = 5.0  # seconds
Render = Callable[[Undelivered], str]
log = structlog.get_logger()


class TelegramMessenger:
    """One bot, and the chats that hear it: those of the moment."""

    def __init__(
        self,
        *,
        token: str,
        chats: Callable[[], Sequence[str]],
        url: str,
        render: Render,
        tls: ssl.SSLContext | None = None,
        proxy: Proxy | None = None,
    ) -> None:
        os.environ.setdefault("PTB_TIMEDELTA", "1")  # the library's coming form of retry_after, without its warning
        self._request = HTTPXRequest(
            connect_timeout=TIMEOUT,
            read_timeout=TIMEOUT,
            write_timeout=TIMEOUT,
            proxy=None if proxy is None else proxy.url,
            httpx_kwargs={"trust_env": False, "verify": tls or True},
        )
        self._bot = Bot(
            token, base_url=f"{url or OFFICIAL}/bot", request=self._request, get_updates_request=self._request
        )
        self._chats = chats
        self._render = render
        self._number = 0
        self._outcomes: dict[str, Sent | Never] = {}  # of the notice with that number, by chat

    async def send(self, undelivered: Undelivered) -> Sent | Later | Never:
        """Send to every chat. One that can't be reached is said in the log; all of them make it Never.

        Told to try later, the next try leaves out the chats that have it.
        """
        if undelivered.number != self._number:
            self._number, self._outcomes = undelivered.number, {}
        text = self._render(undelivered)
        for chat in (chat for chat in self._chats() if chat not in self._outcomes):
            outcome = await self._send(chat, text)
            if isinstance(outcome, Later):
                return replace(outcome, refused=outcome.refused and not self._outcomes)  # no chat has it
            self._outcomes[chat] = outcome
        reached = any(isinstance(outcome, Sent) for outcome in self._outcomes.values())
        return Sent() if reached else Never("no chat can be reached")

    async def close(self) -> None:
        """Close the connection."""
        await self._request.shutdown()  # a bot that was never initialised, which sending does not need, closes nothing

    async def _send(self, chat: str, text: str) -> Sent | Later | Never:
        try:
            await self._bot.send_message(chat_id=int(chat), text=text)
        except RetryAfter as error:
            return Later(after=seconds(error), refused=True)
        except (Forbidden, BadRequest, InvalidToken) as error:
            log.warning("telegram_refuses", chat=chat, error=type(error).__name__)
            return Never(type(error).__name__)
        except (TimedOut, TelegramError) as error:
            log.warning("telegram_silent", error=type(error).__name__)
            return Later(after=AGAIN_AFTER)
        return Sent()


def seconds(error: RetryAfter) -> float:
    """How long the Bot API asks us to wait."""
    after = error.retry_after
    return after.total_seconds() if isinstance(after, timedelta) else after
