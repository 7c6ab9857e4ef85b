"""A close is asked once, by a button that names its consequence: soon, where it was asked, one press."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from support.account import Account
from support.build import BTC, ETH, arrived, signal
from support.chatting import OTHER, VIEWER, Talk, chatty, listening
from support.telegram_bench import ANN, bench
from tradepods_core.book.events import CommandGiven
from tradepods_core.book.facts import CommandTaken


@pytest.fixture
async def talk() -> AsyncIterator[Talk]:
    """An account with two open positions."""
    account = Account(account_settings=chatty(maxPositions=5))
    account.opened()
    account.opened(symbol=ETH, side="short")
    account.marks[BTC] += 2
    async with bench() as api:
        yield Talk(api, account=account)


def _data(said: dict[str, Any]) -> str:
    return str(said["buttons"][0][0]["callback_data"])


def _results(talk: Talk) -> list[str]:
    return [fact.result for fact in talk.account.facts if isinstance(fact, CommandTaken)]


@pytest.mark.parametrize("named", ["BTC", "btcusdt", "BTC/USDT", "BTC/USDT:USDT"])
async def test_the_button_says_what_pressing_it_does(talk: Talk, named: str) -> None:
    """Quantity, notional, unrealised; the symbol in any of its forms."""
    async with listening(talk):
        said = await talk.ask(f"/close {named}", "close at market?")

    assert said["buttons"][0][0]["text"] == "Close 4.925 long BTC/USDT:USDT: 502.35 USDT, unrealised +9.85"
    assert talk.given == []


async def test_a_press_closes_what_was_named(talk: Talk) -> None:
    """The question loses its button and says who it was."""
    async with listening(talk):
        said = await talk.ask("/close BTC", "close at market?")
        await talk.api.press(said["message"], data=_data(said), user="Ann")
        settled = await talk.heard("Confirmed by Ann (Telegram 7).")

    (given,) = talk.given
    assert isinstance(given, CommandGiven)
    assert (given.symbol, given.by, given.id) == (BTC, "Ann (Telegram 7)", "telegram/2")
    assert "buttons" not in settled
    assert settled["presses"][0]["answered"]
    assert _results(talk) == ["closing 1 at market"]


async def test_close_all_names_all(talk: Talk) -> None:
    """The sum over the positions, each of them above it."""
    async with listening(talk):
        said = await talk.ask("/close ALL", "close at market?")
        await talk.api.press(said["message"], data=_data(said))
        await talk.heard("Confirmed")

    assert said["buttons"][0][0]["text"].startswith("Close 2 positions: ")
    assert "long BTC/USDT:USDT: 4.925, +9.85 USDT" in said["text"]
    assert _results(talk) == ["closing 2 at market"]


async def test_a_second_press_does_nothing(talk: Talk) -> None:
    """Two presses of a nervous thumb, both on their way before the first is answered."""
    async with listening(talk) as commands:
        said = await talk.ask("/close BTC", "close at market?")
        for _ in range(2):
            await talk.api.press(said["message"], data=_data(said))
        await talk.ask("/status", "Running")
        await commands.speaker.silent()
        first, second = (await talk.answers())[0]["presses"]

    assert talk.names() == ["close"]
    assert first["text"] == "[bob] (dry run) done"
    assert "this press did nothing: a button counts once" in second["text"]


@pytest.mark.parametrize(("seconds", "closes"), [(59, True), (60, False)])
async def test_a_button_counts_for_a_minute(talk: Talk, seconds: float, closes: bool) -> None:
    """Later the numbers on it are history."""
    async with listening(talk) as commands:
        said = await talk.ask("/close BTC", "close at market?")
        talk.wall.advance(seconds)
        await talk.api.press(said["message"], data=_data(said))
        await talk.ask("/status", "Running")
        await commands.speaker.silent()
        settled = (await talk.answers())[0]

    assert bool(talk.given) is closes
    assert "buttons" not in settled
    assert ("did nothing" in settled["presses"][0]["text"]) is not closes


@pytest.mark.parametrize(("chat", "note"), [(OTHER, "did nothing"), (VIEWER, "may look, not act")])
async def test_a_press_from_another_chat_does_nothing(talk: Talk, chat: int, note: str) -> None:
    """Also from one that may act: it was not asked there. The question stays good where it was."""
    async with listening(talk) as commands:
        said = await talk.ask("/close BTC", "close at market?")
        button = InlineKeyboardMarkup([[InlineKeyboardButton("Close", callback_data=_data(said))]])
        forged = await talk.api.bot().send_message(chat, "?", reply_markup=button)
        await talk.api.press(forged.message_id, chat=chat, data=_data(said))
        await talk.ask("/status", "Running")
        await commands.speaker.silent()
        nothing = list(talk.given)
        await talk.api.press(said["message"], data=_data(said))
        while not talk.given:
            await commands.speaker.silent()
            await talk.ask("/status", "Running")

    assert nothing == []
    assert note in (await talk.answers(chat))[0]["presses"][0]["text"]
    assert talk.names() == ["close"]


async def test_a_press_that_is_told_twice_closes_once(talk: Talk) -> None:
    """Killed after the desk took it: the next run knows what it was, and that it was done."""
    async with listening(talk):
        said = await talk.ask("/close BTC", "close at market?")
    await talk.api.press(said["message"], data=_data(said))
    talk.put(CommandGiven(id="telegram/2", name="close", symbol=BTC, by="Ann"))  # what the last run's desk did
    async with listening(talk) as commands:
        await talk.ask("/status", "Running")
        await commands.speaker.silent()

    assert _results(talk) == ["closing 1 at market"]
    assert (await talk.answers())[0]["text"].endswith("done")


async def test_a_button_of_an_earlier_run_asks_to_be_asked_again(talk: Talk) -> None:
    """Questions don't outlive the worker: their numbers might not hold any more."""
    async with listening(talk):
        said = await talk.ask("/close BTC", "close at market?")
    await talk.api.press(said["message"], data=_data(said))
    async with listening(talk) as commands:
        await talk.ask("/status", "Running")
        await commands.speaker.silent()

    assert talk.given == []
    assert "Ask again" in (await talk.answers())[0]["presses"][0]["text"]


async def test_more_than_the_button_named_is_not_closed(talk: Talk) -> None:
    """A position that came after the question would be closed unseen."""
    account = Account(account_settings=chatty(maxPositions=5))
    account.opened()
    talk.account = account
    async with listening(talk) as commands:
        said = await talk.ask("/close all", "close at market?")
        account.handle(arrived())
        account.opened(symbol=ETH, strategy="late")
        await talk.api.press(said["message"], data=_data(said))
        await talk.ask("/status", "positions 2 of 5")
        await commands.speaker.silent()

    assert talk.given == []
    assert "things have changed since it was asked" in (await talk.answers(ANN))[0]["presses"][0]["text"]
    assert signal(symbol=ETH).symbol in {leg.symbol for leg in account.book.positions}


async def test_an_entry_on_its_way_is_not_nothing(talk: Talk) -> None:
    """Who closes everything in that moment asks again."""
    talk.account = Account(account_settings=chatty())
    talk.account.handle(arrived(signal()))
    async with listening(talk):
        await talk.ask("/close all", "an entry is on its way: ask again once it is filled or refused.")
        await talk.ask("/close ETH", "there is nothing to close in ETH")

    assert talk.given == []
