"""Lanes: intents in order within a leg and a purpose, side by side across them.

A stop waits for nothing but an earlier stop of its own position. (A take-profit is only decided on once a stop rests.)
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from tradepods_core.book.intents import CancelOrder, Intent, PlaceOrder, PrepareSymbol, SetMarginMode, SetPositionMode
from tradepods_worker.engine.activity import Activity

Key = tuple[str, str]


def lane(intent: Intent) -> Key:
    """Which lane an intent waits in."""
    match intent:
        case PrepareSymbol() | SetMarginMode() | SetPositionMode():
            return "", "prepare"
        case CancelOrder():
            return str(intent.leg), "cancel"
        case PlaceOrder(purpose="close"):
            return str(intent.leg), f"close {intent.revision}"  # never behind a try that is being looked up
        case PlaceOrder():
            return str(intent.leg), intent.purpose


class TaskLanes:
    """One task a lane that has work. A failure in a lane ends the worker: its group sees it."""

    def __init__(
        self, *, perform: Callable[[Intent], Awaitable[None]], group: asyncio.TaskGroup, activity: Activity
    ) -> None:
        self._perform = perform
        self._group = group
        self._activity = activity
        self._waiting: dict[Key, deque[Intent]] = {}
        self._empty = asyncio.Event()
        self._empty.set()

    def dispatch(self, intents: Sequence[Intent]) -> None:
        """Carry them out."""
        for intent in intents:
            self._activity.begin()
            key = lane(intent)
            if key in self._waiting:
                self._waiting[key].append(intent)
            else:
                self._empty.clear()
                self._waiting[key] = deque([intent])
                self._group.create_task(self._work(key), name=f"lane {' '.join(key)}")

    async def _work(self, key: Key) -> None:
        waiting = self._waiting[key]
        while waiting:
            await self._perform(waiting.popleft())
            self._activity.end()
        del self._waiting[key]
        if not self._waiting:
            self._empty.set()

    async def empty(self) -> None:
        """Wait until nothing is carried out any more."""
        await self._empty.wait()
