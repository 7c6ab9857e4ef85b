"""A customer's positions, as the venue's several endpoints show them."""

from decimal import Decimal

from aiohttp import web

from tradepods_core.money import ZERO, booked, plain
from tradepods_core.paper.account import PaperPosition, PositionSide, position_key
from tradepods_core.paper.margin import liquidation_price, maintenance, order_margin, profit, resting_notional
from tradepods_core.shapes import Symbol
from tradepods_simulator.exchange.binanceusdm.public import symbol_of
from tradepods_simulator.exchange.binanceusdm.shapes import Json
from tradepods_simulator.exchange.binanceusdm.signing import signed
from tradepods_simulator.exchange.books import Customer
from tradepods_simulator.exchange.context import EXCHANGE
from tradepods_simulator.exchange.venue import Exchange

SETTLE = "USDT"
routes = web.RouteTableDef()


def shown_positions(customer: Customer) -> list[PaperPosition]:
    """What the newer endpoints list: positions, and symbols that have open orders only, with a position of nothing."""
    shown = dict(customer.paper.positions)
    for order in customer.paper.resting.values():
        if not order.waits and order.position not in shown:
            shown[order.position] = _nothing(customer, order.symbol, order.side)
    return list(shown.values())


def _nothing(customer: Customer, symbol: Symbol, side: PositionSide) -> PaperPosition:
    margin = ZERO if symbol in customer.paper.isolated else None
    return PaperPosition(symbol=symbol, side=side, quantity=ZERO, average=ZERO, margin=margin)


def position_json(exchange: Exchange, customer: Customer, held: PaperPosition) -> Json:
    """A position with its margins, and those of the symbol's open orders."""
    price, moment = exchange.market.prices[held.symbol], exchange.moment()
    notional, key = held.quantity * price, position_key(held.symbol, held.side)
    needed = maintenance(customer.paper, key, moment.prices, moment.markets) if held.quantity else ZERO
    return {
        "symbol": exchange.market.ids[held.symbol],
        "positionSide": held.side.upper(),
        "positionAmt": plain(held.quantity),
        "unrealizedProfit": _written(profit(held, price)),
        "isolatedMargin": _written(ZERO if held.margin is None else held.margin + profit(held, price)),
        "notional": _written(notional),
        "isolatedWallet": plain(held.margin or ZERO),
        "initialMargin": _written(abs(notional) / customer.paper.leverage_of(held.symbol)),
        "maintMargin": _written(needed),
        "updateTime": exchange.market.now_ms,
    }


def position_row(exchange: Exchange, customer: Customer, symbol: Symbol, side: PositionSide) -> Json:
    """A symbol's position, held or not, as the older account endpoint has it."""
    key = position_key(symbol, side)
    held, paper = customer.paper.positions.get(key), customer.paper
    open_ = {} if held is None else position_json(exchange, customer, held)
    bids, asks = resting_notional(paper, symbol)
    margin = open_.get("initialMargin", "0")
    ordered = order_margin(paper, symbol, exchange.market.prices)
    return {
        "symbol": exchange.market.ids[symbol],
        "initialMargin": _written(Decimal(margin) + ordered),
        "maintMargin": open_.get("maintMargin", "0"),
        "unrealizedProfit": open_.get("unrealizedProfit", "0"),
        "positionInitialMargin": margin,
        "openOrderInitialMargin": _written(ordered),
        "leverage": str(paper.leverage_of(symbol)),
        "isolated": symbol in paper.isolated,
        "entryPrice": "0" if held is None else plain(held.average),
        "maxNotional": max_notional(exchange, customer, symbol),
        "bidNotional": plain(bids),
        "askNotional": plain(asks),
        "positionSide": side.upper(),
        "positionAmt": open_.get("positionAmt", "0"),
        "updateTime": exchange.market.now_ms if open_ else 0,
    }


