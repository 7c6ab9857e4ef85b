"""Margins of an account at given mark prices: what positions and orders bind, what is free, where it is liquidated."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import pairwise, product

from tradepods_core.market import Bracket, Market
from tradepods_core.money import BOOKED, ZERO
from tradepods_core.paper.account import PaperAccount, PaperOrder, PaperPosition
from tradepods_core.paper.quotes import Prices
from tradepods_core.shapes import Symbol

__all__ = ["Prices"]
HAIRCUT = Decimal("0.95")  # of the second asset's value, where several assets are margin
Markets = Mapping[Symbol, Market]


def profit(position: PaperPosition, price: Decimal) -> Decimal:
    """A position's unrealised profit, quote."""
    return (price - position.average) * position.quantity


def unrealized(account: PaperAccount, prices: Prices) -> Decimal:
    """Profit of all positions at these prices, quote."""
    return sum((profit(p, _mark(prices, key, p)) for key, p in account.positions.items()), ZERO)


def initial_margin(account: PaperAccount, prices: Prices) -> Decimal:
    """Margin that the positions bind at these prices, quote."""
    return sum((position_margin(account, key, prices) for key in account.positions), ZERO)


def position_margin(account: PaperAccount, key: str, prices: Prices) -> Decimal:
    """Margin that one position binds, quote."""
    position = account.positions[key]
    symbol = _symbol(key, position)
    return abs(position.quantity) * _mark(prices, key, position) / account.leverage_of(symbol)


def order_margin(account: PaperAccount, symbol: Symbol, prices: Prices) -> Decimal:
    """Margin that a symbol's resting limit orders bind beside its positions, quote.

    Of each position the larger of what all its bids and what all its asks would make of it; orders that reduce only
    bind nothing.
    """
    orders = [o for o in account.resting.values() if o.symbol == symbol and not o.waits and not o.reduce_only]
    bound = ZERO
    for key in {order.position for order in orders}:
        held = account.positions.get(key)
        present = ZERO if held is None else held.quantity * _mark(prices, key, held)
        bids, asks = _values(order for order in orders if order.position == key)
        bound += max(abs(present + bids), abs(present - asks)) - abs(present)
    return bound / account.leverage_of(symbol)


def resting_notional(account: PaperAccount, symbol: Symbol) -> tuple[Decimal, Decimal]:
    """Value of a symbol's resting limit orders that may open: buying, selling; quote."""
    return _values(o for o in account.resting.values() if o.symbol == symbol and not o.waits and not o.exits)


def collateral(account: PaperAccount, *, bnb: Decimal) -> Decimal:
    """What the second asset counts for as margin, quote; `bnb` is its price."""
    return account.bnb * bnb * HAIRCUT if account.multi else ZERO


def available(account: PaperAccount, prices: Prices, *, bnb: Decimal = ZERO) -> Decimal:
    """What new orders may bind, quote; never below zero. `bnb` is that asset's price."""
    return max(unbound(account, prices, bnb=bnb), ZERO)


def unbound(account: PaperAccount, prices: Prices, *, bnb: Decimal = ZERO) -> Decimal:
    """Cross wallet, unrealised profit and collateral less bound margin, quote; below zero where more is bound."""
    cross = {key: p for key, p in account.positions.items() if p.margin is None}
    free = account.cross_wallet + sum((profit(p, _mark(prices, key, p)) for key, p in cross.items()), ZERO)
    free -= sum((position_margin(account, key, prices) for key in cross), ZERO)
    for symbol in {order.symbol for order in account.resting.values() if not order.waits}:
        free -= order_margin(account, symbol, prices)
    return free + collateral(account, bnb=bnb)


def maintenance(account: PaperAccount, key: str, prices: Prices, markets: Markets) -> Decimal:
    """Margin without which one position is liquidated, quote."""
    position = account.positions[key]
    notional = abs(position.quantity) * _mark(prices, key, position)
    rate, deduction = tier(markets[_symbol(key, position)], notional)
    return max(notional * rate - deduction, ZERO)


