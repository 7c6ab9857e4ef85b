"""What the exchange was asked lately, and what came of it."""

from collections import deque
from dataclasses import dataclass
from typing import Any

KEPT = 10_000  # requests
HIDDEN = ("signature", "listenKey")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request: whose, from which address, and how it was answered. Keys and signatures are not kept."""

    number: int
    customer: str
    address: str
    method: str
    path: str
    params: dict[str, str]
    status: int
    milliseconds: float


class Journal:
    """The latest requests, oldest first."""

    def __init__(self) -> None:
        self._asked: deque[Asked] = deque(maxlen=KEPT)
        self._number = 0

    def add(self, **asked: Any) -> None:
        """Keep one."""
        self._number += 1
        self._asked.append(Asked(number=self._number, **asked))

    def after(self, number: int, *, customer: str | None) -> list[Asked]:
        """Those after a number, of one customer or of all."""
        return [asked for asked in self._asked if asked.number > number and customer in (None, asked.customer)]
