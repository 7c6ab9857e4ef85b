"""Trouble on request: what python-telegram-bot raises when the API refuses, is silent, or answers and loses it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from telegram.error import BadRequest, Conflict, Forbidden, NetworkError, RetryAfter, TelegramError, TimedOut

from support.telegram_bench import ANN, FORUM, GROUP, TOKENS, Bench, bench, png


@pytest.fixture
async def api() -> AsyncIterator[Bench]:
    """A simulator with two bots, a group and a forum."""
    async with bench() as made:
        yield made


async def test_a_blocked_bot_is_forbidden(api: Bench) -> None:
    """Until it is taken back; nobody types to a bot that they blocked."""
    bot = api.bot()
    await api.post("block", bot="alice", chat=ANN)
    with pytest.raises(Forbidden, match="Forbidden: bot was blocked by the user"):
        await bot.send_message(ANN, "x")
    status, text = await api.refused("type", bot="alice", chat=ANN, text="x")
    assert (status, text) == (409, "alice is blocked in chat 7: POST /admin/unblock first")
    await api.bot("bob").send_message(ANN, "not me")
    await api.post("unblock", bot="alice", chat=ANN)

    assert (await bot.send_message(ANN, "x")).text == "x"


@pytest.mark.parametrize(("chat", "kind"), [(GROUP, "group"), (FORUM, "supergroup")])
async def test_a_bot_that_was_thrown_out_is_forbidden(api: Bench, chat: int, kind: str) -> None:
    """In the words for each kind of group."""
    await api.post("block", bot="alice", chat=chat)
    with pytest.raises(Forbidden, match=f"Forbidden: bot was kicked from the {kind} chat"):
        await api.bot().send_message(chat, "x")


@pytest.mark.parametrize(
    ("fault", "error", "said"),
    [
        ({"status": 429, "retryAfter": 17}, RetryAfter, "Retry in 0:00:17"),
        ({"status": 400}, BadRequest, "Chat not found"),
        ({"status": 403}, Forbidden, "Forbidden: bot was blocked by the user"),
        ({"status": 409}, Conflict, "Conflict: terminated by other getUpdates request"),
        ({"status": 500}, NetworkError, "Internal Server Error"),
        ({"status": 502}, NetworkError, "Bad Gateway"),
        ({"status": 502, "page": True}, NetworkError, "Bad Gateway"),
        ({"status": 400, "text": "Bad Request: TOPIC_CLOSED"}, BadRequest, "(?i)topic_closed"),
        ({"does": "drop"}, NetworkError, "Server disconnected"),
    ],
)
async def test_an_armed_fault_happens_once(
    api: Bench, fault: dict[str, Any], error: type[TelegramError], said: str
) -> None:
    """Before the message is taken: then the next try passes, and it is there once."""
    await api.post("faults", bot="alice", method="sendMessage", **fault)
    with pytest.raises(error, match=said) as caught:
        await api.bot().send_message(ANN, "x")
    if isinstance(caught.value, RetryAfter):
        assert caught.value.retry_after == timedelta(seconds=17)
    await api.bot().send_message(ANN, "x")

    assert len(await api.said()) == 1


async def test_an_answer_that_is_lost_leaves_the_message(api: Bench) -> None:
    """Dropped after it was taken: who sends again, says it twice."""
    await api.post("faults", method="sendMessage", does="drop", when="after")
    with pytest.raises(NetworkError):
        await api.bot().send_message(ANN, "x")
    await api.bot().send_message(ANN, "x")

    assert [said["text"] for said in await api.said()] == ["x", "x"]


@pytest.mark.parametrize("does", ["hold", "hang"])
@pytest.mark.parametrize(("when", "left"), [("before", 0), ("after", 1)])
async def test_an_answer_that_does_not_come_times_out(api: Bench, does: str, when: str, left: int) -> None:
    """Whether the message was taken is not known to the bot; what is held and then lost never is."""
    await api.post("faults", method="sendMessage", does=does, when=when)
    with pytest.raises(TimedOut):
        await api.bot(read_timeout=0.2).send_message(ANN, "x")
    assert (await api.get("faults")) == {"held": 1, "toCome": 0}
    async with api.session.delete(f"{api.url}/admin/faults?drop=true"):
        pass

    assert len(await api.said()) == left


async def test_an_upload_can_be_lost_too(api: Bench) -> None:
    """Its bytes are no text, and arrive whole all the same."""
    await api.post("faults", method="sendPhoto", does="drop", when="after")
    bot = api.bot()
    with pytest.raises(NetworkError):
        await bot.send_photo(ANN, png(9, 9))
    again = await bot.send_photo(ANN, png(9, 9))

    assert [said["media"]["kind"] for said in await api.said()] == ["photo", "photo"]
    assert await (await again.photo[-1].get_file()).download_as_bytearray() == png(9, 9)


async def test_a_fault_meets_what_it_names(api: Bench) -> None:
    """One bot, one method, one text; others pass."""
    await api.post("faults", bot="bob", method="SENDMESSAGE", contains="gold", status=500, count=2)
    alice, bob = api.bot(), api.bot("bob")
    await alice.send_message(ANN, "gold")
    await bob.send_message(ANN, "silver")
    await bob.get_me()
    for _ in range(2):
        with pytest.raises(NetworkError):
            await bob.send_message(ANN, "gold")

    assert (await bob.send_message(ANN, "gold")).text == "gold"


async def test_a_fault_may_last(api: Bench) -> None:
    """Then it meets all calls, until it is released."""
    await api.post("faults", status=503, lasts=600)
    for _ in range(3):
        with pytest.raises(NetworkError, match="Service Unavailable"):
            await api.bot().get_me()
    async with api.session.delete(f"{api.url}/admin/faults"):
        pass

    assert (await api.bot().get_me()).username == "alice_bot"


async def test_fetching_a_file_can_fail(api: Bench) -> None:
    """By the name `file`."""
    message = await api.bot().send_photo(ANN, png())
    file = await message.photo[-1].get_file()
    await api.post("faults", method="file", status=500)
    with pytest.raises(NetworkError, match="Internal Server Error"):
        await file.download_as_bytearray()


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"method": "sendSticker"}, 'body.method is "sendSticker": no such method; there are answerCallbackQuery'),
        ({"bot": "eve"}, 'body.bot is "eve": no such bot; there are alice, bob'),
        ({"does": "explode"}, 'body.does is "explode": one of hold, delay, drop, hang, answer'),
        ({"count": 0}, "body.count is 0: a whole number, at least 1"),
        ({"methd": "x"}, "body.methd is a text of 1 characters: unknown field: did you mean method?"),
    ],
)
async def test_a_fault_that_can_not_be_is_refused(api: Bench, fault: dict[str, Any], said: str) -> None:
    """With field, value and fix."""
    status, text = await api.refused("faults", **fault)

    assert status == 400
    assert text.startswith(said)


async def test_limits_say_how_long_to_wait() -> None:
    """To a chat, to a group, and in all; who waits so long, may go on."""
    async with bench(limited=True) as api:
        bot = api.bot()
        for number in range(5):
            await bot.send_message(ANN, str(number))
        with pytest.raises(RetryAfter) as caught:
            await bot.send_message(ANN, "one too many")
        assert caught.value.retry_after == timedelta(seconds=1)
        api.clock.now += 1
        await bot.send_message(ANN, "late")
        for number in range(20):
            await bot.send_message(GROUP, str(number))
            api.clock.now += 1
        with pytest.raises(RetryAfter) as caught:
            await bot.send_message(GROUP, "one too many")

        assert caught.value.retry_after == timedelta(seconds=40)
        assert len(await api.said()) == 26


async def test_no_token_is_told_anywhere(api: Bench, capfd: pytest.CaptureFixture[str]) -> None:
    """Not in the transcript, on the page, in the log, nor in what is refused."""
    bot = api.bot()
    await bot.send_photo(ANN, png(), caption="chart")
    await api.type("/start")
    await api.post("block", bot="bob", chat=ANN)
    token = TOKENS["alice"]
    told = [str(await api.get(path)) for path in ("transcript", "updates", "bots", "faults")]
    for path in ("/", "/admin/page", f"/bot{token}/nothing", f"/bot{token}/sendMessage", f"/file/bot{token}/x"):
        async with api.session.get(f"{api.url}{path}") as answer:
            told.append(await answer.text() + str(answer.headers))
    told.append((await api.refused("type", bot=token, chat=ANN, text="x"))[1])
    told.append((await api.refused("faults", bot=token, method="sendMessage"))[1])

    assert [text for text in [*told, "".join(capfd.readouterr())] if "a" * 35 in text or token in text] == []
