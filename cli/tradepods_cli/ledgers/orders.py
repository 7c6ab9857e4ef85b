"""What became of each order: one row an order, from the facts about it."""

from collections.abc import Iterable, Iterator
from typing import Any

from tradepods_core.book.events import IntentSettled
from tradepods_core.book.facts import Fact, Filled, OrderEnded
from tradepods_core.book.intents import PlaceOrder, Rejected
from tradepods_core.book.outside import OrderAdopted
from tradepods_core.money import ZERO

Row = dict[str, Any]


def order_rows(facts: Iterable[Fact]) -> Iterator[Row]:
    """Every order, oldest first; `state` is the last that was heard of it."""
    rows: dict[str, Row] = {}
    for fact in facts:
        match fact:
            case PlaceOrder():
                rows[fact.id] = _placed(fact, "intended")
            case OrderAdopted():
                rows[fact.order.id] = _placed(fact.order, "adopted")
            case IntentSettled() if fact.id in rows:
                rows[fact.id]["state"] = _answer(fact)
            case OrderEnded() if fact.id in rows:
                rows[fact.id] |= {"state": fact.status.lower(), "executed": fact.executed}
            case Filled() if fact.order in rows:
                _fill(rows[fact.order], fact)
            case _:
                pass
    for row in rows.values():
        yield row | ({"state": "filled"} if row["executed"] >= row["quantity"] else {})


def _placed(order: PlaceOrder, state: str) -> Row:
    return {
        "committed_at": order.committed_at,
        "symbol": order.leg.symbol,
        "side": order.leg.side,
        "purpose": order.purpose,
        "kind": order.kind,
        "quantity": order.quantity,
        "trigger": order.trigger,
        "executed": ZERO,
        "booked": ZERO,
        "state": state,
        "id": order.id,
        "cause": order.cause,
    }


def _fill(row: Row, fill: Filled) -> None:
    row["booked"] += fill.quantity
    row["executed"] = max(row["executed"], row["booked"])


def _answer(fact: IntentSettled) -> str:
    outcome = fact.outcome
    return f"rejected: {outcome.code}" if isinstance(outcome, Rejected) else outcome.kind
