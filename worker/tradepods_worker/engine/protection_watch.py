"""Measures how long a filled position stood without an accepted stop, in wall time: until one, or until it closed."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from tradepods_core.book.events import IntentSettled
from tradepods_core.book.facts import Fact, Filled
from tradepods_core.book.intents import OPENING, Accepted
from tradepods_core.book.values import Book


class ProtectionWatch:
    """The longest such time since the worker started."""

    def __init__(self) -> None:
        self.longest = timedelta(0)

    def look(self, before: Book, facts: Iterable[Fact]) -> None:
        """Look at what an event led to; `before` is the book without it."""
        for fact in facts:
            match fact:
                case IntentSettled(outcome=Accepted()):
                    self._count(_bare_until(before, fact), fact.seen_at)
                case Filled(purpose=purpose) if purpose not in OPENING:
                    position = before.positions.get(fact.leg)
                    self._count(None if position is None else position.naked_since, fact.seen_at)
                case _:
                    pass

    def _count(self, since: datetime | None, until: datetime) -> None:
        if since is not None:
            self.longest = max(self.longest, until - since)


def _bare_until(before: Book, fact: IntentSettled) -> datetime | None:
    """Since when the position of an accepted stop had none."""
    order = before.orders.get(fact.id)
    if order is None or order.intent.purpose != "stop":
        return None
    position = before.position(order.intent.position)
    return None if position is None else position.naked_since
