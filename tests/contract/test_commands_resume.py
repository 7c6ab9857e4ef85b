"""After a limit of losses `/resume` puts money at stake again: it is asked once, with the numbers."""

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from support.account import Account
from support.build import BTC, NOON
from support.chatting import Talk, chatty, listening
from support.telegram_bench import bench
from tradepods_core.book.book import apply
from tradepods_core.book.events import MarksMoved
from tradepods_core.book.facts import Fact, TradingPaused

D = Decimal
LIVE: dict[str, Any] = {
    "dryRun": False,
    "acknowledgeLiveTrading": True,
    "credentialsSecretRef": {"name": "keys"},
    "entryPct": 100,
    "leverage": 1,
}


@pytest.fixture
async def talk() -> AsyncIterator[Talk]:
    """Nothing has happened yet."""
    async with bench() as api:
        yield Talk(api)


def _fallen(talk: Talk, **limits: Any) -> None:
    """Bitcoin is held, and falls by 4 %."""
    talk.account = Account(account_settings=chatty(**LIVE, long={"stopLossPct": 20}, protections=limits))
    talk.account.handle(MarksMoved(at=NOON, marks=talk.account.marks))
    talk.account.opened()
    talk.account.marks = {BTC: D(96)}
    talk.account.handle(MarksMoved(at=NOON, marks=talk.account.marks))


def _learn(talk: Talk, fact: Fact) -> None:
    talk.account.book = apply(talk.account.book, (fact,))


@pytest.mark.parametrize(
    ("limits", "numbers"),
    [
        ({"maxDailyLossPct": 3}, "today 1,000.00 -> 960.06 USDT: -39.94, 4 %; the limit is 3 %"),
        ({"maxDrawdownPct": 3}, "highest equity 1,000.00, now 960.06 USDT: -39.94, 4 %; the limit is 3 %"),
    ],
)
async def test_it_is_asked_once_with_what_was_lost(talk: Talk, limits: dict[str, int], numbers: str) -> None:
    """Equity, what it is measured by, the limit, and what going on means; pressed, trading goes on."""
    _fallen(talk, **limits)
    async with listening(talk):
        said = await talk.ask("/resume", "go on after a limit of losses?")
        nothing = list(talk.given)
        await talk.api.press(said["message"], data=said["buttons"][0][0]["callback_data"])
        await talk.heard("Confirmed by")

    assert nothing == []
    assert numbers in said["text"]
    assert "Entries are made again with REAL MONEY, 100 % of what is available each." in said["text"]
    assert said["buttons"][0][0]["text"] == "Trade REAL MONEY again from 960.06 USDT"
    assert (talk.names(), talk.account.book.pause) == (["resume"], None)


async def test_a_days_pause_says_when_it_ends_by_itself(talk: Talk) -> None:
    """Who waits need not press."""
    _fallen(talk, maxDailyLossPct=3)
    async with listening(talk):
        said = await talk.ask("/resume", "go on after a limit of losses?")

    assert "Without it trading goes on by itself at 2025-06-03 00:00 UTC." in said["text"]


async def test_losses_in_a_row_are_counted(talk: Talk) -> None:
    """And their limit."""
    _fallen(talk, maxConsecutiveLosses=3)
    _learn(talk, TradingPaused(why="3 losses in a row", until=None, at=NOON, limit="ConsecutiveLosses"))
    async with listening(talk):
        said = await talk.ask("/resume", "go on after a limit of losses?")

    assert "losses in a row; the limit is 3" in said["text"]


async def test_another_limit_since_the_question_is_asked_about_anew(talk: Talk) -> None:
    """The numbers on the button are history then."""
    _fallen(talk, maxDailyLossPct=3)
    async with listening(talk) as commands:
        said = await talk.ask("/resume", "go on after a limit of losses?")
        later = NOON + timedelta(minutes=1)
        _learn(talk, TradingPaused(why="the peak", until=None, at=later, limit="MaxDrawdown"))
        await talk.api.press(said["message"], data=said["buttons"][0][0]["callback_data"])
        await talk.ask("/status", "PAUSED")
        await commands.speaker.silent()

    assert talk.given == []
    assert "things have changed" in (await talk.answers())[0]["presses"][0]["text"]


@pytest.mark.parametrize("why", ["a person", "paper"])
async def test_a_persons_own_pause_and_a_dry_run_go_on_at_once(talk: Talk, why: str) -> None:
    """No limit was reached, or no money is at stake."""
    if why == "a person":
        _fallen(talk)
    _learn(talk, TradingPaused(why=why, until=None, at=NOON, limit="MaxDrawdown" if why == "paper" else None))
    async with listening(talk):
        await talk.api.type("/resume")
        while talk.account.book.pause is not None:
            await talk.ask("/status", "Running")

    assert talk.names() == ["resume"]


async def test_a_pause_typed_after_a_limit_was_reached_does_not_go_round_the_question(talk: Talk) -> None:
    """Both are said; the person is asked all the same, and pressed, both are over."""
    _fallen(talk, maxDailyLossPct=3)
    async with listening(talk):
        await talk.api.type("/pause", user="Ann")
        status = await talk.ask(
            "/status", "PAUSED until you resume it: asked for by Ann (Telegram 7); the day has lost"
        )
        said = await talk.ask("/resume", "go on after a limit of losses?")
        paused = list(talk.names())
        await talk.api.press(said["message"], data=said["buttons"][0][0]["callback_data"])
        await talk.heard("Confirmed by")

    assert "the limit is 3 %" in status["text"]
    assert (paused, talk.names()) == (["pause"], ["pause", "resume"])
    assert (talk.account.book.pause, talk.account.book.breach) == (None, None)
