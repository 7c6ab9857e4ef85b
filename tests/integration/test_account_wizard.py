"""`tradepods account create` as a person sees it: questions on a real terminal, and keys that are not shown there."""

import json
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from support.servers import API_KEY, API_SECRET, Served, serving
from support.telegram_bench import TOKENS, Bench, bench
from support.terminal import CTRL_C, Terminal, terminal
from tradepods_cli import manifests

TOKEN = TOKENS["bob"]
SECRETS = (API_KEY, API_SECRET, TOKEN)
STRANGER, ANN = 8, 7


@pytest.fixture
async def exchange() -> AsyncIterator[Served]:
    """An exchange that knows bob's key."""
    async with serving() as served:
        yield served


@pytest.fixture
async def telegram() -> AsyncIterator[Bench]:
    """A Bot API that knows bob's bot."""
    async with bench() as served:
        yield served


def _arguments(exchange: Served, telegram: Bench, folder: Path, *more: str) -> list[str]:
    places = ["--url", exchange.url, "--telegram-url", telegram.url, "--output", str(folder)]
    return ["account", "create", "bob", *places, *more]


def _unseen(person: Terminal) -> bool:
    return not any(secret in person.screen for secret in SECRETS)


async def _led(person: Terminal, *steps: tuple[str, str]) -> None:
    """Answer one question after the other."""
    for question, typed in steps:
        await person.answer(question, typed)


async def test_a_person_is_led_through(exchange: Served, telegram: Bench, tmp_path: Path) -> None:
    """A wrong secret may be typed again; a stranger who wrote to the bot is not taken; numbers may be changed."""
    folder, wrong = tmp_path / "accounts", "wrong-0123456789"
    await telegram.type("/start", bot="bob", chat=STRANGER)
    async with terminal(*_arguments(exchange, telegram, folder)) as person:
        await _led(person, ("API key", API_KEY), ("API secret", wrong), ("Try again?", "y"))
        await _led(person, ("API key", API_KEY), ("API secret", API_SECRET), ("Telegram bot token", TOKEN))
        await person.expect("Now write /start to @bob_bot")
        await person.answer(f"chat {STRANGER}?", "")
        await telegram.type("/start", bot="bob", chat=ANN)
        await _led(person, (f"chat {ANN}?", "y"), ("Send a test message there?", "y"))
        await person.expect("all stops at once cost")
        await _led(person, ("Preset", "wild"), ("Preset", "bold"), ("Change a number", "leverage=200"))
        await _led(
            person,
            ("spec.leverage is 200: a whole number", "leverage=8"),
            ("Change a number", ""),
            ("Write the account", "y"),
        )
        code = await person.ended()
    (account,) = manifests.load(folder).accounts

    assert (code, _unseen(person), wrong in person.screen) == (0, True, False)
    assert (account.spec.leverage, account.spec.dry_run, account.document["telegram"]["chatIds"]) == (
        8,
        True,
        [str(ANN)],
    )
    assert (account.credentials["apiSecret"], account.telegram["botToken"]) == (API_SECRET, TOKEN)
    assert await _heard(telegram) == ["Tradepods is set up to talk to you here about the account bob."]
    assert json.dumps((await telegram.get("updates"))["bob"]).count("/start") == 2  # the worker hears all of it later


async def _heard(telegram: Bench) -> list[str]:
    """What the bot has said."""
    return [line["text"] for line in await telegram.said("?bot=bob") if line["text"] != "/start"]


async def test_real_money_is_confirmed_by_typing_the_name(exchange: Served, telegram: Bench, tmp_path: Path) -> None:
    """A yes is not enough: nothing is written."""
    folder = tmp_path / "accounts"
    arguments = _arguments(exchange, telegram, folder, "--no-telegram", "--preset", "careful", "--live")
    environment = {"TRADEPODS_API_KEY": API_KEY, "TRADEPODS_API_SECRET": API_SECRET}
    codes = []
    for typed in ("yes", "bob"):
        async with terminal(*arguments, environment=environment) as person:
            await person.answer("Change a number", "")
            await person.answer("This trades REAL MONEY. Type the account's name, bob, to confirm", typed)
            codes.append((await person.ended(), folder.exists(), _unseen(person)))

    assert codes == [(2, False, True), (0, True, True)]


@pytest.mark.parametrize("question", ["API key", "API secret", "Telegram bot token", "Preset", "Write the account"])
async def test_ctrl_c_leaves_nothing_behind(exchange: Served, telegram: Bench, tmp_path: Path, question: str) -> None:
    """At whichever question; no traceback, no secret, no file."""
    typed = {
        "API key": API_KEY,
        "API secret": API_SECRET,
        "Telegram bot token": "",
        "Preset": "normal",
        "Change a number": "",
        "Write the account": "y",
    }
    folder = tmp_path / "accounts"
    async with terminal(*_arguments(exchange, telegram, folder)) as person:
        for asked, answer in typed.items():
            if asked == question:
                await person.press(asked, CTRL_C)
                break
            await person.answer(asked, answer)
        code = await person.ended()

    assert (code in (1, 130), _unseen(person)) == (True, True)
    assert "Traceback" not in person.screen
    assert list(tmp_path.iterdir()) == []


async def test_ctrl_c_while_a_chat_is_waited_for(exchange: Served, telegram: Bench, tmp_path: Path) -> None:
    """The wait ends at once; the token was not shown."""
    async with terminal(*_arguments(exchange, telegram, tmp_path / "accounts", "--no-keys")) as person:
        await person.answer("Telegram bot token", TOKEN)
        await person.expect("Now write /start to @bob_bot in Telegram.")
        os.write(person.keyboard, CTRL_C.encode())
        code = await person.ended()

    assert (code, _unseen(person), list(tmp_path.iterdir())) == (130, True, [])
    assert "Traceback" not in person.screen
