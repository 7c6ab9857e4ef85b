"""What the private stream says of what happened, in the venue's order: a trigger's fill before news of the trigger."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from tradepods_core.money import ZERO, booked, plain
from tradepods_core.paper.account import Ended, Happening, Paid, PaperPosition, Placed, Rested, Traded
from tradepods_core.shapes import Symbol
from tradepods_simulator.exchange.binanceusdm.shapes import Json, kind, price_of, sent_kind, side
from tradepods_simulator.exchange.books import Customer, Record

SETTLE = "USDT"


def said(ids: Mapping[Symbol, str], customer: Customer, happening: Happening, *, at_ms: int) -> Iterator[Json]:
    """The frames of one happening, which the customer's records know already."""
    match happening:
        case Rested(order=order):
            yield algo_frame(customer.algos[order.number], ids[order.symbol], at_ms=at_ms, status="NEW")
        case Placed(order=order):
            yield order_frame(customer.orders[order.number], ids[order.symbol], at_ms=at_ms, execution="NEW")
            if order.sent_off and sent_kind(order) == "LIMIT":
                yield algo_frame(customer.algos[order.number], ids[order.symbol], at_ms=at_ms, status="TRIGGERED")
        case Traded(order=order):
            yield account_frame(customer, ids[order.symbol], happening, at_ms=at_ms, reason="ORDER")
            yield order_frame(customer.orders[order.number], ids[order.symbol], at_ms=at_ms, trade=happening)
        case Ended(order=order):
            yield from _ended(customer, happening, ids[order.symbol], at_ms=at_ms)
        case Paid():
            reason = "DEPOSIT" if happening.kind == "TRANSFER" else happening.kind
            yield account_frame(customer, ids.get(happening.symbol, ""), happening, at_ms=at_ms, reason=reason)


def _ended(customer: Customer, end: Ended, identifier: str, *, at_ms: int) -> Iterator[Json]:
    order = end.order
    plain_record, algo = customer.orders.get(order.number), customer.algos.get(order.number)
    if plain_record is not None and end.status != "filled":
        execution = "CANCELED" if end.status == "cancelled" else "EXPIRED"
        yield order_frame(plain_record, identifier, at_ms=at_ms, execution=execution)
    if algo is None:
        return
    if end.status == "filled" and sent_kind(order) == "MARKET":
        yield algo_frame(algo, identifier, at_ms=at_ms, status="TRIGGERED")
    yield algo_frame(algo, identifier, at_ms=at_ms, status=algo.status)


def order_frame(
    record: Record, identifier: str, *, at_ms: int, trade: Traded | None = None, execution: str = "TRADE"
) -> Json:
    """ORDER_TRADE_UPDATE: an order is new, gone, or, with `trade`, filled by so much."""
    order = record.order
    status = execution if execution in ("NEW", "CANCELED", "EXPIRED") else record.status
    body: Json = {
        "s": identifier,
        "c": order.id,
        "S": side(order),
        "o": sent_kind(order),
        "f": order.force.upper(),
        "q": plain(order.quantity),
        "p": price_of(order.limit),
        "ap": plain(booked(order.average)),
        "sp": "0",
        "x": execution,
        "X": status,
        "i": order.number,
        "l": "0" if trade is None else plain(trade.quantity),
        "z": plain(order.executed),
        "L": "0" if trade is None else plain(trade.price),
        "T": at_ms,
        "t": 0 if trade is None else trade.trade,
        "b": "0",
        "a": "0",
        "m": trade is not None and trade.maker,
        "R": order.exits,
        "wt": "CONTRACT_PRICE",
        "ot": sent_kind(order),
        "ps": order.side.upper(),
        "cp": order.closes,
        "rp": "0" if trade is None else plain(trade.realized),
        "pP": False,
        "si": 0,
        "ss": 0,
        "V": "EXPIRE_MAKER",
        "pm": "NONE",
        "gtd": 0,
    }
    if trade is not None:
        body |= {"N": trade.fee_asset, "n": plain(trade.fee)}
    return {"e": "ORDER_TRADE_UPDATE", "E": at_ms, "T": at_ms, "o": body}


def algo_frame(record: Record, identifier: str, *, at_ms: int, status: str) -> Json:
    """ALGO_UPDATE: a conditional order waits, was triggered, is done."""
    order = record.order
    body: Json = {
        "caid": order.id,
        "aid": record.algo_id,
        "at": "CONDITIONAL",
        "o": kind(order),
        "s": identifier,
        "S": side(order),
        "ps": order.side.upper(),
        "f": order.force.upper(),
        "q": plain(order.quantity),
        "X": status,
        "ai": str(order.number) if record.sent else "",
        "ap": plain(booked(record.average)),
        "aq": plain(record.executed),
        "act": sent_kind(order),
        "tp": "0" if order.callback is not None else price_of(order.trigger),
        "p": price_of(order.limit),
        "V": "EXPIRE_MAKER",
        "wt": "CONTRACT_PRICE" if order.by_last else "MARK_PRICE",
        "pm": "NONE",
        "cp": order.closes,
        "pP": False,
        "R": order.exits,
        "tt": record.triggered_ms,
        "gtd": 0,
        "rm": "",
    }
    return {"e": "ALGO_UPDATE", "T": at_ms, "E": at_ms, "o": body}


def account_frame(customer: Customer, identifier: str, happening: Traded | Paid, *, at_ms: int, reason: str) -> Json:
    """ACCOUNT_UPDATE: wallet and position after a fill or a payment; `bc` is what came without a trade."""
    change = happening.amount if isinstance(happening, Paid) else ZERO
    wallet = plain(happening.wallet)
    balances = [{"a": SETTLE, "wb": wallet, "cw": plain(customer.paper.cross_wallet), "bc": plain(change)}]
    if isinstance(happening, Traded) and happening.fee_asset != SETTLE:
        bnb = plain(customer.paper.bnb)
        balances.append({"a": happening.fee_asset, "wb": bnb, "cw": bnb, "bc": "0"})
    body: Json = {"m": reason, "B": balances, "P": []}
    if isinstance(happening, Traded):
        name = happening.order.side.upper()
        body["P"] = [_position(happening.position, identifier, name, price=happening.price)]
    return {"e": "ACCOUNT_UPDATE", "E": at_ms, "T": at_ms, "a": body}


def _position(held: PaperPosition | None, identifier: str, name: str, *, price: Decimal) -> Json:
    quantity, average = (ZERO, ZERO) if held is None else (held.quantity, held.average)
    margin = None if held is None else held.margin
    return {
        "s": identifier,
        "pa": plain(quantity),
        "ep": plain(average),
        "bep": plain(average),
        "cr": "0",
        "up": plain((price - average) * quantity),
        "mt": "cross" if margin is None else "isolated",
        "iw": plain(margin or ZERO),
        "ps": name,
    }


def leverage_frame(identifier: str, leverage: int, *, at_ms: int) -> Json:
    """ACCOUNT_CONFIG_UPDATE: a symbol's leverage was set."""
    return {"e": "ACCOUNT_CONFIG_UPDATE", "E": at_ms, "T": at_ms, "ac": {"s": identifier, "l": leverage}}


def assets_frame(*, multi: bool, at_ms: int) -> Json:
    """ACCOUNT_CONFIG_UPDATE: several assets are margin, or one."""
    return {"e": "ACCOUNT_CONFIG_UPDATE", "E": at_ms, "T": at_ms, "ai": {"j": multi}}


def expired(key: str, *, at_ms: int) -> Json:
    """The listen key is no more: nothing follows on this connection."""
    return {"e": "listenKeyExpired", "E": at_ms, "listenKey": key}
