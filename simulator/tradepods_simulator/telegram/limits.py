"""How much a bot may say: one message a second to a chat, twenty a minute to a group, thirty a second in all."""

import math
from collections import deque
from collections.abc import Callable

MOST_OF_A_BOT, SECOND = 30, 1.0
MOST_TO_A_GROUP, MINUTE = 20, 60.0
BURST = 5  # messages to a chat that may come at once, before one a second is all


class Limits:
    """Counts by the clock that it is given; what is refused is not counted."""

    def __init__(self, *, now: Callable[[], float]) -> None:
        self._now = now
        self._bots: dict[str, deque[float]] = {}
        self._groups: dict[tuple[str, int], deque[float]] = {}
        self._free: dict[tuple[str, int], float] = {}  # when a chat's bursts are used up no more

    def ask(self, *, bot: str, chat: int, messages: int = 1) -> int:
        """Count messages to a chat, a group where its number is below 0; seconds to wait, 0 where they may go."""
        now, place = self._now(), (bot, chat)
        windows = [(self._bots.setdefault(bot, deque()), MOST_OF_A_BOT, SECOND)]
        if chat < 0:
            windows.append((self._groups.setdefault(place, deque()), MOST_TO_A_GROUP, MINUTE))
        free = max(self._free.get(place, now), now) + messages
        wait = max(free - now - max(BURST, messages), *(_wait(*window, now, messages) for window in windows))
        if wait > 0:
            return math.ceil(wait)
        self._free[place] = free
        for times, _, _ in windows:
            times.extend([now] * messages)
        return 0


def _wait(times: deque[float], most: int, span: float, now: float, messages: int) -> float:
    """Seconds until so many messages fit into a window."""
    while times and times[0] <= now - span:
        times.popleft()
    over = len(times) + messages - most
    return times[over - 1] + span - now if 0 < over <= len(times) else 0.0
