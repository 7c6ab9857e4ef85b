"""What the private stream says of what happened, in the venue's order: a trigger's fill before news of the trigger."""

from collections.abc import Iterator
from decimal import Decimal

from tradepods_core.money import ZERO, booked, plain
from tradepods_core.paper.account import Ended, Happening, Paid, PaperPosition, Placed, Rested, Traded
from tradepods_simulator.exchange.binanceusdm.shapes import Json, kind, price_of, sent_kind, side
from tradepods_simulator.exchange.books import Customer, Record
from tradepods_simulator.exchange.marketplace import Marketplace

SETTLE = "USDT"


def said(market: Marketplace, customer: Customer, happening: Happening) -> Iterator[Json]:
    """The frames of one happening, which the customer's records know already."""
    ids, at_ms = market.ids, market.now_ms
    match happening:
        case Rested(order=order):
            yield algo_frame(customer.algos[order.number], ids[order.symbol], at_ms=at_ms, status="NEW")
        case Placed(order=order):
            yield order_frame(customer.orders[order.number], ids[order.symbol], at_ms=at_ms, execution="NEW")
            if order.sent_off and sent_kind(order) == "LIMIT":
                yield algo_frame(customer.algos[order.number], ids[order.symbol], at_ms=at_ms, status="TRIGGERED")
        case Traded(order=order):
            held = happening.position or PaperPosition(
                symbol=order.symbol, side=order.side, quantity=ZERO, average=ZERO
            )
            changed = _position(customer, held, ids[order.symbol], price=happening.price)
            yield account_frame(customer, happening, at_ms=at_ms, reason="ORDER", positions=[changed])
            yield order_frame(customer.orders[order.number], ids[order.symbol], at_ms=at_ms, trade=happening)
        case Ended(order=order):
            yield from _ended(customer, happening, ids[order.symbol], at_ms=at_ms)
        case Paid():
            yield _payment(market, customer, happening)


def _payment(market: Marketplace, customer: Customer, paid: Paid) -> Json:
    """A payment's frame has the position only if that is isolated: then its margin has changed."""
    reason: str = paid.kind
    if reason == "TRANSFER":
        reason = "DEPOSIT" if paid.amount > ZERO else "WITHDRAW"
    held = paid.position
    positions = []
    if held is not None and held.margin is not None:
        price = market.prices[held.symbol]
        positions = [_position(customer, held, market.ids[held.symbol], price=price)]
    return account_frame(customer, paid, at_ms=market.now_ms, reason=reason, positions=positions)


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
        "rm": record.refused,
    }
    return {"e": "ALGO_UPDATE", "T": at_ms, "E": at_ms, "o": body}


def account_frame(
    customer: Customer, happening: Traded | Paid, *, at_ms: int, reason: str, positions: list[Json]
) -> Json:
    """ACCOUNT_UPDATE: wallet and position after a fill or a payment; `bc` is what came without a trade."""
    change = happening.amount if isinstance(happening, Paid) else ZERO
    wallets = {"wb": plain(happening.wallet), "cw": plain(happening.cross), "bc": plain(change)}
    balances = [{"a": SETTLE, **wallets}]
    if isinstance(happening, Traded) and happening.fee_asset != SETTLE:
        bnb = plain(customer.paper.bnb)
        balances.append({"a": happening.fee_asset, "wb": bnb, "cw": bnb, "bc": "0"})
    return _account(reason, balances, positions, at_ms=at_ms)


def margin_frame(market: Marketplace, customer: Customer, held: PaperPosition, *, moved: bool) -> Json:
    """ACCOUNT_UPDATE: a symbol's margin mode was set, or margin was `moved` into its position or out of it."""
    paper = customer.paper
    balance = {"a": SETTLE, "wb": plain(paper.wallet), "cw": plain(paper.cross_wallet), "bc": "0"}
    position = _position(customer, held, market.ids[held.symbol], price=market.prices[held.symbol])
    reason = "MARGIN_TRANSFER" if moved else "MARGIN_TYPE_CHANGE"
    return _account(reason, [balance] if moved else [], [position], at_ms=market.now_ms)


def _account(reason: str, balances: list[Json], positions: list[Json], *, at_ms: int) -> Json:
    body: Json = {"m": reason, "B": balances, "P": positions}
    return {"e": "ACCOUNT_UPDATE", "E": at_ms, "T": at_ms, "a": body}


def _position(customer: Customer, held: PaperPosition, identifier: str, *, price: Decimal) -> Json:
    return {
        "s": identifier,
        "pa": plain(held.quantity),
        "ep": plain(held.average),
        "bep": plain(held.average),
        "cr": "0",
        "up": plain((price - held.average) * held.quantity),
        "mt": "isolated" if held.symbol in customer.paper.isolated else "cross",
        "iw": plain(held.margin or ZERO),
        "ps": held.side.upper(),
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
