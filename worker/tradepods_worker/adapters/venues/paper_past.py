"""What a paper venue did to an account by itself: no person trades there."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from tradepods_core.book.outside import ForeignTrade, Past
from tradepods_core.paper.account import Traded
from tradepods_core.shapes import Symbol


def past_on(symbol: Symbol, trades: Iterable[Traded], *, mark: Decimal, at: datetime) -> Past:
    """A symbol's trades by which the venue closed positions, and its mark price."""
    forced = (trade for trade in trades if trade.order.forced and trade.order.symbol == symbol)
    return Past(trades=tuple(_foreign(trade) for trade in forced), mark=mark, at=at)


def _foreign(trade: Traded) -> ForeignTrade:
    order = trade.order
    return ForeignTrade(
        trade=str(trade.trade),
        buys=order.buys,
        side=None if order.side == "both" else order.side,
        quantity=trade.quantity,
        price=trade.price,
        fee=trade.fee,
        realized=trade.realized,
        cause=order.forced or "unknown",
        at=trade.at,
    )
