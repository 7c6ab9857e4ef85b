"""What a customer has: wallet, positions, and what came and went."""

from decimal import Decimal
from typing import Any

from aiohttp import web

from tradepods_core.money import ZERO, plain
from tradepods_core.paper.account import Traded
from tradepods_core.paper.margin import available, initial_margin, unrealized
from tradepods_core.shapes import Symbol
from tradepods_core.times import to_ms
from tradepods_simulator.exchange.binanceusdm.public import symbol_of
from tradepods_simulator.exchange.binanceusdm.signing import number, signed
from tradepods_simulator.exchange.books import Customer
from tradepods_simulator.exchange.context import EXCHANGE
from tradepods_simulator.exchange.venue import Exchange

SETTLE = "USDT"
MOST_INCOME, DEFAULT_INCOME = 1_000, 100
MAX_NOTIONAL = "1000000"
TOTALS = {
    "totalInitialMargin": "initialMargin",
    "totalMaintMargin": "maintMargin",
    "totalWalletBalance": "walletBalance",
    "totalUnrealizedProfit": "unrealizedProfit",
    "totalMarginBalance": "marginBalance",
    "totalPositionInitialMargin": "positionInitialMargin",
    "totalOpenOrderInitialMargin": "openOrderInitialMargin",
    "totalCrossWalletBalance": "crossWalletBalance",
    "totalCrossUnPnl": "crossUnPnl",
    "availableBalance": "availableBalance",
    "maxWithdrawAmount": "maxWithdrawAmount",
}
Json = dict[str, Any]
routes = web.RouteTableDef()


async def _asked(request: web.Request) -> tuple[Exchange, Customer, dict[str, str]]:
    exchange = request.app[EXCHANGE]
    customer, params = await signed(request, exchange.books, now_ms=exchange.wall_ms())
    return exchange, customer, dict(params)


def _asset(exchange: Exchange, customer: Customer) -> Json:
    """The one asset that this venue has, with its margins."""
    paper, prices = customer.paper, exchange.market.prices
    profit, margin, free = unrealized(paper, prices), initial_margin(paper, prices), available(paper, prices)
    return {
        "asset": SETTLE,
        "walletBalance": plain(paper.wallet),
        "unrealizedProfit": plain(profit),
        "marginBalance": plain(paper.wallet + profit),
        "maintMargin": "0",
        "initialMargin": plain(margin),
        "positionInitialMargin": plain(margin),
        "openOrderInitialMargin": "0",
        "crossWalletBalance": plain(paper.wallet),
        "crossUnPnl": plain(profit),
        "availableBalance": plain(free),
        "maxWithdrawAmount": plain(free),
        "updateTime": exchange.market.now_ms,
    }


def _position(exchange: Exchange, customer: Customer, symbol: Symbol) -> Json:
    """What every endpoint says of a position."""
    held, price = customer.paper.positions[symbol], exchange.market.prices[symbol]
    notional = held.quantity * price
    return {
        "symbol": exchange.market.ids[symbol],
        "positionSide": "BOTH",
        "positionAmt": plain(held.quantity),
        "isolatedMargin": "0",
        "notional": plain(notional),
        "isolatedWallet": "0",
        "initialMargin": plain(abs(notional) / customer.paper.leverage_of(symbol)),
        "maintMargin": "0",
        "updateTime": exchange.market.now_ms,
    }


def _profit(exchange: Exchange, customer: Customer, symbol: Symbol) -> str:
    held = customer.paper.positions[symbol]
    return plain((exchange.market.prices[symbol] - held.average) * held.quantity)


@routes.get("/fapi/v3/account")
async def account(request: web.Request) -> web.Response:
    """Wallet, margins, and open positions."""
    exchange, customer, _ = await _asked(request)
    asset = _asset(exchange, customer)
    positions = [
        {**_position(exchange, customer, symbol), "unrealizedProfit": _profit(exchange, customer, symbol)}
        for symbol in customer.paper.positions
    ]
    totals = {name: asset[part] for name, part in TOTALS.items()}
    return web.json_response({**totals, "assets": [asset], "positions": positions})


@routes.get("/fapi/v2/account")
async def account_v2(request: web.Request) -> web.Response:
    """The same in the older form: with the account's modes, and a row for every symbol."""
    exchange, customer, _ = await _asked(request)
    asset = {**_asset(exchange, customer), "marginAvailable": True}
    modes = {"feeTier": 0, "feeBurn": False, "canTrade": True, "canDeposit": True, "canWithdraw": False}
    modes |= {"updateTime": 0, "multiAssetsMargin": False, "tradeGroupId": -1}
    totals = {name: asset[part] for name, part in TOTALS.items()}
    positions = [_row(exchange, customer, symbol) for symbol in exchange.market.ids]
    return web.json_response({**modes, **totals, "assets": [asset], "positions": positions})


