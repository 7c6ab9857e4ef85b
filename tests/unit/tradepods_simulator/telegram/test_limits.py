"""Limits: what passes at once, what waits, and for how long. The clock is the test's."""

from dataclasses import dataclass

import pytest

from tradepods_simulator.telegram.limits import BURST, Limits


@dataclass(slots=True)
class Clock:
    now: float = 1000.0


@pytest.fixture
def clock() -> Clock:
    """A clock that stands still."""
    return Clock()


@pytest.fixture
def limits(clock: Clock) -> Limits:
    """Limits by that clock."""
    return Limits(now=lambda: clock.now)


def _until_refused(limits: Limits, *, chat: int = 7, most: int = 100) -> int:
    return next((count for count in range(most) if limits.ask(bot="alice", chat=chat)), most)


def test_a_chat_takes_a_short_burst_then_one_a_second(limits: Limits, clock: Clock) -> None:
    """Who waits as long as is said, may send one more."""
    assert _until_refused(limits) == BURST
    assert limits.ask(bot="alice", chat=7) == 1
    clock.now += 1
    assert _until_refused(limits) == 1


def test_one_a_second_may_go_on_for_ever(limits: Limits, clock: Clock) -> None:
    """It is what Telegram recommends."""
    for _ in range(200):
        assert limits.ask(bot="alice", chat=7) == 0
        clock.now += 1


def test_a_burst_comes_back_with_time(limits: Limits, clock: Clock) -> None:
    """A silent chat takes a whole one again, and no more than that."""
    _until_refused(limits)
    clock.now += 3600
    assert _until_refused(limits) == BURST


def test_a_group_takes_twenty_a_minute(limits: Limits, clock: Clock) -> None:
    """The wait is until the first of them is a minute old."""
    for _ in range(20):
        assert limits.ask(bot="alice", chat=-5) == 0
        clock.now += 1
    assert limits.ask(bot="alice", chat=-5) == 40
    clock.now += 40
    assert limits.ask(bot="alice", chat=-5) == 0


def test_a_bot_says_thirty_a_second_in_all(limits: Limits, clock: Clock) -> None:
    """To however many chats; another bot is counted by itself."""
    assert [limits.ask(bot="alice", chat=chat) for chat in range(1, 32)] == [0] * 30 + [1]
    assert limits.ask(bot="bob", chat=1) == 0
    clock.now += 1
    assert limits.ask(bot="alice", chat=99) == 0


def test_an_album_counts_as_its_messages(limits: Limits) -> None:
    """It may be larger than a burst, and what follows waits longer."""
    assert limits.ask(bot="alice", chat=7, messages=10) == 0
    assert limits.ask(bot="alice", chat=7) == 10 + 1 - BURST


def test_what_is_refused_is_not_counted(limits: Limits, clock: Clock) -> None:
    """A bot that asks in vain waits no longer for it."""
    _until_refused(limits)
    for _ in range(50):
        assert limits.ask(bot="alice", chat=7) == 1
    clock.now += 1
    assert limits.ask(bot="alice", chat=7) == 0
