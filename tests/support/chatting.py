"""An account whose command task talks to people through the Bot API simulator; the desk is in a test's hand."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from support.account import Account
from support.build import NOON, WALL, settings
from support.telegram_bench import ANN, GROUP, TOKENS, WITHIN, Bench
from tradepods_core.book import steering
from tradepods_core.book.events import AccountRead, AccountView, CommandGiven, Event
from tradepods_core.rules.foreign import foreign
from tradepods_core.settings.account import AccountSpec
from tradepods_core.settings.overrides import in_force
from tradepods_worker.adapters.clocks import ManualClock
from tradepods_worker.adapters.ledger.memory import MemoryLedger
from tradepods_worker.adapters.telegram.answers import answer
from tradepods_worker.adapters.telegram.asking import caption
from tradepods_worker.adapters.telegram.commands import TelegramLine
from tradepods_worker.ports.commands import Taken, View
from tradepods_worker.tasks.commands import Commands

OTHER, VIEWER, STRANGER = 8, 9, 666  # a second owner's chat, one that may look, one that is nobody's


def chatty(**changes: Any) -> AccountSpec:
    """Settings with a bot."""
    acting = [str(ANN), str(OTHER), str(GROUP)]
    telegram = {"secretRef": {"name": "bot"}, "chatIds": acting, "viewerChatIds": [str(VIEWER)]}
    return settings(**{"telegram": telegram, **changes})


class Wall(ManualClock):
    """Keeps how long it was slept on."""

    def __init__(self) -> None:
        super().__init__(WALL)
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        """At once."""
        self.slept.append(seconds)
        await super().sleep(seconds)


@dataclass(slots=True)
class Talk:
    """What outlives a worker: the account, its ledger, the simulator. And what the desk was given."""

    api: Bench
    account: Account = field(default_factory=lambda: Account(account_settings=chatty()))
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    wall: Wall = field(default_factory=Wall)
    given: list[Event] = field(default_factory=list)
    shown: AccountView | None = None  # of the exchange, to a reading
    deaf: bool = False  # the desk is not there to take what it is given

    def put(self, event: Event) -> None:
        """The desk takes it at once."""
        if self.deaf:
            return
        self.given.append(event)
        before = len(self.account.facts)
        self.account.handle(event)
        self.account.overrides = steering.after(self.account.overrides, self.account.facts[before:])
        self.ledger.disk.rows += [("live", fact) for fact in self.account.facts[before:]]

    def reread(self, _why: str) -> None:
        """The exchange is asked at once, and shows what it shows."""
        if self.shown is not None:
            now = self.wall.now()
            self.account.wall = now
            self.account.handle(AccountRead(view=self.shown, begun_at=now, seen_at=now))

    def look(self) -> View:
        """The account at this moment."""
        return view_of(self.account)

    def names(self) -> list[str]:
        """What the desk was asked for."""
        return [event.name for event in self.given if isinstance(event, CommandGiven)]

    async def answers(self, chat: int = ANN) -> list[dict[str, Any]]:
        """What the bot has said in a chat."""
        said = await self.api.said(f"?bot=alice&chat={chat}")
        return [one for one in said if "from" not in one]

    async def heard(self, text: str, *, chat: int = ANN, after: int = 0) -> dict[str, Any]:
        """The newest answer once it holds this text and there were more than so many, within a deadline."""
        deadline = time.monotonic() + WITHIN
        while True:
            found = await self.answers(chat)
            if len(found) > after and text in found[-1]["text"]:
                return found[-1]
            assert time.monotonic() < deadline, found
            await asyncio.sleep(0.01)

    async def ask(self, text: str, expected: str, *, chat: int = ANN) -> dict[str, Any]:
        """A person types; the answer."""
        before = len(await self.answers(chat))
        await self.api.type(text, chat=chat)
        return await self.heard(expected, chat=chat, after=before)


def view_of(account: Account, **changes: Any) -> View:
    """The account at this moment, as a worker shows it."""
    values: dict[str, Any] = {
        "account": "bob",
        "at": NOON,
        "book": account.book,
        "tally": account.tally(),
        "terms": in_force(account.settings, account.overrides),
        "taken": Taken(all=frozenset(account.book.commands), any=frozenset(account.book.commands)),
        "markets": account.markets,
        "marks": account.marks,
        "leverage": account.venue.leverage,
        "connected": account.connected,
        "strategies": account.strategies,
        "foreign": foreign(account.book, account.reading),
        "read_at": None if account.reading is None else account.reading.begun_at,
    }
    return View(**values | changes)


@asynccontextmanager
async def connected(talk: Talk) -> AsyncIterator[Commands]:
    """A worker's command task that is not running: a test calls `listen`."""
    line = TelegramLine(token=TOKENS["alice"], url=talk.api.url, poll=5)
    yield Commands(
        line=line,
        store=talk.ledger,
        past=lambda: talk.ledger.book("live"),
        look=talk.look,
        write=answer,
        caption=caption,
        put=talk.put,
        reread=talk.reread,
        wall=talk.wall,
    )
    await line.close()


@asynccontextmanager
async def listening(talk: Talk) -> AsyncIterator[Commands]:
    """A worker's command task, until it is stopped; started again it is a worker's next run."""
    async with connected(talk) as commands:
        tasks = [asyncio.create_task(commands.run()), asyncio.create_task(commands.speaker.run())]
        try:
            yield commands
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
