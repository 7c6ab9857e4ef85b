"""Trades that are not ours: how they are asked for, and what the venue says of them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from tradepods_core.book.intents import Side
from tradepods_core.book.outside import Cause, ForeignTrade, Past
from tradepods_core.ids import is_ours
from tradepods_core.money import ZERO
from tradepods_core.times import from_ms
from tradepods_worker.adapters.venues.binanceusdm.account import SETTLE
from tradepods_worker.adapters.venues.binanceusdm.orders import Call, above_zero, exact

LATEST = 1000  # trades: the most that one answer has
LOOKED_UP = 20  # orders of them, the newest: each is a question of its own
CAUSES: Mapping[str, Cause] = {  # by how the venue's own client ids begin
    "autoclose-": "liquidation",
    "adl_autoclose": "adl",
    "settlement_autoclose-": "settlement",
}
SIDES: Mapping[str, Side] = {"LONG": "long", "SHORT": "short"}
Answer = Mapping[str, Any]


def trades_in(market_id: str) -> Call:
    """A symbol's latest trades, of the last seven days at most."""
    return Call(method="fapiPrivateGetUserTrades", params={"symbol": market_id, "limit": LATEST}, weight=5)


def mark_of(market_id: str) -> Call:
    """A symbol's mark price, and the venue's time of it."""
    return Call(method="fapiPublicGetPremiumIndex", params={"symbol": market_id}, signed=False)


def orders_of(trades: Iterable[Answer]) -> Sequence[str]:
    """The venue's numbers of the newest orders among these trades: who sent them is to be looked up."""
    newest = sorted(trades, key=lambda trade: int(trade["time"]), reverse=True)
    return list(dict.fromkeys(str(trade["orderId"]) for trade in newest))[:LOOKED_UP]


def past(trades: Iterable[Answer], senders: Mapping[str, str], *, mark: Answer | None, now: datetime) -> Past:
    """What is not ours; `senders` are the client ids of the orders that were looked up, "" of one that is forgotten.

    `now` is the time of it where the venue names no mark price.
    """
    sent = ((trade, senders.get(str(trade["orderId"]))) for trade in trades)
    found = [_trade(trade, sender) for trade, sender in sent if sender is not None and not is_ours(sender)]
    return Past(
        trades=tuple(sorted(found, key=lambda trade: (trade.at, int(trade.trade)))),
        mark=None if mark is None else above_zero(mark["markPrice"]),
        at=now if mark is None else from_ms(int(mark["time"])),
    )


def cause_of(sender: str) -> Cause:
    """Who stands behind a client id that is not ours."""
    known = (cause for prefix, cause in CAUSES.items() if sender.startswith(prefix))
    return next(known, "by_hand" if sender else "unknown")


def _trade(trade: Answer, sender: str) -> ForeignTrade:
    return ForeignTrade(
        trade=str(trade["id"]),
        buys=trade["side"] == "BUY",
        side=SIDES.get(str(trade.get("positionSide", ""))),
        quantity=above_zero(trade["qty"]),
        price=above_zero(trade["price"]),
        fee=exact(trade["commission"]) if trade["commissionAsset"] == SETTLE else ZERO,
        realized=exact(trade["realizedPnl"]),
        cause=cause_of(sender),
        at=from_ms(int(trade["time"])),
    )
