"""The Bot API simulator in this process, over real sockets, with bots of python-telegram-bot on it."""

import asyncio
import json
import os
import struct
import time
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import ClientSession
from aiohttp.test_utils import TestServer
from telegram import Bot
from telegram.ext import Application, ApplicationBuilder
from telegram.request import HTTPXRequest

from tradepods_simulator.telegram.app import BotEntry, ChatEntry, make_app
from tradepods_simulator.telegram.limits import Limits
from tradepods_simulator.telegram.transcript import Transcript

os.environ.setdefault("PTB_TIMEDELTA", "1")  # the library's coming form of retry_after, without its warning

WITHIN = 5.0  # seconds: a deadline, never a wait
HEARD_WITHIN = 30.0  # likewise, where a whole worker has to act first
ANN, GROUP, FORUM = 7, -4001, -1004002  # a person's chat, a group, a group with topics
TOKENS = {"alice": f"100001:{'a' * 35}", "bob": f"100002:{'b' * 35}"}
CHATS = [
    {"chat": GROUP, "type": "group", "title": "Friends"},
    {
        "chat": FORUM,
        "type": "supergroup",
        "title": "Traders",
        "username": "traders",
        "topics": [{"id": 11, "name": "Alerts"}],
        "members": [
            {"id": 21, "name": "Cem", "status": "creator"},
            {"id": 22, "name": "Ada", "username": "ada", "status": "administrator"},
        ],
    },
]
App = Application[Any, Any, Any, Any, Any, Any]


@dataclass(slots=True)
class Clock:
    """Unix seconds that a test moves."""

    now: float = 1_748_822_400.0


@dataclass(slots=True)
class Bench:
    """The simulator, its clock, and what people and tests ask of it."""

    url: str
    clock: Clock
    session: ClientSession
    requests: list[HTTPXRequest] = field(default_factory=list)

    def bot(self, name: str = "alice", *, read_timeout: float = WITHIN, token: str = "") -> Bot:
        """A bot of python-telegram-bot."""
        parts = [HTTPXRequest(read_timeout=read_timeout, httpx_kwargs={"trust_env": False}) for _ in range(2)]
        self.requests += parts
        return Bot(
            token or TOKENS[name],
            base_url=f"{self.url}/bot",
            base_file_url=f"{self.url}/file/bot",
            request=parts[0],
            get_updates_request=parts[1],
        )

    def application(self, name: str = "alice") -> App:
        """An application of python-telegram-bot, that polls."""
        return ApplicationBuilder().bot(self.bot(name)).build()

    async def post(self, path: str, **body: Any) -> Any:
        """Ask the admin, who must agree."""
        status, text = await self.refused(path, **body)
        assert status == 200, text
        return json.loads(text)

    async def refused(self, path: str, **body: Any) -> tuple[int, str]:
        """Ask the admin; status and what is said."""
        async with self.session.post(f"{self.url}/admin/{path}", json=body) as answer:
            return answer.status, await answer.text()

    async def get(self, path: str) -> Any:
        """Look."""
        async with self.session.get(f"{self.url}/admin/{path}") as answer:
            return await answer.json()

    async def said(self, query: str = "?bot=alice") -> list[dict[str, Any]]:
        """The transcript."""
        found: list[dict[str, Any]] = await self.get(f"transcript{query}")
        return found

    async def type(self, text: str, *, bot: str = "alice", chat: int = ANN, **more: Any) -> Any:
        """A person types."""
        return await self.post("type", bot=bot, chat=chat, text=text, **more)

    def manifest(self, folder: Path, *, bot: str = "bob", **more: Any) -> dict[str, Any]:
        """What an account's settings say of its bot and of ann's chat; the token is in the account's folder."""
        (folder / "telegram").mkdir(exist_ok=True)
        (folder / "telegram" / "botToken").write_text(TOKENS[bot])
        return {"telegram": {"secretRef": {"name": "bot"}, "chatIds": [str(ANN)], "apiUrl": self.url, **more}}

    async def hears(self, text: str, *, bot: str = "bob") -> dict[str, Any]:
        """The bot's newest message that holds this text, once there is one."""
        async with asyncio.timeout(HEARD_WITHIN):
            while True:
                said = [one for one in await self.said(f"?bot={bot}") if "from" not in one and text in one["text"]]
                if said:
                    return said[-1]
                await asyncio.sleep(0.01)

    async def press(self, message: int, *, bot: str = "alice", chat: int = ANN, **more: Any) -> Any:
        """A person presses a button."""
        return await self.post("press", bot=bot, chat=chat, message=message, **more)


@asynccontextmanager
async def bench(*, limited: bool = False) -> AsyncIterator[Bench]:
    """A simulator with two bots, a group, and a forum with one topic."""
    clock = Clock()
    app = make_app(
        [BotEntry(name=name, token=token) for name, token in TOKENS.items()],
        Transcript(),
        chats=[ChatEntry.model_validate(chat) for chat in CHATS],
        limits=Limits(now=lambda: clock.now) if limited else None,
        now=lambda: clock.now,
    )
    server = TestServer(app)
    await server.start_server(shutdown_timeout=0.1)
    async with ClientSession() as session:
        made = Bench(str(server.make_url("")).rstrip("/"), clock, session)
        try:
            yield made
        finally:
            for request in made.requests:
                await request.shutdown()
            await server.close()


@asynccontextmanager
async def polling(application: App, **options: Any) -> AsyncIterator[App]:
    """An application that polls and handles."""
    async with application:
        await application.start()
        assert application.updater is not None
        await application.updater.start_polling(**{"timeout": 5, "poll_interval": 0.0, **options})
        try:
            yield application
        finally:
            await application.updater.stop()
            await application.stop()


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds, with a deadline."""
    deadline = time.monotonic() + WITHIN
    while not holds():
        assert time.monotonic() < deadline, "it did not come to hold"
        await asyncio.sleep(0.005)


def png(width: int = 4, height: int = 3, *, shade: int = 0) -> bytes:
    """A picture."""
    rows = b"".join(b"\x00" + bytes([shade]) * width for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    chunks = (struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in parts)
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)
