"""Keys to be worked on: each once, spaced out where they fail."""

import asyncio

import pytest

from support.build import WALL
from tradepods_operator.adapters.clocks import ManualClock
from tradepods_operator.engine.queue import LONGEST_PAUSE, KeyQueue


def _queue(*, draw: float = 1.0) -> tuple[KeyQueue[str], ManualClock]:
    clock = ManualClock(WALL)
    return KeyQueue(now=clock.now, draw=lambda: draw), clock


def _taken(queue: KeyQueue[str]) -> str | None:
    found = queue.take()
    return None if found is None else found.key


def test_a_key_that_is_added_twice_is_taken_once() -> None:
    """In the order of the first time, for the first reason."""
    queue, _ = _queue()
    queue.add("a", why="first")
    queue.add("b", why="x")
    queue.add("a", why="second")

    found = queue.take()
    assert found is not None
    assert (found.key, found.why) == ("a", "first")
    assert _taken(queue) == "b"
    assert _taken(queue) is None


def test_a_key_is_worked_on_by_one_at_a_time() -> None:
    """What is added meanwhile comes afterwards, once."""
    queue, _ = _queue()
    queue.add("a", why="x")
    assert _taken(queue) == "a"
    queue.add("a", why="y")
    queue.add("a", why="z")
    assert _taken(queue) is None

    queue.done("a")
    assert _taken(queue) == "a"
    queue.done("a")
    assert _taken(queue) is None


def test_a_key_that_fails_waits_longer_each_time() -> None:
    """Up to five minutes; its neighbours don't."""
    queue, clock = _queue()
    pauses = []
    for _ in range(12):
        queue.add("a", why="x")
        clock.advance(LONGEST_PAUSE)
        assert _taken(queue) == "a"
        pauses.append(queue.failed("a"))
    queue.add("b", why="x")

    assert pauses[:4] == [1, 2, 4, 8]
    assert pauses[-1] == LONGEST_PAUSE
    assert _taken(queue) == "b"


@pytest.mark.parametrize("draw", [0.0, 0.5, 0.999])
def test_pauses_are_spread(draw: float) -> None:
    """A thousand keys that failed at once don't come again at once."""
    queue, _ = _queue(draw=draw)
    queue.add("a", why="x")
    queue.take()

    assert queue.failed("a") == pytest.approx(0.5 + draw / 2)


def test_news_of_a_key_that_fails_does_not_hurry_it() -> None:
    """It waits for its time: an object that changes all the time would defeat the pause."""
    queue, clock = _queue()
    queue.add("a", why="x")
    queue.take()
    queue.failed("a")
    queue.add("a", why="news")
    assert _taken(queue) is None

    clock.advance(1)
    assert _taken(queue) == "a"


def test_a_wish_hurries_a_key_that_fails_and_does_not_begin_its_pauses_anew() -> None:
    """A halt or a fix waits for nothing; what fails again waits longer, however often it is asked for."""
    queue, clock = _queue()
    pauses = []
    for _ in range(4):
        queue.hurry("a", why="account")
        assert _taken(queue) == "a"
        pauses.append(queue.failed("a"))
        queue.add("a", why="news")
        assert _taken(queue) is None
    assert pauses == [1, 2, 4, 8]

    clock.advance(8)
    assert _taken(queue) == "a"
    assert _taken(queue) is None


@pytest.mark.parametrize("news_first", [True, False])
def test_a_wish_that_comes_while_its_key_is_worked_on_is_not_lost_to_the_failure(*, news_first: bool) -> None:
    """The pass under way has not seen it; the news that came beside it waits."""
    queue, _ = _queue()
    queue.add("a", why="x")
    queue.take()
    if news_first:
        queue.add("a", why="news")
    queue.hurry("a", why="account")
    queue.add("a", why="news")
    queue.failed("a", after=300)

    assert _taken(queue) == "a"
    queue.failed("a", after=300)
    assert _taken(queue) is None
    assert queue.due_in() == 300


def test_news_of_which_more_is_to_come_waits_a_little() -> None:
    """Once for all of it; and it hurries no key that fails."""
    queue, clock = _queue()
    queue.add("a", why="x", after=0.5)
    clock.advance(0.3)
    queue.add("a", why="y", after=0.5)
    assert _taken(queue) is None
    clock.advance(0.2)
    assert _taken(queue) == "a"
    queue.failed("a", after=60)
    queue.add("a", why="z", after=0.5)
    clock.advance(59)

    assert _taken(queue) is None


def test_a_key_that_was_called_for_before_its_time_does_not_come_again_then() -> None:
    """What it waited for has been looked at."""
    queue, clock = _queue()
    queue.again("a", after=30, why="time")
    queue.again("b", after=40, why="time")
    queue.add("a", why="x")
    assert _taken(queue) == "a"
    queue.done("a")

    assert queue.due_in() == 40
    clock.advance(40)
    assert [_taken(queue), _taken(queue)] == ["b", None]


def test_success_forgets_failures() -> None:
    """The next failure waits a second again."""
    queue, clock = _queue()
    for _ in range(3):
        queue.add("a", why="x")
        clock.advance(10)
        queue.take()
        queue.failed("a")
    clock.advance(10)
    queue.take()
    queue.done("a")
    queue.add("a", why="x")
    queue.take()

    assert queue.failed("a") == 1


def test_a_server_that_says_when_is_obeyed() -> None:
    """Retry-After."""
    queue, _ = _queue()
    queue.add("a", why="x")
    queue.take()

    assert queue.failed("a", after=17) == 17


def test_what_time_alone_changes_is_looked_at_then() -> None:
    """Unless something calls for it before; the earlier moment counts."""
    queue, clock = _queue()
    queue.again("a", after=60, why="time")
    queue.again("a", after=30, why="time")
    queue.again("a", after=90, why="time")
    assert queue.due_in() == 30
    clock.advance(30)

    assert _taken(queue) == "a"
    queue.done("a")
    assert queue.due_in() is None


def test_a_time_that_no_longer_counts_does_not_hurry_the_next_one() -> None:
    """The key was called for before, and waits for another time since."""
    queue, clock = _queue()
    queue.again("first", after=10, why="time")
    queue.again("a", after=30, why="time")
    queue.add("a", why="x")
    assert _taken(queue) == "a"
    queue.done("a")
    queue.again("a", after=100, why="time")
    clock.advance(30)

    assert [_taken(queue), _taken(queue)] == ["first", None]
    assert queue.due_in() == 70


def test_the_oldest_key_says_how_far_behind_it_is() -> None:
    """Seconds that the first one waits."""
    queue, clock = _queue()
    queue.add("a", why="x")
    clock.advance(5)
    queue.add("b", why="x")
    clock.advance(5)

    assert queue.oldest.total_seconds() == 10
    assert len(queue) == 2


async def test_waiting_ends_with_a_key() -> None:
    """Whether it is added or becomes due."""
    queue, clock = _queue()
    never = asyncio.Event()

    async def sleep(_: float) -> None:
        await never.wait()

    waiting = asyncio.create_task(queue.changed(sleep=sleep))
    await asyncio.sleep(0)
    queue.add("a", why="x")
    await asyncio.wait_for(waiting, 5)
    queue.take()
    queue.done("a")

    queue.again("b", after=30, why="time")
    await asyncio.wait_for(queue.changed(sleep=clock.sleep), 5)
    assert _taken(queue) == "b"
