"""Who talks to the bot without being asked to: counted, named in the log now and then, never answered."""

import structlog

KNOWN = 1_000  # chats that are told apart
log = structlog.get_logger()


class Strangers:
    """Counts by chat; a flood of messages is no flood of lines: the 1st, 10th, 100th ... of a chat is logged."""

    def __init__(self) -> None:
        self.total = 0
        self._counts: dict[str, int] = {}

    def count(self, chat: str) -> None:
        """One more; what it said is nobody's business."""
        self.total += 1
        if chat not in self._counts and len(self._counts) >= KNOWN:
            self._counts.clear()
        count = self._counts[chat] = self._counts.get(chat, 0) + 1
        if str(count).strip("0") == "1":
            log.warning("stranger", chat=chat, messages=count)
