"""Questions that wait for a person's press: each counts once, soon, in the chat that was asked, for what it named."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from tradepods_core.book.events import CommandName
from tradepods_core.book.facts import TradingPaused
from tradepods_core.settings.account import AccountSpec
from tradepods_core.settings.overrides import Overridable
from tradepods_core.shapes import Symbol
from tradepods_worker.ports.commands import Pressed, View

VALID_FOR = timedelta(seconds=60)
Quantities = Mapping[tuple[str, int], Decimal]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a person asks of the account; `foreign` where a close means what the ledger does not know, too."""

    name: CommandName
    symbol: Symbol = ""
    foreign: bool = False
    field: Overridable | None = None
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question: what was requested, and how things stood when the question was put."""

    chat: str
    request: Request
    quantities: Quantities
    settings: AccountSpec
    breach: TradingPaused | None
    text: str
    until: datetime

    def covers(self, view: View) -> bool:
        """Whether it would do no more than its button named: a smaller position is fine.

        Other settings are not, nor is another limit that was reached.
        """
        if self.request.name != "close":
            return view.settings == self.settings and view.book.breach == self.breach
        meant = closed_by(replace(view, symbol=self.request.symbol), foreign=self.request.foreign)
        return all(quantity <= self.quantities.get(key, Decimal(-1)) for key, quantity in meant.items())


def closed_by(view: View, *, foreign: bool) -> Quantities:
    """What a close would close, by leg and number of the position; of what the ledger does not know that is 0."""
    ours = {(str(position.leg), position.number): position.quantity for position in view.meant()}
    others = view.strange().positions if foreign else ()
    return {**ours, **{(str(held.leg), 0): abs(held.quantity) for held in others}}


class Confirmations:
    """What is being asked. It does not outlive the worker: after a restart the person is asked again."""

    def __init__(self) -> None:
        self._asked: dict[str, Asked] = {}

    def ask(self, number: int, request: Request, *, view: View, chat: str, text: str, now: datetime) -> str:
        """Remember a question; the data of its button.

        A command may be heard twice, by two runs: with its moment in the data, the button of the earlier run's
        question doesn't answer the later one's.
        """
        self._asked = {data: asked for data, asked in self._asked.items() if asked.until > now}
        data = f"{request.name}:{number}:{now.timestamp():.6f}"
        self._asked[data] = Asked(
            chat=chat,
            request=request,
            quantities=closed_by(view, foreign=request.foreign),
            settings=view.settings,
            breach=view.book.breach,
            text=text,
            until=now + VALID_FOR,
        )
        return data

    def take(self, pressed: Pressed, *, now: datetime) -> Asked | None:
        """The question that was answered, once; None where it is too late, or for another chat."""
        asked = self._asked.get(pressed.data)
        if asked is None or asked.chat != pressed.place.chat:
            return None
        del self._asked[pressed.data]
        return asked if now < asked.until else None
