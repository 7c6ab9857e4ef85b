"""Telegram's part of a new account: the token is tried, and the person's chat is found."""

import asyncio
import time
from collections.abc import Collection, Mapping, Sequence

from tradepods_cli.accounts.asking import Asking, missing
from tradepods_cli.exits import console, say_error
from tradepods_worker.adapters.telegram.first_contact import Candidate, FirstContact

FOUND_WITHIN = 120.0  # seconds
LOOK_EVERY = 1.0  # seconds
HELLO = "Tradepods is set up to talk to you here about the account {name}."


class Pairing:
    """A bot and the chats that may command it; `url` is another Bot API server's."""

    def __init__(self, asking: Asking, *, url: str, name: str) -> None:
        self._asking, self._url, self._name = asking, url, name

    def token(self, given: Mapping[str, str]) -> tuple[str, str]:
        """A token that works and the bot's name; empty for an account without a bot."""

        def attempt() -> tuple[str, str]:
            question = "Telegram bot token (not shown as you type; empty: no bot)"
            token = given.get("botToken") or self._asking.hidden(question, flag="--no-telegram")
            return (token, asyncio.run(self._named(token))) if token else ("", "")

        typed = Asking(self._asking.asks and "botToken" not in given)  # a given one stays as it is
        return typed.again(attempt)

    def chats(self, token: str, bot: str, given: Sequence[str]) -> list[str]:
        """The chats that may command the bot: those given, else the one in which the person writes now."""
        if given:
            return list(given)
        if not self._asking.asks:
            raise missing("--chat-id")
        found = self._asking.again(lambda: self._found(token, bot))
        return [found or self._asking.text("Your chat's number, as Telegram has it", flag="--chat-id")]

    def greet(self, token: str, chats: Sequence[str], *, wanted: bool | None) -> None:
        """Send a message to try it, where the person agrees."""
        if wanted is None:
            wanted = self._asking.asks and self._asking.agree("Send a test message there?")
        if wanted:
            self._asking.again(lambda: asyncio.run(self._greet(token, chats)))
            console.print("sent", style="green")

    async def _named(self, token: str) -> str:
        async with FirstContact(token=token, url=self._url) as bot:
            return await bot.name()

    async def _greet(self, token: str, chats: Sequence[str]) -> None:
        async with FirstContact(token=token, url=self._url) as bot:
            for chat in chats:
                await bot.say(chat, HELLO.format(name=self._name))

    def _found(self, token: str, bot: str) -> str:
        """The chat that the person says is theirs; "" where none came in time."""
        refused: set[str] = set()
        deadline = time.monotonic() + FOUND_WITHIN
        while (candidate := asyncio.run(self._next(token, bot, but=refused, deadline=deadline))) is not None:
            question = f"Is this you: {candidate.name}, chat {candidate.chat}?"  # it may be any stranger
            if self._asking.agree(question, usually=False):
                return candidate.chat
            refused.add(candidate.chat)
        say_error("nobody wrote /start within two minutes")
        return ""

    async def _next(self, token: str, bot: str, *, but: Collection[str], deadline: float) -> Candidate | None:
        """Whoever writes next; said where Ctrl-C ends it in good order: while a loop is made, it would break that."""
        console.print(f"Now write /start to @{bot} in Telegram. Ctrl-C ends this.", highlight=False)
        async with FirstContact(token=token, url=self._url) as contact:
            while time.monotonic() < deadline:
                for candidate in await contact.candidates():
                    if candidate.chat not in but:
                        return candidate
                await asyncio.sleep(LOOK_EVERY)
        return None
