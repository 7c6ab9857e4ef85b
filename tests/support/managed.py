"""A protected position at 100 whose strategy has management rules, and a hand that closes candles."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from support.account import Account, placed
from support.build import BTC, ETH, FIVE, cycle, settings
from tradepods_core.book.events import CycleArrived
from tradepods_core.book.facts import StopMoved
from tradepods_core.book.intents import Accepted, CancelOrder, PlaceOrder
from tradepods_core.book.management import RuleActed, RuleSkipped
from tradepods_core.rules.snapshot import Decision
from tradepods_core.strategy.checking import read_strategy
from tradepods_core.wire.cycle import Cycle
from tradepods_core.wire.published import PublishedStrategy

D = Decimal
PROFIT: dict[str, Any] = {"var": "profit_rate", "op": ">", "value": 0.009}
RSI: dict[str, Any] = {"var": "rsi", "params": {"period": 14}, "op": ">", "value": 70}


def rule(kind: str, pct: object = None, *conditions: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A rule by its action; it holds from a profit of 1 % on unless told otherwise."""
    action = {"kind": kind} if pct is None else {"kind": kind, "pct": Decimal(str(pct))}
    return {"type": f"a_{kind}", "when": {"all": list(conditions or (PROFIT,))}, "action": action, **more}


def published(*rules: dict[str, Any], revision: str = "abc", **changes: Any) -> PublishedStrategy:
    """`default.swing` with these rules, as the service tells it."""
    when = {"all": [{"var": "rsi", "op": "<", "value": 30}]}
    entries = [{"side": side, "type": "test", "when": when} for side in ("long", "short")]
    document = {"timeframe": "5m", "universe": {"top": 0, "include": [BTC, ETH]}, "entries": entries}
    own = {"namespace": "default", "name": "swing", "revision": revision, "enabled": True}
    spec = read_strategy({**document, "management": list(rules), **changes.pop("spec", {})})
    return PublishedStrategy(**{**own, **changes}, spec=spec)


class Managed:
    """The position, its account, and the market around."""

    def __init__(self, *rules: dict[str, Any], side: Any = "long", **changes: Any) -> None:
        self.account = Account(account_settings=settings(**changes))
        self.publish(*rules)
        self.entry, self.stop, self.target = self.account.opened(side=side)
        self.close: datetime = self.account.now
        self.last: Cycle = cycle()

    def publish(self, *rules: dict[str, Any], **changes: Any) -> None:
        """The strategy says this from now on."""
        self.account.strategies = {"default.swing": published(*rules, **changes)}

    def candle(self, price: str = "101", *, told: dict[str, float] | None = None, **changes: Any) -> Decision:
        """A candle closes at this mark price; its cycle comes a second later."""
        self.close += FIVE.length
        before = {BTC: changes.pop("before")} if "before" in changes else {}
        self.account.marks = {BTC: D(price), ETH: D(100)}
        self.account.now = self.account.marks_at = self.close + timedelta(seconds=1)
        self.last = cycle(close=self.close, variables={} if told is None else {BTC: told}, before=before, **changes)
        return self.account.handle(CycleArrived(cycle=self.last))

    def again(self, *, price: str | None = None, **changes: Any) -> Decision:
        """The same cycle comes once more, under a higher revision."""
        if price is not None:
            self.account.marks = {BTC: D(price), ETH: D(100)}
        self.last = self.last.model_copy(update={"revision": self.last.revision + 1, **changes})
        return self.account.handle(CycleArrived(cycle=self.last))

    def done(self, order: PlaceOrder, price: str) -> None:
        """An order of a rule is accepted and filled, and all that follows until the position is protected again."""
        self.account.settle(order)
        self.account.fill(order, price=price, ended=False)
        waiting = [self.account.end(order, executed=order.quantity)]
        while waiting:
            for intent in waiting.pop(0).intents:
                ended = isinstance(intent, CancelOrder)
                waiting.append(self.account.settle(intent, Accepted(ended=ended)))


def acted(decision: Decision) -> list[str]:
    """The rules that acted, in order."""
    return [fact.rule for fact in decision.facts if isinstance(fact, RuleActed)]


def skipped(decision: Decision) -> list[str]:
    """Why rules could not act."""
    return [fact.why for fact in decision.facts if isinstance(fact, RuleSkipped)]


def moved(decision: Decision) -> list[Decimal]:
    """Where stops go."""
    return [fact.level for fact in decision.facts if isinstance(fact, StopMoved)]


__all__ = ["Managed", "acted", "moved", "placed", "published", "rule", "skipped"]
