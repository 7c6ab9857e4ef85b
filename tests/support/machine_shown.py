"""How an exchange in memory shows orders and trades: the worker's own, and those of others."""

from dataclasses import dataclass, field

from tradepods_core.book.events import FillReported, VenueOrder
from tradepods_core.book.intents import PlaceOrder
from tradepods_core.book.outside import Cause, ForeignTrade
from tradepods_core.money import ZERO
from tradepods_core.paper.account import PaperOrder, Traded

BY_VENUE: dict[str, Cause] = {"liquidation": "liquidation", "adl": "adl", "settlement": "settlement"}


@dataclass(slots=True)
class Known:
    """An order of the worker's, as the exchange has it, and its trades."""

    shown: VenueOrder
    fills: list[FillReported] = field(default_factory=list)


def ordered(intent: PlaceOrder) -> VenueOrder:
    """An order of the worker's that has just arrived."""
    return VenueOrder(
        id=intent.id,
        symbol=intent.leg.symbol,
        buys=intent.buys,
        kind=intent.kind,
        quantity=intent.quantity,
        trigger=intent.trigger,
        ended=False,
        executed=ZERO,
        status="NEW",
    )


def stranger(order: PaperOrder) -> VenueOrder:
    """Somebody else's order."""
    return VenueOrder(
        id=order.id,
        symbol=order.symbol,
        buys=order.buys,
        kind=None,
        quantity=order.quantity,
        trigger=None,
        ended=False,
        executed=order.executed,
        status="NEW",
    )


def beside(traded: Traded) -> ForeignTrade:
    """A trade that is not the worker's."""
    order = traded.order
    return ForeignTrade(
        trade=str(traded.trade),
        buys=order.buys,
        side=None if order.side == "both" else order.side,
        quantity=traded.quantity,
        price=traded.price,
        fee=traded.fee if traded.fee_asset == "USDT" else ZERO,
        realized=traded.realized,
        cause=BY_VENUE.get(order.forced, "by_hand"),
        at=traded.at,
    )
