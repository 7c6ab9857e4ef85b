"""The engine: place, cancel, advance. An account goes in, the account after it and what happened come out."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from tradepods_core.market import Market
from tradepods_core.money import ZERO, is_multiple, plain
from tradepods_core.paper.account import (
    Ended,
    Happening,
    PaperAccount,
    PaperOrder,
    Refusal,
    Rested,
    Step,
    Triggered,
)
from tradepods_core.paper.margin import Prices, available
from tradepods_core.paper.matching import filled, reducible, triggers
from tradepods_core.shapes import Symbol


def place(account: PaperAccount, order: PaperOrder, *, market: Market, prices: Prices, at: datetime) -> Step | Refusal:
    """A market order fills at once at the present price; a conditional one rests, or is refused if it would trigger."""
    price = prices[order.symbol]
    refusal = _unfit(account, order, market) or _unfunded(account, order, market=market, prices=prices)
    if refusal is not None:
        return refusal
    order = replace(order, number=account.orders_made + 1)
    account = replace(account, orders_made=order.number)
    if order.kind == "market":
        quantity = reducible(account, order) if order.reduce_only else order.quantity
        return filled(account, order, quantity=quantity, price=price, taker=market.taker, at=at)
    if triggers(order, price):
        return Refusal(code="would_trigger", message="Order would immediately trigger.")
    return Step(
        account=replace(account, resting={**account.resting, order.id: order}),
        happened=(Rested(order=order),),
    )


def cancel(account: PaperAccount, identifier: str, *, at: datetime) -> Step | Refusal:
    """A resting order taken away."""
    order = account.resting.get(identifier)
    if order is None:
        return Refusal(code="unknown_order", message="Unknown order sent.")
    end = Ended(order=order, status="cancelled", executed=ZERO, average=ZERO, at=at)
    return Step(account=_unrested(account, order), happened=(end,))


def advance(account: PaperAccount, *, prices: Prices, markets: Mapping[Symbol, Market], at: datetime) -> Step:
    """The account after the prices moved: every resting order whose trigger is reached has acted, oldest first."""
    happened: list[Happening] = []
    for order in tuple(account.resting.values()):
        price = prices.get(order.symbol)
        if price is not None and triggers(order, price):
            step = _acted(_unrested(account, order), order, price=price, taker=markets[order.symbol].taker, at=at)
            account = step.account
            happened += [Triggered(order=order), *step.happened]
    return Step(account=account, happened=tuple(happened))


def with_leverage(account: PaperAccount, symbol: Symbol, leverage: int) -> PaperAccount:
    """The account with a symbol's leverage set."""
    return replace(account, leverage={**account.leverage, symbol: leverage})


def _acted(account: PaperAccount, order: PaperOrder, *, price: Decimal, taker: Decimal, at: datetime) -> Step:
    """A triggered order filled at market, or expired where it may only reduce and nothing is left."""
    quantity = reducible(account, order) if order.reduce_only else order.quantity
    if quantity == ZERO:
        end = Ended(order=order, status="expired", executed=ZERO, average=ZERO, at=at)
        return Step(account=account, happened=(end,))
    return filled(account, order, quantity=quantity, price=price, taker=taker, at=at)


def _unrested(account: PaperAccount, order: PaperOrder) -> PaperAccount:
    return replace(account, resting={k: o for k, o in account.resting.items() if k != order.id})


def _unfit(account: PaperAccount, order: PaperOrder, market: Market) -> Refusal | None:
    """What the symbol's filters and the account's other orders say."""
    if order.id in account.resting:
        return Refusal(code="duplicate_id", message=f"{order.id} rests already")
    if not is_multiple(order.quantity, market.step):
        return Refusal(code="precision", message=f"{plain(order.quantity)} is no multiple of {plain(market.step)}")
    if order.trigger is not None and not is_multiple(order.trigger, market.tick):
        return Refusal(code="precision", message=f"{plain(order.trigger)} is no multiple of {plain(market.tick)}")
    if order.quantity < market.min_quantity:
        return Refusal(code="too_small", message=f"{plain(order.quantity)} is below {plain(market.min_quantity)}")
    if order.quantity > market.max_quantity:
        return Refusal(code="too_large", message=f"{plain(order.quantity)} is above {plain(market.max_quantity)}")
    if order.reduce_only and order.kind == "market" and reducible(account, order) == ZERO:
        return Refusal(code="reduce_only", message="ReduceOnly Order is rejected.")
    return None


def _unfunded(account: PaperAccount, order: PaperOrder, *, market: Market, prices: Prices) -> Refusal | None:
    """Whether an opening order is worth enough, and whether margin and fee are there for it."""
    if order.reduce_only or order.kind != "market":
        return None
    notional = order.quantity * prices[order.symbol]
    if notional < market.min_notional:
        return Refusal(code="too_small", message=f"{plain(notional)} is below {plain(market.min_notional)}")
    opening = order.quantity - reducible(account, order)
    needed = opening * prices[order.symbol] / account.leverage_of(order.symbol) + notional * market.taker
    if needed > available(account, prices):
        return Refusal(code="insufficient_margin", message="Margin is insufficient.")
    return None
