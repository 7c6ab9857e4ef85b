"""The loop that works through the queue."""

import asyncio
from collections.abc import Callable

import pytest
import structlog

from support.build import WALL
from tradepods_core.errors import Permanent, Temporary
from tradepods_operator.adapters.clocks import ManualClock
from tradepods_operator.engine.queue import KeyQueue
from tradepods_operator.ports import Conflict, Key, Reconciled
from tradepods_operator.tasks import passes

A, B = Key("n", "a"), Key("n", "b")


class Bench:
    """A queue whose keys are reconciled by what a test says."""

    def __init__(self, reconcile: Callable[[Key], Reconciled]) -> None:
        self.clock = ManualClock(WALL)
        self.queue: KeyQueue[Key] = KeyQueue(now=self.clock.now, draw=lambda: 1.0)
        self.results: list[tuple[str, str]] = []
        self._reconcile = reconcile

    async def run(self, *, until: int, process: str = "process") -> None:
        """Until so many passes have ended."""

        async def reconcile(key: Key) -> Reconciled:
            return self._reconcile(key)

        async def still(_: float) -> None:
            await asyncio.Event().wait()

        def watcher(*, why: str, result: str, seconds: float) -> None:
            assert seconds >= 0
            self.results.append((why, result))

        run = passes.run(self.queue, reconcile=reconcile, watcher=watcher, process=process, sleep=still)
        running = asyncio.create_task(run)
        async with asyncio.timeout(10):
            while len(self.results) < until:
                await asyncio.sleep(0)
        running.cancel()
        await asyncio.wait({running})


@pytest.mark.parametrize(
    ("raised", "result", "again"),
    [
        (Conflict("x"), "conflict", 1),
        (Temporary("x"), "temporary", 1),
        (Temporary("x", after=9), "temporary", 9),
        (Permanent("x"), "refused", 300),
        (RuntimeError("x"), "broken", 1),
    ],
)
async def test_a_pass_that_fails_comes_again_and_ends_nobody_elses(
    raised: Exception, result: str, again: float
) -> None:
    """A server says when; what it refuses for good is tried seldom; what we don't understand is no reason to end."""

    def reconcile(key: Key) -> Reconciled:
        if key == A:
            raise raised
        return Reconciled(writes=1)

    bench = Bench(reconcile)
    bench.queue.add(A, why="account")
    bench.queue.add(B, why="account")
    await bench.run(until=2)

    assert sorted(bench.results) == sorted([("account", result), ("account", "changed")])
    assert bench.queue.due_in() == again


async def test_an_account_whose_chat_cant_be_told_has_not_failed() -> None:
    """What is said of it comes again in a while, and its own news need not wait for that; the log has the reason."""
    bench = Bench(lambda _: Reconciled(writes=1, again_in=300, untold="exceeded quota"))
    bench.queue.add(A, why="account")
    with structlog.testing.capture_logs() as logs:
        await bench.run(until=1)
    assert bench.queue.due_in() == 300
    assert [one["error"] for one in logs if one["log_level"] == "warning"] == ["exceeded quota"]

    bench.queue.add(A, why="account")
    assert bench.queue.due_in() == 0


async def test_every_line_of_a_pass_names_its_account_and_the_pass() -> None:
    """Both what is said in it and what is said of it; each pass of a process has a number of its own."""

    def reconcile(key: Key) -> Reconciled:
        structlog.get_logger().info("within", of=str(key))
        return Reconciled(writes=1)

    bench = Bench(reconcile)
    for key in (A, B):
        bench.queue.add(key, why="account")
    with structlog.testing.capture_logs([structlog.contextvars.merge_contextvars]) as logs:
        await bench.run(until=2)
        bench.queue.add(A, why="account")
        await bench.run(until=3, process="other")

    within, of = ([line for line in logs if line["event"] == event] for event in ("within", "reconciled"))
    assert [line["account"] for line in within] == [line["of"] for line in within] == ["n/a", "n/b", "n/a"]
    for lines in (within, of):
        named = [(line["account"], line["reconcile"]) for line in lines]
        assert named == [("n/a", "process-1"), ("n/b", "process-2"), ("n/a", "other-1")]


async def test_what_time_changes_is_looked_at_then() -> None:
    """As the pass itself says."""
    bench = Bench(lambda _: Reconciled(writes=0, again_in=30))
    bench.queue.add(A, why="account")
    await bench.run(until=1)

    assert bench.results == [("account", "unchanged")]
    assert bench.queue.due_in() == 30


async def test_an_account_that_has_gone_before_its_end_is_in_the_log() -> None:
    """And in a result of its own, which the figures count."""
    bench = Bench(lambda _: Reconciled(writes=6, dropped="Flatten has not come to its end in time"))
    bench.queue.add(A, why="account")
    with structlog.testing.capture_logs() as logs:
        await bench.run(until=1)

    assert bench.results == [("account", "dropped")]
    assert [one["why"] for one in logs if one["event"] == "deletion_policy_dropped"] == [
        "Flatten has not come to its end in time"
    ]


async def test_a_first_step_that_never_stays_is_taken_more_and_more_seldom() -> None:
    """Something takes a finalizer away again, for one: the API server isn't asked without end."""
    steps: list[float] = []
    bench = Bench(lambda _: Reconciled(writes=1, again_in=0.0))
    bench.queue.add(A, why="account")
    for number in range(1, 11):
        await bench.run(until=number)
        steps.append(bench.queue.due_in() or 0.0)
        bench.clock.advance(steps[-1])

    assert steps[:3] == [1, 2, 4]
    assert steps[-1] == 300
