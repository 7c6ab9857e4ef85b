"""Keys that are to be worked on: each once, one worker a key, its failures spaced out, its neighbours undisturbed."""

import asyncio
import heapq
import itertools
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar

from tradepods_core.times import Now

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 300.0  # seconds before a key that failed is tried again
Item = TypeVar("Item", bound=Hashable)


class Draw(Protocol):
    """Chance, passed in."""

    def __call__(self) -> float:
        """At least 0, below 1."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken(Generic[Item]):
    """A key to work on, why, and since when it has waited; `hurried` where it doesn't wait for its time if it fails."""

    key: Item
    why: str
    since: datetime
    hurried: bool = False


class KeyQueue(Generic[Item]):
    """The keys. A key that is added while it is worked on comes again afterwards."""

    def __init__(self, *, now: Now, draw: Draw) -> None:
        self._now, self._draw = now, draw
        self._ready: OrderedDict[Item, Taken[Item]] = OrderedDict()
        self._busy: dict[Item, Taken[Item] | None] = {}  # with what came meanwhile
        self._later: dict[Item, Taken[Item]] = {}  # `since` is when it becomes due
        self._due: list[tuple[datetime, int, Taken[Item]]] = []  # a heap of these, and of some that count no longer
        self._numbers = itertools.count()
        self._failures: dict[Item, int] = {}
        self._changed = asyncio.Event()

    def __len__(self) -> int:
        """How many keys wait to be taken now."""
        self._mature()
        return len(self._ready)

    @property
    def oldest(self) -> timedelta:
        """How long the key that has waited longest waits."""
        first = next(iter(self._ready.values()), None)
        return timedelta() if first is None else self._now() - first.since

    def add(self, key: Item, *, why: str, after: float = 0.0) -> None:
        """Work on it soon, after so many seconds where more is about to come.

        News is no reason to hurry one that fails: it waits for its time.
        """
        hurry = key not in self._failures
        if after and hurry:
            self.again(key, after=after, why=why)
        else:
            self._put(Taken(key=key, why=why, since=self._now()), hurry=hurry)

    def hurry(self, key: Item, *, why: str) -> None:
        """Work on it now, even if it fails: somebody wants something else of it. If it fails again it waits longer."""
        self._put(Taken(key=key, why=why, since=self._now(), hurried=True), hurry=True)

    def again(self, key: Item, *, after: float, why: str) -> None:
        """Work on it after so many seconds, if nothing calls for it before."""
        due = Taken(key=key, why=why, since=self._now() + timedelta(seconds=after))
        known = self._later.get(key)
        if known is None or due.since < known.since:
            self._later[key] = due
            heapq.heappush(self._due, (due.since, next(self._numbers), due))
            self._changed.set()

    def take(self) -> Taken[Item] | None:
        """The key that has waited longest; None where none is due. It is busy until `done` or `failed`."""
        self._mature()
        if not self._ready:
            return None
        _, found = self._ready.popitem(last=False)
        self._busy[found.key] = None
        self._later.pop(found.key, None)
        return found

    def done(self, key: Item) -> None:
        """Its work has succeeded."""
        self._failures.pop(key, None)
        self._release(key)

    def failed(self, key: Item, *, after: float = 0.0) -> float:
        """Its work has failed: seconds until it comes again, at least `after`, longer each time, never all at once."""
        count = self._failures[key] = self._failures.get(key, 0) + 1
        pause = min(FIRST_PAUSE * float(2 ** min(count - 1, 20)), LONGEST_PAUSE)
        pause = max(pause * (0.5 + self._draw() / 2), after)
        self._release(key, hurry=False)
        self.again(key, after=pause, why="retry")
        return pause

    def due_in(self) -> float | None:
        """Seconds until a key becomes due; None where none will."""
        if self._ready:
            return 0.0
        first = self._next()
        return None if first is None else max((first.since - self._now()).total_seconds(), 0.0)

    async def changed(self, *, sleep: Callable[[float], Awaitable[None]]) -> None:
        """Wait until something is due."""
        self._changed.clear()
        due = self.due_in()
        if due == 0.0:
            return
        waiting: list[asyncio.Future[object]] = [asyncio.ensure_future(self._changed.wait())]
        if due is not None:
            waiting.append(asyncio.ensure_future(sleep(due)))
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()

    def _put(self, taken: Taken[Item], *, hurry: bool) -> None:
        if taken.key in self._busy:
            before = self._busy[taken.key]
            self._busy[taken.key] = taken if before is None or taken.hurried else before
        elif hurry:
            self._later.pop(taken.key, None)
            self._ready.setdefault(taken.key, taken)
            self._changed.set()

    def _release(self, key: Item, *, hurry: bool = True) -> None:
        waiting = self._busy.pop(key, None)
        if waiting is not None and (hurry or waiting.hurried):
            self._put(waiting, hurry=True)

    def _mature(self) -> None:
        now = self._now()
        while (due := self._next()) is not None and due.since <= now:
            del self._later[due.key]
            self._put(due, hurry=True)

    def _next(self) -> Taken[Item] | None:
        """The first of those that wait for their time: with thousands, nobody looks at all of them."""
        while self._due and self._later.get(self._due[0][2].key) is not self._due[0][2]:
            heapq.heappop(self._due)
        return self._due[0][2] if self._due else None
