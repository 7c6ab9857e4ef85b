"""The venue's JSON: orders, conditional orders, trades, and the frames of the private stream."""

from decimal import Decimal
from typing import Any

from tradepods_core.money import ZERO, plain
from tradepods_core.paper.account import PaperOrder, Traded
from tradepods_core.shapes import Symbol
from tradepods_core.times import to_ms
from tradepods_simulator.exchange.books import Customer, Record

Json = dict[str, Any]
TYPES = {"market": "MARKET", "stop_market": "STOP_MARKET", "take_profit_market": "TAKE_PROFIT_MARKET"}


def side(order: PaperOrder) -> str:
    """BUY or SELL."""
    return "BUY" if order.buys else "SELL"


def order_json(record: Record, *, identifier: str) -> Json:
    """A plain order, looked up. One that a trigger sent off is a MARKET order too."""
    return {**order_placed(record, identifier=identifier), "time": record.created_ms}


def order_placed(record: Record, *, identifier: str) -> Json:
    """A plain order as it is answered when it is placed."""
    order = record.order
    return {
        "orderId": order.number,
        "symbol": identifier,
        "status": record.status,
        "clientOrderId": order.id,
        "price": "0",
        "avgPrice": plain(record.average),
        "origQty": plain(order.quantity),
        "executedQty": plain(record.executed),
        "cumQty": plain(record.executed),
        "cumQuote": plain(record.executed * record.average),
        "timeInForce": "GTC",
        "type": "MARKET",
        "origType": "MARKET",
        "reduceOnly": order.reduce_only,
        "closePosition": False,
        "side": side(order),
        "positionSide": "BOTH",
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
    order = record.order
    sent_off = record.triggered_ms > 0
    return {
        **algo_placed(record, identifier=identifier),
        "actualOrderId": str(order.number) if sent_off else "",
        "actualPrice": plain(record.average),
        "tpTriggerPrice": "0",
        "tpPrice": "0",
        "slTriggerPrice": "0",
        "slPrice": "0",
        "tpOrderType": "",
    }


def algo_json(record: Record, *, identifier: str) -> Json:
    """One conditional order, looked up."""
    order = record.order
    sent_off = record.triggered_ms > 0
    return {
        **algo_placed(record, identifier=identifier),
        "actualOrderId": str(order.number) if sent_off else "",
        "actualPrice": plain(record.average),
        "actualType": "MARKET" if sent_off else "",
        "actualQty": plain(record.executed),
        "tpOrderType": "",
    }


def algo_placed(record: Record, *, identifier: str) -> Json:
    """A conditional order as it is answered when it is placed."""
    order = record.order
    return {
        "algoId": record.algo_id,
        "clientAlgoId": order.id,
        "algoType": "CONDITIONAL",
        "orderType": TYPES[order.kind],
        "symbol": identifier,
        "side": side(order),
        "positionSide": "BOTH",
        "timeInForce": "GTC",
        "quantity": plain(order.quantity),
        "algoStatus": record.status,
        "triggerPrice": plain(order.trigger or ZERO),
        "price": "0",
        "icebergQuantity": None,
        "selfTradePreventionMode": "EXPIRE_MAKER",
        "workingType": "MARK_PRICE",
        "priceMatch": "NONE",
        "priceProtect": False,
        "closePosition": False,
        "reduceOnly": order.reduce_only,
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
        "commissionAsset": "USDT",
        "time": to_ms(trade.at),
        "positionSide": "BOTH",
        "maker": False,
        "buyer": trade.order.buys,
    }


def order_frame(record: Record, *, identifier: str, at_ms: int, trade: Traded | None = None) -> Json:
    """ORDER_TRADE_UPDATE: a new order, or, with `trade`, its fill."""
    order = record.order
    executed = ZERO if trade is None else trade.quantity
    body: Json = {
        "s": identifier,
        "c": order.id,
        "S": side(order),
        "o": "MARKET",
        "f": "GTC",
        "q": plain(order.quantity),
        "p": "0",
        "ap": "0" if trade is None else plain(trade.price),
        "sp": "0",
        "x": "NEW" if trade is None else "TRADE",
        "X": "NEW" if trade is None else "FILLED",
        "i": order.number,
        "l": plain(executed),
        "z": plain(executed),
        "L": "0" if trade is None else plain(trade.price),
        "T": at_ms,
        "t": 0 if trade is None else trade.trade,
        "b": "0",
        "a": "0",
        "m": False,
        "R": order.reduce_only,
        "wt": "CONTRACT_PRICE",
        "ot": "MARKET",
        "ps": "BOTH",
        "cp": False,
        "rp": "0" if trade is None else plain(trade.realized),
        "pP": False,
        "si": 0,
        "ss": 0,
        "V": "EXPIRE_MAKER",
        "pm": "NONE",
        "gtd": 0,
    }
    if trade is not None:
        body |= {"N": "USDT", "n": plain(trade.fee)}
    return {"e": "ORDER_TRADE_UPDATE", "E": at_ms, "T": at_ms, "o": body}


def algo_frame(record: Record, *, identifier: str, at_ms: int, status: str) -> Json:
    """ALGO_UPDATE: a conditional order rests, was triggered, is done."""
    order = record.order
    body: Json = {
        "caid": order.id,
        "aid": record.algo_id,
        "at": "CONDITIONAL",
        "o": TYPES[order.kind],
        "s": identifier,
        "S": side(order),
        "ps": "BOTH",
        "f": "GTC",
        "q": plain(order.quantity),
        "X": status,
        "ai": str(order.number) if record.triggered_ms else "",
        "ap": plain(record.average),
        "aq": plain(record.executed),
        "act": "MARKET",
        "tp": plain(order.trigger or ZERO),
        "p": "0",
        "V": "EXPIRE_MAKER",
        "wt": "MARK_PRICE",
        "pm": "NONE",
        "cp": False,
        "pP": False,
        "R": order.reduce_only,
        "tt": record.triggered_ms,
        "gtd": 0,
        "rm": "",
    }
    return {"e": "ALGO_UPDATE", "T": at_ms, "E": at_ms, "o": body}


def account_frame(customer: Customer, *, symbol: Symbol, identifier: str, at_ms: int, price: Decimal) -> Json:
    """ACCOUNT_UPDATE: wallet and the one position that an order changed."""
    held = customer.paper.positions.get(symbol)
    wallet = plain(customer.paper.wallet)
    profit = ZERO if held is None else (price - held.average) * held.quantity
    position = {
        "s": identifier,
        "pa": "0" if held is None else plain(held.quantity),
        "ep": "0" if held is None else plain(held.average),
        "bep": "0" if held is None else plain(held.average),
        "cr": "0",
        "up": plain(profit),
        "mt": "cross",
        "iw": "0",
        "ps": "BOTH",
    }
    balances = [{"a": "USDT", "wb": wallet, "cw": wallet, "bc": "0"}]
    return {"e": "ACCOUNT_UPDATE", "E": at_ms, "T": at_ms, "a": {"m": "ORDER", "B": balances, "P": [position]}}


def mark_frame(prices: dict[str, Decimal], *, at_ms: int, step: int | None) -> list[Json]:
    """The all-market mark price frame; in a replay each element also says the step."""
    extra = {} if step is None else {"step": step}
    return [
        {
            "e": "markPriceUpdate",
            "E": at_ms,
            "s": identifier,
            "p": plain(price),
            "i": plain(price),
            "P": plain(price),
            "r": "0.00010000",
            "T": at_ms,
            **extra,
        }
        for identifier, price in prices.items()
    ]
