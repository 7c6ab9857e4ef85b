"""The clock of pauses and time-outs."""

from datetime import timedelta

from support.build import WALL
from tradepods_operator.adapters.clocks import SteadyClock
from tradepods_operator.engine.queue import KeyQueue


def test_a_machine_whose_clock_is_put_back_keeps_nobody_waiting() -> None:
    """A pause is over after its seconds; by the machine's time it would be longer by as much as that was put back."""
    passed = 100.0
    clock = SteadyClock(start=WALL, seconds=lambda: passed)
    queue: KeyQueue[str] = KeyQueue(now=clock.now, draw=lambda: 0.0)
    queue.again("alice", after=30, why="retry")
    assert queue.take() is None
    passed += 31

    assert clock.now() == WALL + timedelta(seconds=31)
    assert queue.take() is not None
