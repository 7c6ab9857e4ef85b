"""One order against one price: whether it triggers, and what its fill does to the account."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from tradepods_core.money import ZERO, booked
from tradepods_core.paper.account import Ended, PaperAccount, PaperOrder, PaperPosition, Step, Traded


def triggers(order: PaperOrder, price: Decimal) -> bool:
    """Whether a conditional order acts at this mark price.

    A stop sells at or below its trigger and buys at or above it; a take-profit the other way round.
    """
    if order.trigger is None:
        return False
    on_rise = order.buys == (order.kind == "stop_market")
    return price >= order.trigger if on_rise else price <= order.trigger


def reducible(account: PaperAccount, order: PaperOrder) -> Decimal:
    """How much of its symbol's position the order could close, base."""
    held = account.held(order.symbol)
    opposite = held < ZERO if order.buys else held > ZERO
    return min(abs(held), order.quantity) if opposite else ZERO


def filled(
    account: PaperAccount, order: PaperOrder, *, quantity: Decimal, price: Decimal, taker: Decimal, at: datetime
) -> Step:
    """The account after the order's one fill, which is its end."""
    held = account.positions.get(order.symbol)
    signed = quantity if order.buys else -quantity
    closing = reducible(account, replace(order, quantity=quantity))
    realized = booked(_profit(held, closing, price)) if held is not None else ZERO
    trade = Traded(
        order=order,
        trade=account.trades_made + 1,
        quantity=quantity,
        price=price,
        fee=booked(quantity * price * taker),
        realized=realized,
        at=at,
    )
    after = replace(
        account,
        wallet=account.wallet + trade.realized - trade.fee,
        positions=_positions(account, order, signed=signed, price=price, closing=closing),
        trades_made=trade.trade,
    )
    end = Ended(order=order, status="filled", executed=quantity, average=price, at=at)
    return Step(account=after, happened=(trade, end))


def _profit(held: PaperPosition, closing: Decimal, price: Decimal) -> Decimal:
    return (price - held.average) * closing * (1 if held.quantity > ZERO else -1)


def _positions(
    account: PaperAccount, order: PaperOrder, *, signed: Decimal, price: Decimal, closing: Decimal
) -> dict[str, PaperPosition]:
    positions = dict(account.positions)
    held = positions.pop(order.symbol, PaperPosition(quantity=ZERO, average=price))
    quantity = held.quantity + signed
    if quantity == ZERO:
        return positions
    if closing == ZERO:
        average = (held.average * abs(held.quantity) + price * abs(signed)) / abs(quantity)
    else:
        average = held.average if abs(signed) == closing else price
    return {**positions, order.symbol: PaperPosition(quantity=quantity, average=average)}
