"""An account that loses: one position that is most of it."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from support.account import Account
from support.build import BTC, ETH, settings
from tradepods_core.book.events import CommandGiven, MarksMoved
from tradepods_core.book.facts import TradingPaused
from tradepods_core.rules.snapshot import Decision

D = Decimal


class Loser:
    """An account whose one position holds most of it, and a hand that moves the mark."""

    def __init__(self, **limits: Any) -> None:
        self.account = Account(account_settings=settings(entryPct=100, leverage=1, protections=limits))
        self.account.opened(fee=D(0))

    def move(self, price: str, *, after: timedelta = timedelta(seconds=15)) -> Decision:
        """The mark goes there."""
        account = self.account
        account.now += after
        account.marks, account.marks_at = {BTC: D(price), ETH: D(100)}, account.now
        return account.handle(MarksMoved(at=account.now, marks=account.marks))

    def pauses(self) -> list[TradingPaused]:
        """Every pause so far."""
        return [fact for fact in self.account.facts if isinstance(fact, TradingPaused)]

    def say(self, name: Any) -> Decision:
        """A person's command."""
        return self.account.handle(CommandGiven(id=f"telegram/{len(self.account.facts)}", name=name, by="ann"))
