"""Questions that wait for a person's press: each counts once, soon, in the chat that was asked, for what it named."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from tradepods_core.shapes import Symbol
from tradepods_worker.ports.commands import Pressed, View

VALID_FOR = timedelta(seconds=60)
PREFIX = "close:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question: what would be closed, and how much of it there was when the question was put."""

    chat: str
    symbol: Symbol
    quantities: Mapping[int, Decimal]
    text: str
    until: datetime

    def covers(self, view: View) -> bool:
        """Whether a close would touch nothing that the button did not name: less is fine, more is not."""
        return all(p.quantity <= self.quantities.get(p.number, Decimal(-1)) for p in view.meant())


class Confirmations:
    """What is being asked. It does not outlive the worker: after a restart the person is asked again."""

    def __init__(self) -> None:
        self._asked: dict[str, Asked] = {}

    def ask(self, number: int, *, view: View, chat: str, text: str, now: datetime) -> str:
        """Remember a question; the data of its button."""
        self._asked = {data: asked for data, asked in self._asked.items() if asked.until > now}
        data = f"{PREFIX}{number}"
        quantities = {position.number: position.quantity for position in view.meant()}
        self._asked[data] = Asked(
            chat=chat, symbol=view.symbol, quantities=quantities, text=text, until=now + VALID_FOR
        )
        return data

    def take(self, pressed: Pressed, *, now: datetime) -> Asked | None:
        """The question that was answered, once; None where it is too late, or for another chat."""
        asked = self._asked.get(pressed.data)
        if asked is None or asked.chat != pressed.place.chat:
            return None
        del self._asked[pressed.data]
        return asked if now < asked.until else None
