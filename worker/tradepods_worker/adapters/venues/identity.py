"""Whose account it is, as its venue names it. That does not change, and nothing that protects waits for it twice."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta

from tradepods_core.errors import Temporary
from tradepods_worker.ports import Clock

ASK_AGAIN = timedelta(minutes=5)  # of a venue that did not say: a question without an answer takes seconds


class Identity:
    """What `ask` answers, asked for until it does; "" before, and where the venue has no name for the account."""

    def __init__(self, ask: Callable[[], Awaitable[str]], *, wall: Clock) -> None:
        self._ask, self._wall = ask, wall
        self._due = wall.now()
        self._known = False
        self.name = ""

    async def learn(self) -> None:
        """Ask, unless it is known or was asked for lately; raises what `ask` does and that does not pass by itself."""
        now = self._wall.now()
        if self._known or now < self._due:
            return
        self._due = now + ASK_AGAIN
        with suppress(Temporary):
            self.name, self._known = await self._ask(), True
