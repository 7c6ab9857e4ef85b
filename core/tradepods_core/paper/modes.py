"""How an account is set: leverage, margin mode, position mode, assets mode. The venue refuses most of it under way."""

from dataclasses import replace
from decimal import Decimal

from tradepods_core.money import ZERO, plain
from tradepods_core.paper.account import PaperAccount
from tradepods_core.paper.margin import available, order_margin, profit, unbound
from tradepods_core.paper.quotes import Moment
from tradepods_core.paper.refusals import Refusal, Why
from tradepods_core.shapes import Symbol

Changed = PaperAccount | Refusal


def _no(why: Why, value: object = "") -> Refusal:
    return Refusal(why=why, message=why.replace("_", " "), value=str(value))


def with_leverage(account: PaperAccount, symbol: Symbol, leverage: int, *, moment: Moment) -> Changed:
    """A symbol's leverage; positions and orders must be allowed at it, and backed."""
    brackets = moment.markets[symbol].brackets
    if not 1 <= leverage <= (brackets[0].max_leverage if brackets else leverage):
        return _no("leverage", leverage)
    held = [position for position in account.positions.values() if position.symbol == symbol]
    ordered = order_margin(account, symbol, moment.prices) * account.leverage_of(symbol)
    notional = sum((abs(p.quantity) * moment.prices[symbol] for p in held), ordered)
    if notional > moment.markets[symbol].largest(leverage):
        return _no("position_limit", plain(notional))
    after = replace(account, leverage={**account.leverage, symbol: leverage})
    if leverage < account.leverage_of(symbol):
        if any(position.margin is not None for position in held):
            return _no("isolated_leverage")
        if (held or ordered) and available(after, moment.prices, bnb=moment.bnb) == ZERO:
            return _no("leverage_margin")
    return after


def with_isolated(account: PaperAccount, symbol: Symbol, *, isolated: bool) -> Changed:
    """A symbol's margin mode; only while nothing of it is open."""
    if isolated == (symbol in account.isolated):
        return _no("margin_type_same")
    if isolated and account.multi:
        return _no("margin_type_multi")
    if any(order.symbol == symbol for order in account.resting.values()):
        return _no("margin_type_orders")
    if any(position.symbol == symbol for position in account.positions.values()):
        return _no("margin_type_position")
    return replace(account, isolated=account.isolated ^ {symbol})


def with_hedge(account: PaperAccount, *, hedge: bool) -> Changed:
    """The account's position mode; only while nothing at all is open."""
    if hedge == account.hedge:
        return _no("mode_same")
    if account.resting:
        return _no("mode_orders")
    if account.positions:
        return _no("mode_position")
    return replace(account, hedge=hedge)


def with_multi(account: PaperAccount, *, multi: bool, moment: Moment) -> Changed:
    """The account's assets mode; the settle asset alone must back what is open before the others stop counting."""
    if multi == account.multi:
        return _no("multi_same")
    if multi and account.isolated:
        return _no("multi_isolated")
    if any(not order.waits for order in account.resting.values()):
        return _no("multi_orders")
    after = replace(account, multi=multi)
    return _no("multi_margin") if unbound(after, moment.prices) < ZERO else after


def with_margin(account: PaperAccount, key: str, amount: Decimal, *, moment: Moment) -> Changed:
    """So much more margin for an isolated position, or less where it is below 0."""
    position = account.positions.get(key)
    if position is None:
        return _no("no_position")
    if position.margin is None:
        return _no("isolated_margin")
    if amount > available(account, moment.prices, bnb=moment.bnb):
        return _no("cross_margin")
    mark = moment.prices[position.symbol]
    bound = abs(position.quantity) * mark / account.leverage_of(position.symbol)
    lost = min(profit(position, mark), ZERO)  # what it has lost is not there to be taken
    if amount < ZERO and position.margin + lost + amount < bound:
        return _no("isolated_balance")
    return replace(account, positions={**account.positions, key: replace(position, margin=position.margin + amount)})
