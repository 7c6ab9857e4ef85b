"""What is free to open a position with."""

from collections.abc import Mapping
from decimal import Decimal

from tradepods_core.money import ZERO
from tradepods_core.paper.account import PaperAccount
from tradepods_core.shapes import Symbol

Prices = Mapping[Symbol, Decimal]


def unrealized(account: PaperAccount, prices: Prices) -> Decimal:
    """Profit of all positions at these prices, quote."""
    return sum(
        (
            (prices.get(symbol, held.average) - held.average) * held.quantity
            for symbol, held in account.positions.items()
        ),
        ZERO,
    )


def initial_margin(account: PaperAccount, prices: Prices) -> Decimal:
    """Margin that the positions bind at these prices, quote."""
    return sum(
        (
            abs(held.quantity) * prices.get(symbol, held.average) / account.leverage_of(symbol)
            for symbol, held in account.positions.items()
        ),
        ZERO,
    )


def available(account: PaperAccount, prices: Prices) -> Decimal:
    """Wallet and unrealised profit less bound margin, quote; never below zero."""
    return max(account.wallet + unrealized(account, prices) - initial_margin(account, prices), ZERO)
