"""An answer that stays right for a while: asked for again only once it is old."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from tradepods_worker.ports import Clock


class KeptAnswer:
    """What `ask` answered, for so long. A question that fails leaves nothing: the next one asks again."""

    def __init__(self, ask: Callable[[], Awaitable[Any]], *, lasts: timedelta, wall: Clock) -> None:
        self._ask, self._lasts, self._wall = ask, lasts, wall
        self._answer: Any = None
        self._at: datetime | None = None

    async def get(self) -> Any:
        """The answer; raises what `ask` raises."""
        now = self._wall.now()
        if self._at is None or now - self._at >= self._lasts:
            self._answer = await self._ask()
            self._at = now
        return self._answer