def _row(exchange: Exchange, customer: Customer, symbol: Symbol) -> Json:
    held = customer.paper.positions.get(symbol)
    open_ = {} if held is None else _position(exchange, customer, symbol)
    margin = open_.get("initialMargin", "0")
    return {
        "symbol": exchange.market.ids[symbol],
        "initialMargin": margin,
        "maintMargin": "0",
        "unrealizedProfit": "0" if held is None else _profit(exchange, customer, symbol),
        "positionInitialMargin": margin,
        "openOrderInitialMargin": "0",
        "leverage": str(customer.paper.leverage_of(symbol)),
        "isolated": False,
        "entryPrice": "0" if held is None else plain(held.average),
        "maxNotional": MAX_NOTIONAL,
        "bidNotional": "0",
        "askNotional": "0",
        "positionSide": "BOTH",
        "positionAmt": open_.get("positionAmt", "0"),
        "updateTime": exchange.market.now_ms if open_ else 0,
    }


@routes.get("/fapi/v2/balance")
@routes.get("/fapi/v3/balance")
async def balance(request: web.Request) -> web.Response:
    """The wallet alone."""
    exchange, customer, _ = await _asked(request)
    asset = _asset(exchange, customer)
    names = ("crossWalletBalance", "crossUnPnl", "availableBalance", "maxWithdrawAmount", "updateTime")
    shown = {"accountAlias": customer.name, "asset": SETTLE, "balance": asset["walletBalance"]}
    return web.json_response([{**shown, **{name: asset[name] for name in names}, "marginAvailable": True}])


@routes.get("/fapi/v3/positionRisk")
async def positions(request: web.Request) -> web.Response:
    """Open positions."""
    exchange, customer, params = await _asked(request)
    wanted = [s for s in customer.paper.positions if params.get("symbol") in (None, exchange.market.ids[s])]
    return web.json_response([_risk(exchange, customer, symbol) for symbol in wanted])


def _risk(exchange: Exchange, customer: Customer, symbol: Symbol) -> Json:
    held = customer.paper.positions[symbol]
    position = _position(exchange, customer, symbol)
    return {
        **position,
        "entryPrice": plain(held.average),
        "breakEvenPrice": plain(held.average),
        "markPrice": plain(exchange.market.prices[symbol]),
        "unRealizedProfit": _profit(exchange, customer, symbol),
        "liquidationPrice": "0",
        "marginAsset": SETTLE,
        "positionInitialMargin": position["initialMargin"],
        "openOrderInitialMargin": "0",
        "adl": 0,
        "bidNotional": "0",
        "askNotional": "0",
    }


@routes.get("/fapi/v2/positionRisk")
async def positions_v2(request: web.Request) -> web.Response:
    """Every symbol, held or not, in the older form."""
    exchange, customer, params = await _asked(request)
    wanted = [symbol for symbol, name in exchange.market.ids.items() if params.get("symbol") in (None, name)]
    return web.json_response([_risk_v2(exchange, customer, symbol) for symbol in wanted])


def _risk_v2(exchange: Exchange, customer: Customer, symbol: Symbol) -> Json:
    held = customer.paper.positions.get(symbol)
    price = exchange.market.prices[symbol]
    average, quantity = (ZERO, ZERO) if held is None else (held.average, held.quantity)
    return {
        "symbol": exchange.market.ids[symbol],
        "entryPrice": plain(average),
        "breakEvenPrice": plain(average),
        "marginType": "cross",
        "isAutoAddMargin": "false",
        "isolatedMargin": "0",
        "leverage": str(customer.paper.leverage_of(symbol)),
        "liquidationPrice": "0",
        "markPrice": plain(price),
        "maxNotionalValue": MAX_NOTIONAL,
        "positionAmt": plain(quantity),
        "notional": plain(quantity * price),
        "isolatedWallet": "0",
        "unRealizedProfit": plain((price - average) * quantity),
        "positionSide": "BOTH",
        "updateTime": 0 if held is None else exchange.market.now_ms,
    }


@routes.get("/fapi/v1/income")
async def income(request: web.Request) -> web.Response:
    """Realised profit and commissions, oldest first."""
    exchange, customer, params = await _asked(request)
    symbol = symbol_of(exchange, params) if "symbol" in params else None
    since = number(params, "startTime") if "startTime" in params else 0
    limit = min(number(params, "limit"), MOST_INCOME) if "limit" in params else DEFAULT_INCOME
    trades = [t for t in customer.trades if symbol in (None, t.order.symbol) and to_ms(t.at) >= since]
    found = [
        _income(exchange, trade, kind=kind, amount=amount)
        for trade in trades
        for kind, amount in (("REALIZED_PNL", trade.realized), ("COMMISSION", -trade.fee))
        if amount
    ]
    kind = params.get("incomeType")
    return web.json_response([entry for entry in found if kind in (None, entry["incomeType"])][:limit])


def _income(exchange: Exchange, trade: Traded, *, kind: str, amount: Decimal) -> Json:
    return {
        "symbol": exchange.market.ids[trade.order.symbol],
        "incomeType": kind,
        "income": plain(amount),
        "asset": SETTLE,
        "info": str(trade.trade),
        "time": to_ms(trade.at),
        "tranId": trade.trade * 10 + (kind == "COMMISSION"),
        "tradeId": str(trade.trade),
    }
