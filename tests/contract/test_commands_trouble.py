"""A bot that is down, blocked, limited or polled by another: nothing waits for it, and the log says it once."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from support.chatting import OTHER, Talk, listening
from support.telegram_bench import ANN, bench, until


@pytest.fixture
async def talk() -> AsyncIterator[Talk]:
    """An account with a bot, which nobody listens to yet."""
    async with bench() as api:
        yield Talk(api)


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ({"status": 409}, "another program polls this bot"),
        ({"status": 429, "retryAfter": 17}, "rate limited"),
        ({"status": 502}, "away: NetworkError"),
        ({"status": 502, "page": True}, "away: NetworkError"),
        ({"status": 401, "text": "Unauthorized"}, "refused: InvalidToken"),
        ({"does": "drop"}, "away: NetworkError"),
    ],
)
async def test_trouble_is_said_once_and_overcome(
    talk: Talk, capsys: pytest.CaptureFixture[str], fault: dict[str, Any], why: str
) -> None:
    """However often it is met; then what was typed meanwhile is answered."""
    await talk.api.post("faults", bot="alice", method="getUpdates", count=4, **fault)
    await talk.api.type("/status")
    async with listening(talk):
        await talk.heard("Running")
    logged = capsys.readouterr().out

    assert logged.count("commands_unheard") == 1
    assert logged.count(why) == 1
    assert logged.count("commands_heard") == 1
    assert len([slept for slept in talk.wall.slept if slept >= 1]) == 4


async def test_retry_after_is_obeyed(talk: Talk) -> None:
    """For listening and for answering."""
    await talk.api.post("faults", bot="alice", method="getUpdates", status=429, retryAfter=17)
    await talk.api.post("faults", bot="alice", method="sendMessage", status=429, retryAfter=23)
    async with listening(talk):
        await talk.ask("/status", "Running")

    assert [slept for slept in talk.wall.slept if slept >= 1] == [17, 23]


async def test_a_person_who_blocked_the_bot_is_given_up(talk: Talk, capsys: pytest.CaptureFixture[str]) -> None:
    """Their answers are lost, others are told; the log says it once."""
    await talk.api.type("/status")
    await talk.api.type("/balance")
    await talk.api.post("block", bot="alice", chat=ANN)
    async with listening(talk):
        await talk.ask("/status", "Running", chat=OTHER)

    assert await talk.answers(ANN) == []
    assert capsys.readouterr().out.count("answers_not_told") == 1


async def test_an_answer_that_hangs_delays_no_pause(talk: Talk) -> None:
    """The desk hears the next command while Telegram holds the last answer."""
    await talk.api.post("faults", bot="alice", method="sendMessage", does="hold")
    async with listening(talk):
        await talk.api.type("/status")
        await talk.api.type("/pause")
        await until(lambda: talk.names() == ["pause"])
        assert await talk.answers() == []
        async with talk.api.session.delete(f"{talk.api.url}/admin/faults"):
            await talk.heard("Running")


async def test_a_bot_that_can_not_introduce_itself_tries_again(talk: Talk) -> None:
    """It must know its own name before it hears what is meant for it."""
    await talk.api.post("faults", bot="alice", method="getMe", status=502, count=3)
    async with listening(talk):
        await talk.ask("/status@alice_bot", "Running")
