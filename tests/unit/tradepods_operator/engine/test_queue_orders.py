"""No key is lost in any order of things."""

from hypothesis import given
from hypothesis import strategies as st

from support.build import WALL
from tradepods_operator.adapters.clocks import ManualClock
from tradepods_operator.engine.queue import KeyQueue

STEPS = st.sampled_from(["add", "hurry", "take", "done", "failed", "later", "wait"])


class Machine:
    """A queue, what is being worked on, and what is still owed."""

    def __init__(self) -> None:
        self.clock = ManualClock(WALL)
        self.queue: KeyQueue[str] = KeyQueue(now=self.clock.now, draw=lambda: 1.0)
        self.busy: set[str] = set()
        self.owed: set[str] = set()

    def add(self, key: str) -> None:
        self.queue.add(key, why="x")
        self.owed.add(key)

    def hurry(self, key: str) -> None:
        self.queue.hurry(key, why="x")
        self.owed.add(key)

    def later(self, key: str) -> None:
        self.queue.again(key, after=float(key), why="x")
        self.owed.add(key)

    def wait(self, key: str) -> None:
        self.clock.advance(float(key))

    def take(self, _: str) -> None:
        found = self._taken()
        assert found not in self.busy
        self.busy |= set() if found is None else {found}
        self.owed.discard(found or "")

    def done(self, key: str) -> None:
        if key in self.busy:
            self.busy.discard(key)
            self.queue.done(key)

    def failed(self, key: str) -> None:
        if key in self.busy:
            self.busy.discard(key)
            self.queue.failed(key)
            self.owed.add(key)

    def finish(self) -> None:
        for key in self.busy:
            self.queue.done(key)
        self.clock.advance(1000)
        while (found := self._taken()) is not None:
            self.owed.discard(found)
            self.queue.done(found)

    def _taken(self) -> str | None:
        found = self.queue.take()
        return None if found is None else found.key


@given(st.lists(st.tuples(STEPS, st.sampled_from("0123"))))
def test_no_key_is_ever_lost_or_taken_twice(steps: list[tuple[str, str]]) -> None:
    """Whatever order things happen in, what was added last is worked on afterwards."""
    machine = Machine()
    for step, key in steps:
        getattr(machine, step)(key)
    machine.finish()

    assert machine.owed == set()