def tier(market: Market, notional: Decimal) -> tuple[Decimal, Decimal]:
    """Maintenance rate of a notional, and what is deducted so that the margin grows without jumps, quote."""
    bracket = market.bracket(notional)
    if bracket is None:
        return ZERO, ZERO
    index = market.brackets.index(bracket)
    return bracket.maintenance, deductions(market.brackets)[index]


def deductions(brackets: tuple[Bracket, ...]) -> list[Decimal]:
    """What each bracket deducts from rate times notional, quote."""
    found = [ZERO] if brackets else []
    for lower, upper in pairwise(brackets):
        found.append(found[-1] + lower.cap * (upper.maintenance - lower.maintenance))
    return found


def liquidation_price(
    account: PaperAccount, key: str, prices: Prices, markets: Markets, *, bnb: Decimal = ZERO
) -> Decimal | None:
    """Mark price at which a position's margin is used up, by the venue's published formula; None where there is none.

    The bracket is the one into which the position falls at that price. `bnb` is that asset's price.
    """
    position = account.positions[key]
    symbol = _symbol(key, position)
    legs = [position]
    if position.margin is None:
        legs = [p for k, p in account.positions.items() if _symbol(k, p) == symbol]
    if position.margin is None:
        backing = _backing(account, symbol, prices, markets) + collateral(account, bnb=bnb)
    else:
        backing = position.margin
    found = _candidates(legs, backing, markets[symbol].brackets)
    return min(found, key=lambda price: abs(price - _mark(prices, key, position)), default=None)


def _candidates(legs: list[PaperPosition], backing: Decimal, brackets: tuple[Bracket, ...]) -> Iterator[Decimal]:
    """Prices at which maintenance margin eats all there is, for each choice of brackets that the price confirms."""
    floors = [ZERO, *(bracket.cap for bracket in brackets)]
    deducted = deductions(brackets)
    worth = backing - sum((leg.quantity * leg.average for leg in legs), ZERO)
    for choice in product(range(len(brackets)), repeat=len(legs)):
        rated = list(zip(legs, choice, strict=True))
        slope = sum((abs(leg.quantity) * brackets[index].maintenance - leg.quantity for leg, index in rated), ZERO)
        price = (worth + sum((deducted[index] for index in choice), ZERO)) / slope if slope else ZERO
        if price >= BOOKED and all(_falls_into(leg, price, index, floors) for leg, index in rated):
            yield price


def _falls_into(leg: PaperPosition, price: Decimal, index: int, floors: list[Decimal]) -> bool:
    """Whether a position's value at a price is of this bracket; the last one has no upper bound."""
    value = abs(leg.quantity) * price
    return floors[index] < value and (index == len(floors) - 2 or value <= floors[index + 1])


def _backing(account: PaperAccount, symbol: Symbol, prices: Prices, markets: Markets) -> Decimal:
    """What stands behind a symbol's cross positions: the wallet, what other symbols made, less what they need."""
    others = {k: p for k, p in account.positions.items() if p.margin is None and _symbol(k, p) != symbol}
    needed = sum((maintenance(account, key, prices, markets) for key in others), ZERO)
    return account.cross_wallet - needed + sum((profit(p, _mark(prices, k, p)) for k, p in others.items()), ZERO)


def _values(orders: Iterable[PaperOrder]) -> tuple[Decimal, Decimal]:
    """What limit orders are worth: those that buy, those that sell."""
    bids = asks = ZERO
    for order in orders:
        value = order.left * (order.limit or ZERO)
        bids, asks = (bids + value, asks) if order.buys else (bids, asks + value)
    return bids, asks


def _symbol(key: str, position: PaperPosition) -> Symbol:
    """A position's symbol; one that was saved before positions knew theirs has it as its key."""
    return position.symbol or key


def _mark(prices: Prices, key: str, position: PaperPosition) -> Decimal:
    return prices.get(_symbol(key, position), position.average)
