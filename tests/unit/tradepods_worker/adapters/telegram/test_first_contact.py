"""A bot before its worker runs, over real sockets."""

from collections.abc import AsyncIterator

import pytest

from support.telegram_bench import ANN, GROUP, TOKENS, Bench, bench
from tradepods_core.errors import Invalid, Temporary
from tradepods_worker.adapters.telegram.first_contact import Candidate, FirstContact

CEM = 8


@pytest.fixture
async def telegram() -> AsyncIterator[Bench]:
    """A Bot API with bob's bot."""
    async with bench() as served:
        yield served


async def test_those_who_wrote_start_are_found_the_newest_first(telegram: Bench) -> None:
    """Each once, people and groups; other words don't count, and nothing is taken from the queue."""
    for chat, text in ((ANN, "/start"), (CEM, "/start now"), (9, "hello /start"), (ANN, "/start")):
        await telegram.type(text, bot="bob", chat=chat)
    await telegram.type("/start@bob_bot", bot="bob", chat=GROUP, user=21)
    async with FirstContact(token=TOKENS["bob"], url=telegram.url) as bot:
        found = [await bot.candidates(), await bot.candidates()]
        name = await bot.name()

    assert found[0] == found[1]
    assert [candidate.chat for candidate in found[0]] == [str(GROUP), str(ANN), str(CEM)]
    assert found[0][0] == Candidate(str(GROUP), "Friends (group)")
    assert name == "bob_bot"
    assert len((await telegram.get("updates"))["bob"]) == 5


@pytest.mark.parametrize("token", ["1:wrong", "", "no token", "1:a/../b", f"{TOKENS['bob']}\n", "1:é"])
async def test_a_wrong_token_is_said_without_it(telegram: Bench, token: str) -> None:
    """Also one that could not even stand in an address."""
    with pytest.raises(Invalid, match=r"^botToken: Telegram does not know this token") as caught:
        async with FirstContact(token=token, url=telegram.url) as bot:
            await bot.name()

    assert not token or token not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "more", "said"),
    [
        (409, {}, "another program polls this bot, or it has a webhook"),
        (429, {"retryAfter": 1}, "asks to wait"),
        (502, {}, "does not answer"),
    ],
)
async def test_each_trouble_is_told_from_the_others(
    telegram: Bench, status: int, more: dict[str, int], said: str
) -> None:
    """Without the address, for the token is part of it."""
    await telegram.post("faults", method="getUpdates", does="answer", status=status, **more)
    async with FirstContact(token=TOKENS["bob"], url=telegram.url) as bot:
        with pytest.raises((Invalid, Temporary), match=said) as caught:
            await bot.candidates()

    assert TOKENS["bob"] not in str(caught.value)


async def test_a_server_that_is_away_is_said() -> None:
    """In a word."""
    async with FirstContact(token=TOKENS["bob"], url="http://127.0.0.1:1") as bot:
        with pytest.raises(Temporary, match=r"^Telegram does not answer: NetworkError$"):
            await bot.name()
