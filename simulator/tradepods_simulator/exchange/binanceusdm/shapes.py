"""The venue's JSON: orders, conditional orders, trades."""

from decimal import Decimal
from typing import Any

from tradepods_core.money import ZERO, booked, plain
from tradepods_core.paper.account import PaperKind, PaperOrder, Traded
from tradepods_core.times import to_ms
from tradepods_simulator.exchange.books import Record

Json = dict[str, Any]
LIMITED: tuple[PaperKind, ...] = ("limit", "stop", "take_profit")


def side(order: PaperOrder) -> str:
    """BUY or SELL."""
    return "BUY" if order.buys else "SELL"


def kind(order: PaperOrder) -> str:
    """The type by which it was placed."""
    return order.kind.upper()


def sent_kind(order: PaperOrder) -> str:
    """The type of the plain order that it is, or becomes once it is triggered."""
    if order.forced == "liquidation":
        return "LIQUIDATION"
    return "LIMIT" if order.kind in LIMITED else "MARKET"


def price_of(value: Decimal | None) -> str:
    """A price; 0 where there is none."""
    return plain(value or ZERO)


def order_json(record: Record, *, identifier: str) -> Json:
    """A plain order, looked up. One that a trigger sent off is a MARKET or LIMIT order too."""
    return {**order_placed(record, identifier=identifier), "time": record.created_ms}


def order_placed(record: Record, *, identifier: str) -> Json:
    """A plain order as it is answered when it is placed."""
    order = record.order
    return {
        "orderId": order.number,
        "symbol": identifier,
        "status": record.status,
        "clientOrderId": order.id,
        "price": price_of(order.limit),
        "avgPrice": plain(booked(record.average)),
        "origQty": plain(order.quantity),
        "executedQty": plain(record.executed),
        "cumQty": plain(record.executed),
        "cumQuote": plain(order.spent),
        "timeInForce": order.force.upper(),
        "type": sent_kind(order),
        "origType": sent_kind(order),
        "reduceOnly": order.exits,
        "closePosition": order.closes,
        "side": side(order),
        "positionSide": order.side.upper(),
        "stopPrice": "0",
        "workingType": "CONTRACT_PRICE",
        "priceProtect": False,
        "priceMatch": "NONE",
        "selfTradePreventionMode": "EXPIRE_MAKER",
        "goodTillDate": 0,
        "updateTime": record.updated_ms,
    }


def algo_listed(record: Record, *, identifier: str) -> Json:
    """A conditional order in a list of them."""
    return {
        **_algo(record, identifier=identifier),
        "actualOrderId": str(record.order.number) if record.sent else "",
        "actualPrice": plain(booked(record.average)),
        "tpTriggerPrice": "0",
        "tpPrice": "0",
        "slTriggerPrice": "0",
        "slPrice": "0",
        "tpOrderType": "",
    }


def algo_json(record: Record, *, identifier: str) -> Json:
    """One conditional order, looked up."""
    return {
        **_algo(record, identifier=identifier),
        "actualOrderId": str(record.order.number) if record.sent else "",
        "actualPrice": plain(booked(record.average)),
        "actualType": sent_kind(record.order) if record.sent else "",
        "actualQty": plain(record.executed),
        "tpOrderType": "",
    }


def algo_placed(record: Record, *, identifier: str) -> Json:
    """A conditional order as it is answered when it is placed: here alone it says how it trails."""
    order = record.order
    if order.callback is None:
        return _algo(record, identifier=identifier)
    trails = {"activatePrice": price_of(order.trigger), "callbackRate": price_of(order.callback)}
    return {**_algo(record, identifier=identifier), **trails}


def _algo(record: Record, *, identifier: str) -> Json:
    """What every answer about a conditional order has."""
    order = record.order
    return {
        "algoId": record.algo_id,
        "clientAlgoId": order.id,
        "algoType": "CONDITIONAL",
        "orderType": kind(order),
        "symbol": identifier,
        "side": side(order),
        "positionSide": order.side.upper(),
        "timeInForce": order.force.upper(),
        "quantity": plain(order.quantity),
        "algoStatus": record.status,
        "triggerPrice": price_of(order.trigger) if order.callback is None else "0",
        "price": price_of(order.limit),
        "icebergQuantity": None,
        "selfTradePreventionMode": "EXPIRE_MAKER",
        "workingType": "CONTRACT_PRICE" if order.by_last else "MARK_PRICE",
        "priceMatch": "NONE",
        "priceProtect": False,
        "closePosition": order.closes,
        "reduceOnly": order.exits,
        "createTime": record.created_ms,
        "updateTime": record.updated_ms,
        "triggerTime": record.triggered_ms,
        "goodTillDate": 0,
    }


def trade_json(trade: Traded, *, identifier: str) -> Json:
    """A trade, as /fapi/v1/userTrades answers it."""
    return {
        "symbol": identifier,
        "id": trade.trade,
        "orderId": trade.order.number,
        "side": side(trade.order),
        "price": plain(trade.price),
        "qty": plain(trade.quantity),
        "quoteQty": plain(trade.quantity * trade.price),
        "realizedPnl": plain(trade.realized),
        "commission": plain(trade.fee),
        "commissionAsset": trade.fee_asset,
        "time": to_ms(trade.at),
        "positionSide": trade.order.side.upper(),
        "maker": trade.maker,
        "buyer": trade.order.buys,
    }