def max_notional(exchange: Exchange, customer: Customer, symbol: Symbol) -> str:
    """The largest position that the symbol's leverage allows, quote."""
    return plain(exchange.market.markets[symbol].largest(customer.paper.leverage_of(symbol)))


def _written(amount: Decimal) -> str:
    return plain(booked(amount))


@routes.get("/fapi/v3/positionRisk")
async def positions(request: web.Request) -> web.Response:
    """Symbols with a position or with open orders."""
    exchange = request.app[EXCHANGE]
    customer, params = await signed(request, exchange.books, now_ms=exchange.wall_ms())
    wanted = symbol_of(exchange, params) if "symbol" in params else None
    shown = [held for held in shown_positions(customer) if wanted in (None, held.symbol)]
    return web.json_response([_risk(exchange, customer, held) for held in shown])


def _risk(exchange: Exchange, customer: Customer, held: PaperPosition) -> Json:
    position = position_json(exchange, customer, held)
    bids, asks = resting_notional(customer.paper, held.symbol)
    ordered = _written(order_margin(customer.paper, held.symbol, exchange.market.prices))
    profit_ = position.pop("unrealizedProfit")
    return {
        **position,
        "entryPrice": plain(held.average),
        "breakEvenPrice": plain(held.average),
        "markPrice": plain(exchange.market.prices[held.symbol]),
        "unRealizedProfit": profit_,
        "liquidationPrice": liquidation(exchange, customer, position_key(held.symbol, held.side)),
        "marginAsset": SETTLE,
        "positionInitialMargin": position["initialMargin"],
        "openOrderInitialMargin": ordered,
        "adl": 0,
        "bidNotional": plain(bids),
        "askNotional": plain(asks),
    }


def liquidation(exchange: Exchange, customer: Customer, key: str) -> str:
    """The position's liquidation price; 0 where no price liquidates it."""
    moment = exchange.moment()
    if key not in customer.paper.positions:
        return "0"
    price = liquidation_price(customer.paper, key, moment.prices, moment.markets, bnb=moment.bnb)
    return "0" if price is None else _written(price)


@routes.get("/fapi/v2/positionRisk")
async def positions_v2(request: web.Request) -> web.Response:
    """Every symbol, held or not, in the older form."""
    exchange = request.app[EXCHANGE]
    customer, params = await signed(request, exchange.books, now_ms=exchange.wall_ms())
    wanted = [symbol_of(exchange, params)] if "symbol" in params else list(exchange.market.ids)
    sides: tuple[PositionSide, ...] = ("both", "long", "short") if customer.paper.hedge else ("both",)
    return web.json_response([_risk_v2(exchange, customer, symbol, side) for symbol in wanted for side in sides])


def _risk_v2(exchange: Exchange, customer: Customer, symbol: Symbol, side: PositionSide) -> Json:
    key, price = position_key(symbol, side), exchange.market.prices[symbol]
    held = customer.paper.positions.get(key)
    shown = held or _nothing(customer, symbol, side)
    isolated = symbol in customer.paper.isolated
    return {
        "symbol": exchange.market.ids[symbol],
        "entryPrice": plain(shown.average),
        "breakEvenPrice": plain(shown.average),
        "marginType": "isolated" if isolated else "cross",
        "isAutoAddMargin": "false",
        "isolatedMargin": _written(ZERO if shown.margin is None else shown.margin + profit(shown, price)),
        "leverage": str(customer.paper.leverage_of(symbol)),
        "liquidationPrice": liquidation(exchange, customer, key),
        "markPrice": plain(price),
        "maxNotionalValue": max_notional(exchange, customer, symbol),
        "positionAmt": plain(shown.quantity),
        "notional": _written(shown.quantity * price),
        "isolatedWallet": plain(shown.margin or ZERO),
        "unRealizedProfit": _written(profit(shown, price)),
        "positionSide": side.upper(),
        "updateTime": 0 if held is None else exchange.market.now_ms,
    }
