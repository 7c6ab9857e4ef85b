"""Commands, typed into the Bot API simulator and answered by a worker's own task: who may, and what is kept."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from support.chatting import OTHER, STRANGER, VIEWER, Talk, chatty, connected, listening
from support.telegram_bench import GROUP, TOKENS, bench, until
from tradepods_core.book.events import CommandGiven
from tradepods_core.book.facts import CommandTaken


@pytest.fixture
async def talk() -> AsyncIterator[Talk]:
    """An account with a bot, which nobody listens to yet."""
    async with bench() as api:
        yield Talk(api)


async def test_the_app_lists_the_commands(talk: Talk) -> None:
    """They are offered once, at the start."""
    async with listening(talk):
        await talk.ask("/help", "what I understand")
        offered = (await talk.api.get("bots"))["alice"]["commands"]

    assert set(offered) == {"type=default", "type=default en", "type=default ko"}
    for commands in offered.values():
        assert {"status", "positions", "pause", "resume", "close"} <= {command["command"] for command in commands}


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("/start", "what I understand"),
        ("/status", "Running, trades on paper"),
        ("/positions", "no open positions"),
        ("/balance", "wallet 1,000.00"),
        ("/pnl", "realised 0.00"),
        ("/trades", "no position was closed yet"),
        ("/settings", "entryPct: 5"),
        ("/why eth", "ETH/USDT:USDT: no signal was decided lately"),
        ("/why", "write the symbol too"),
        ("/why ABC", "Held or watched: BTC, ETH"),
        ("/close", "write what to close"),
        ("/close ABC", "Held or watched: BTC, ETH"),
        ("/close all", "there is nothing to close."),
        ("/dance", "/help"),
        ("hello", "/help"),
        ("/STATUS", "Running"),
    ],
)
async def test_every_command_is_answered(talk: Talk, typed: str, expected: str) -> None:
    """In the chat that asked, in the account's name."""
    async with listening(talk):
        said = await talk.ask(typed, expected)

    assert said["text"].startswith("[bob] (dry run) ")
    assert talk.given == []


@pytest.mark.parametrize(
    "typed",
    ["/pause ETH", "/resume BTC", "/reset entryPct", "/status ETH", "/positions ETH", "/trades 20"],
)
async def test_what_is_about_the_whole_account_takes_nothing_behind_it(talk: Talk, typed: str) -> None:
    """Who means one symbol is told what there is for one; nothing is done, and nothing else is shown for it."""
    talk.account.handle(CommandGiven(id="telegram/0", name="pause", by="Ann"))
    paused = talk.account.book.pause
    name = typed.partition(" ")[0]
    async with listening(talk):
        await talk.ask(typed, f"{name} is about the whole account and stands alone: nothing was done.")

    assert talk.given == []
    assert talk.account.book.pause == paused


async def test_a_person_pauses_and_resumes(talk: Talk) -> None:
    """The record says who it was."""
    async with listening(talk) as commands:
        await talk.api.type("/pause", user="Ann")
        await talk.ask("/status", "PAUSED until you resume it: asked for by Ann (Telegram 7)")
        await talk.api.type("/resume", user="Ann")
        await talk.ask("/status", "Running, trades on paper\n")
        await commands.speaker.silent()

    taken = [fact for fact in talk.account.facts if isinstance(fact, CommandTaken)]
    assert [(fact.name, fact.by) for fact in taken] == [
        ("pause", "Ann (Telegram 7)"),
        ("resume", "Ann (Telegram 7)"),
    ]


async def test_a_viewer_may_only_look(talk: Talk) -> None:
    """What acts is answered with a sentence, and does nothing."""
    async with listening(talk):
        for typed in ("/pause", "/resume", "/close all"):
            await talk.ask(typed, "may look, not act", chat=VIEWER)
        await talk.ask("/status", "Running", chat=VIEWER)

    assert talk.given == []


