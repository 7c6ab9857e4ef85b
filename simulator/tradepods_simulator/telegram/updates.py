"""Updates of one bot: kept until the bot confirms them, handed to one poller at a time."""

import asyncio
from collections.abc import Sequence
from typing import Any

from tradepods_simulator.telegram.refusals import Refused

Json = dict[str, Any]
MOST = 100  # updates an answer
LONGEST_POLL = 50  # seconds
UNASKED = ("chat_member", "message_reaction", "message_reaction_count")  # come only where they are asked for
CONFLICT = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"


class Updates:
    """What has happened and is not confirmed yet; numbered from `after` on."""

    def __init__(self, *, after: int = 0) -> None:
        self._pending: list[Json] = []
        self._last = after
        self._allowed: Sequence[str] = ()
        self._waiting: asyncio.Future[None] | None = None

    def add(self, kind: str, content: Json) -> int | None:
        """Something happened; its number, or None where the bot doesn't want such updates."""
        wanted = kind in self._allowed if self._allowed else kind not in UNASKED
        if not wanted:
            return None
        self._last += 1
        self._pending.append({"update_id": self._last, kind: content})
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)
        return self._last

    def pending(self) -> list[Json]:
        """All that is not confirmed, oldest first."""
        return list(self._pending)

    def forget(self) -> None:
        """Drop all that is pending."""
        self._pending.clear()

    def allow(self, kinds: Sequence[str]) -> None:
        """From now on, only updates of these kinds come to be; the usual ones with none."""
        self._allowed = tuple(kinds)

    def confirm(self, offset: int) -> None:
        """Drop what is older than the offset; of a negative one, all but so many of the newest."""
        if offset < 0:
            self._pending = self._pending[offset:]
        else:
            self._pending = [update for update in self._pending if update["update_id"] >= offset]

    async def poll(self, *, offset: int, limit: int, seconds: float) -> list[Json]:
        """What is there, at once; else what comes within so many seconds. An older poller is refused with 409."""
        self._supersede()
        self.confirm(offset)
        if not self._pending and seconds > 0:
            await self._wait(min(seconds, LONGEST_POLL))
        return self._pending[: limit if 0 < limit <= MOST else MOST]

    async def _wait(self, seconds: float) -> None:
        waiting = asyncio.get_running_loop().create_future()
        self._waiting = waiting
        try:
            async with asyncio.timeout(seconds):
                await waiting
        except TimeoutError:
            pass
        finally:
            if self._waiting is waiting:
                self._waiting = None

    def _supersede(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(Refused(409, CONFLICT))
