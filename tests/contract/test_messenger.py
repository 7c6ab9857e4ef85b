"""The messenger port: the same cases in memory and by python-telegram-bot on a Bot API over real sockets."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import partial

import pytest
from aiohttp import web

from support.build import NOON
from support.servers import listen
from tradepods_core.rules.snapshot import Notice
from tradepods_simulator.telegram.app import BotEntry, make_app
from tradepods_simulator.telegram.transcript import Transcript
from tradepods_worker.adapters.telegram.bot import TelegramMessenger
from tradepods_worker.adapters.telegram.memory import MemoryMessenger
from tradepods_worker.adapters.telegram.render import render
from tradepods_worker.ports import Later, Messenger, Never, Sent
from tradepods_worker.ports.ledger import Undelivered

TOKEN = "100001:" + "t" * 35
RENDER = partial(render, account="bob")


@dataclass(slots=True)
class Bench:
    """A messenger, and what has reached the person."""

    messenger: Messenger
    texts: Callable[[], list[str]]


def _notice(number: int = 1, *, attempts: int = 0, **values: str) -> Undelivered:
    notice = Notice(kind="trusted", at=NOON, values={"symbol": "BTC/USDT:USDT", **values})
    return Undelivered(number=number, notice=notice, attempts=attempts, book="live")


@pytest.fixture(params=["memory", "telegram"])
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    """A messenger of each kind."""
    if request.param == "memory":
        memory = MemoryMessenger()
        yield Bench(memory, lambda: [RENDER(undelivered) for undelivered in memory.said])
        return
    transcript = Transcript()
    runner, url = await listen(make_app([BotEntry(name="bob", token=TOKEN)], transcript))
    messenger = TelegramMessenger(token=TOKEN, chats=lambda: ["7"], url=url, render=RENDER)
    yield Bench(messenger, lambda: [said.text for said in transcript.of("bob")])
    await messenger.close()
    await runner.cleanup()


async def test_a_notice_reaches_the_person(bench: Bench) -> None:
    """As its text, once."""
    assert await bench.messenger.send(_notice()) == Sent()
    assert bench.texts() == ["[bob] BTC/USDT:USDT: ledger and exchange agree again."]


async def test_notices_keep_their_order(bench: Bench) -> None:
    """First sent, first read."""
    for number, symbol in enumerate(["A", "B", "C"], start=1):
        await bench.messenger.send(_notice(number, symbol=symbol))

    assert [text.partition("] ")[2].partition(":")[0] for text in bench.texts()] == ["A", "B", "C"]


async def test_a_notice_that_may_have_been_sent_before_says_so(bench: Bench) -> None:
    """With the same short id, so that a person can tell."""
    await bench.messenger.send(_notice(42, attempts=1))

    assert bench.texts()[0].endswith("(#42, perhaps a repeat)")


@pytest.fixture
async def scripted() -> AsyncIterator[tuple[TelegramMessenger, list[web.Response | None]]]:
    """A Bot API that answers as a test says; None drops the connection."""
    answers: list[web.Response | None] = []

    async def answer(request: web.Request) -> web.Response:
        found = answers.pop(0)
        if found is None:
            assert request.transport is not None
            request.transport.close()
            return web.Response()
        return found

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner, url = await listen(app)
    messenger = TelegramMessenger(token=TOKEN, chats=lambda: ["7"], url=url, render=RENDER)
    yield messenger, answers
    await messenger.close()
    await runner.cleanup()


def _error(status: int, description: str, **parameters: int) -> web.Response:
    body = {"ok": False, "error_code": status, "description": description, "parameters": parameters}
    return web.json_response(body, status=status)


@pytest.mark.parametrize(
    ("status", "description", "expected"),
    [
        (403, "Forbidden: bot was blocked by the user", Never),
        (400, "Bad Request: chat not found", Never),
        (401, "Unauthorized", Never),
        (500, "Internal Server Error", Later),
        (502, "Bad Gateway", Later),
    ],
)
async def test_what_the_bot_api_says_becomes_never_or_later(
    scripted: tuple[TelegramMessenger, list[web.Response | None]],
    status: int,
    description: str,
    expected: type[Never | Later],
) -> None:
    """A person who blocked the bot is not written to again; a server in trouble is."""
    messenger, answers = scripted
    answers.append(_error(status, description))

    assert isinstance(await messenger.send(_notice()), expected)


async def test_a_flood_limit_says_how_long_to_wait(
    scripted: tuple[TelegramMessenger, list[web.Response | None]],
) -> None:
    """retry_after is obeyed."""
    messenger, answers = scripted
    answers.append(_error(429, "Too Many Requests: retry after 17", retry_after=17))

    assert await messenger.send(_notice()) == Later(after=17, refused=True)


async def test_a_dropped_answer_is_tried_again_later(
    scripted: tuple[TelegramMessenger, list[web.Response | None]],
) -> None:
    """Nobody knows whether it arrived."""
    messenger, answers = scripted
    answers.append(None)

    outcome = await messenger.send(_notice())

    assert isinstance(outcome, Later)
    assert not outcome.refused


async def test_a_chat_that_has_a_notice_does_not_get_it_again_because_another_has_to_wait() -> None:
    """Each chat is tried until it has it, or never will."""
    asked: list[str] = []
    limits = {"8": [_error(429, "Too Many Requests: retry after 3", retry_after=3)]}

    async def answer(request: web.Request) -> web.Response:
        chat = str((await request.post())["chat_id"])
        asked.append(chat)
        if limits.get(chat):
            return limits[chat].pop()
        message = {"message_id": 1, "date": 0, "chat": {"id": int(chat), "type": "private"}}
        return web.json_response({"ok": True, "result": message})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner, url = await listen(app)
    messenger = TelegramMessenger(token=TOKEN, chats=lambda: ["7", "8"], url=url, render=RENDER)
    first, second = await messenger.send(_notice()), await messenger.send(_notice(attempts=1))
    await messenger.close()
    await runner.cleanup()

    assert (first, second) == (Later(after=3), Sent())
    assert asked == ["7", "8", "8"]
