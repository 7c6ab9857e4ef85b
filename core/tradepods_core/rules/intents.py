"""Builds intents: every order id, and every number of a revision, is made here."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from tradepods_core.book.intents import (
    OPENING,
    CancelOrder,
    Leg,
    OrderKind,
    PlaceOrder,
    Purpose,
    Reservation,
    Terms,
)
from tradepods_core.book.values import Order, Position
from tradepods_core.ids import client_order_id
from tradepods_core.rules.snapshot import Snapshot

RESERVED: tuple[Purpose, ...] = ("stop", "take_profit", "close")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What a management rule asks for in a cycle, by its name."""

    rule: str
    cycle: str
    purpose: Purpose
    quantity: Decimal


def entry(
    snapshot: Snapshot, *, leg: Leg, quantity: Decimal, cause: str, at: datetime, terms: Terms, strategy: str
) -> PlaceOrder:
    """The order that opens the account's next position, with the ids of what protects and ends it.

    Positions are numbered by the market time `at` of what caused them, in seconds, and on from there: even an
    account whose ledger was lost never gives an id out twice.
    """
    number = max(snapshot.book.next_position, int(at.timestamp()))
    return PlaceOrder(
        id=client_order_id(account=snapshot.account, position=number, purpose="enter", step=0, revision=0),
        cause=cause,
        leg=leg,
        purpose="enter",
        kind="market",
        quantity=quantity,
        position=number,
        committed_at=snapshot.wall,
        terms=terms,
        strategy=strategy,
        reserves=_reserved(snapshot, leg=leg, position=number),
    )


def addition(snapshot: Snapshot, position: Position, *, quantity: Decimal) -> PlaceOrder:
    """The order of the ladder's next step."""
    step = position.step
    return PlaceOrder(
        id=client_order_id(account=snapshot.account, position=position.number, purpose="add", step=step, revision=0),
        cause=f"step {step + 1} of the ladder",
        leg=position.leg,
        purpose="add",
        kind="market",
        quantity=quantity,
        position=position.number,
        revision=step,
        committed_at=snapshot.wall,
        terms=position.terms,
        strategy=position.strategy,
    )


def ruled(snapshot: Snapshot, position: Position, *, ask: Ask) -> PlaceOrder:
    """The order of a management rule, at market. Its id is of the cycle: asked for again there, it is the same one."""
    strategy = position.strategy.partition("@")[0]
    asked = f"rule {ask.cycle} {strategy} {ask.rule} {position.leg.symbol}"
    return PlaceOrder(
        id=client_order_id(account=snapshot.account, position=position.number, purpose=asked, step=0, revision=0),
        cause=f"rule {ask.rule} of {strategy} in {ask.cycle}",
        leg=position.leg,
        purpose=ask.purpose,
        kind="market",
        quantity=ask.quantity,
        position=position.number,
        revision=snapshot.book.revision(position.number, ask.purpose),
        committed_at=snapshot.wall,
        terms=position.terms if ask.purpose in OPENING else None,
        strategy=position.strategy if ask.purpose in OPENING else "",
        rule=ask.rule,
    )


def _reserved(snapshot: Snapshot, *, leg: Leg, position: int) -> tuple[Reservation, ...]:
    """The ids of the first stop, take-profit and emergency close, so that placing them needs no further commit."""
    return tuple(
        Reservation(
            id=client_order_id(account=snapshot.account, position=position, purpose=purpose, step=0, revision=0),
            leg=leg,
            position=position,
            purpose=purpose,
        )
        for purpose in RESERVED
    )


def exit_order(
    snapshot: Snapshot,
    position: Position,
    *,
    purpose: Purpose,
    cause: str,
    kind: OrderKind = "market",
    trigger: Decimal | None = None,
) -> PlaceOrder:
    """The position's next order of this purpose, for all of its quantity that the market's step allows."""
    market = snapshot.markets.get(position.leg.symbol)
    revision = snapshot.book.revision(position.number, purpose)
    return PlaceOrder(
        id=client_order_id(
            account=snapshot.account, position=position.number, purpose=purpose, step=0, revision=revision
        ),
        cause=cause,
        leg=position.leg,
        purpose=purpose,
        kind=kind,
        quantity=position.quantity if market is None else market.whole(position.quantity),
        position=position.number,
        revision=revision,
        trigger=trigger,
        committed_at=snapshot.wall,
    )


def cancel(snapshot: Snapshot, order: Order, *, cause: str) -> CancelOrder:
    """The next attempt to cancel an order."""
    intent = order.intent
    return CancelOrder(
        id=client_order_id(
            account=snapshot.account,
            position=intent.position,
            purpose=f"cancel {intent.purpose} {intent.revision}",
            step=0,
            revision=order.cancels,
        ),
        cause=cause,
        target=intent.id,
        leg=intent.leg,
        committed_at=snapshot.wall,
    )