async def test_a_stranger_gets_no_answer(talk: Talk, capsys: pytest.CaptureFixture[str]) -> None:
    """Counted, and logged by number only: never what was said."""
    async with listening(talk) as commands:
        await talk.api.type("/pause my-own-words", chat=STRANGER)
        await talk.api.type("/status", chat=STRANGER)
        await talk.ask("/status", "Running")
        assert commands.strangers.total == 2

    logged = capsys.readouterr().out
    assert await talk.answers(STRANGER) == []
    assert talk.given == []
    assert logged.count(str(STRANGER)) == 1
    assert "my-own-words" not in logged


async def test_a_chat_that_is_taken_off_the_list_is_a_stranger_at_once(talk: Talk) -> None:
    """The settings that are in force say who may talk to the bot, not those of the worker's start."""
    async with listening(talk) as commands:
        await talk.ask("/status", "Running")
        telegram = {"secretRef": {"name": "bot"}, "chatIds": [str(OTHER)]}
        talk.account.settings = chatty(telegram=telegram)
        await talk.api.type("/pause")
        await talk.ask("/status", "Running", chat=OTHER)
        assert commands.strangers.total == 1

    assert talk.given == []


async def test_in_a_group_the_bot_hears_what_is_meant_for_it(talk: Talk) -> None:
    """`/status@alice_bot` is, another bot's command is not, whatever privacy mode lets through."""
    async with listening(talk):
        await talk.api.type("/status@bob_bot", chat=GROUP, user="Cem")
        await talk.api.type("/status@Alice_Bot", chat=GROUP, user="Cem")
        await talk.heard("Running", chat=GROUP)

    assert len(await talk.answers(GROUP)) == 1


async def test_what_was_typed_while_the_worker_was_down_is_heard(talk: Talk) -> None:
    """Once, over any number of restarts, and the account's own offset says where to go on."""
    await talk.api.type("/pause")
    async with listening(talk):
        await talk.ask("/status", "PAUSED")
    await talk.api.type("/resume")
    async with listening(talk):
        await talk.ask("/status", "Running, trades on paper\n")
    async with listening(talk):
        await talk.ask("/status", "Running, trades on paper\n")

    assert talk.names() == ["pause", "resume"]
    assert await talk.ledger.load_offset() == 5


async def test_a_command_that_is_told_twice_is_done_once(talk: Talk) -> None:
    """Killed after the desk took it and before the offset was kept: Telegram tells it again."""
    await talk.api.type("/pause")
    for _ in range(2):
        async with connected(talk) as commands:
            assert await commands.listen(None) == 1
            talk.ledger.disk.offset = None

    assert talk.names() == ["pause"]


async def test_a_command_that_the_desk_has_not_taken_is_not_lost(talk: Talk) -> None:
    """Killed before it was in the ledger: the offset stands before it, and Telegram tells it again."""
    await talk.api.type("/pause")
    talk.deaf = True
    async with connected(talk) as commands:
        hearing = asyncio.create_task(commands.listen(None))
        await until(lambda: bool(talk.wall.slept))
        hearing.cancel()
    assert await talk.ledger.load_offset() is None
    talk.deaf = False
    async with listening(talk):
        await talk.ask("/status", "PAUSED")

    assert talk.names() == ["pause"]


async def test_a_failing_answer_does_not_stop_the_listening(talk: Talk) -> None:
    """The person is told, the next command is heard."""
    async with listening(talk):
        await talk.ask("/status", "Running")
        markets, talk.account.markets = talk.account.markets, None  # type: ignore[assignment]  # a bug, as it were
        await talk.ask("/why BTC", "I can't answer that now")
        talk.account.markets = markets
        await talk.ask("/why BTC", "no signal was decided lately")


async def test_the_token_is_in_no_log(
    talk: Talk, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever Telegram refuses."""
    await talk.api.post("faults", bot="alice", method="getMe", status=401, text="Unauthorized")
    await talk.api.post("faults", bot="alice", method="getUpdates", status=502)
    async with listening(talk):
        await talk.ask("/status", "Running")
    captured = capsys.readouterr()

    assert captured.out.count("commands_unheard") == 2
    assert TOKENS["alice"].partition(":")[2] not in captured.out + captured.err + caplog.text
