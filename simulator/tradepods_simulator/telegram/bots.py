"""The bots that the API knows, and what each of them has."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tradepods_core.errors import Permanent
from tradepods_core.shapes import Message
from tradepods_simulator.telegram.updates import Updates

Json = dict[str, Any]


class BotEntry(Message):
    """One bot that the API knows; `reads_groups` is what BotFather calls disabled privacy mode."""

    name: str
    token: str
    reads_groups: bool = False


@dataclass(slots=True, eq=False, kw_only=True)
class Bot:
    """A bot. Its token is not here: only the door knows it."""

    name: str
    number: int
    username: str
    reads_groups: bool = False
    messages: int = 0  # the newest message's number
    queries: int = 0
    albums: int = 0
    updates: Updates = field(default_factory=Updates)
    commands: dict[str, list[Json]] = field(default_factory=dict)  # by scope and language
    unwanted: set[int] = field(default_factory=set)  # chats that blocked it, or threw it out
    actions: list[tuple[str, str]] = field(default_factory=list)  # chat and action, as `typing`

    def user(self) -> Json:
        """As a User of the Bot API."""
        return {"id": self.number, "is_bot": True, "first_name": self.name, "username": self.username}

    def me(self) -> Json:
        """What getMe says."""
        return {
            **self.user(),
            "can_join_groups": True,
            "can_read_all_group_messages": self.reads_groups,
            "supports_inline_queries": False,
            "can_connect_to_business": False,
            "has_main_web_app": False,
        }


def make_bots(entries: Iterable[BotEntry], *, after: int = 0) -> dict[str, Bot]:
    """Bots by their tokens, updates numbered from `after` on; raises Permanent where two share a name or a token."""
    found: dict[str, Bot] = {}
    for entry in entries:
        if entry.name in {bot.name for bot in found.values()}:
            raise Permanent(f"two bots are called {entry.name}: give each a name of its own")
        if entry.token in found:
            raise Permanent(f"{found[entry.token].name} and {entry.name} have the same token: give each its own")
        found[entry.token] = _bot(entry, after=after)
    return found


def _bot(entry: BotEntry, *, after: int) -> Bot:
    """Its number is the token's first part, which is no secret: every message tells it."""
    first = entry.token.partition(":")[0]
    number = int(first) if first.isdecimal() else sum(entry.name.encode()) + 1_000_000
    username = f"{entry.name.replace('-', '_')}_bot"
    updates = Updates(after=after)
    return Bot(name=entry.name, number=number, username=username, reads_groups=entry.reads_groups, updates=updates)
