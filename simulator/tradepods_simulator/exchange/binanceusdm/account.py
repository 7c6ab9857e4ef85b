"""How a customer's account is set: leverage, modes, brackets, fees, limits, what its key may do."""

from typing import Any

from aiohttp import web

from tradepods_core.money import ZERO, plain
from tradepods_core.paper.margin import deductions
from tradepods_core.shapes import Symbol
from tradepods_simulator.exchange.binanceusdm.positions import max_notional
from tradepods_simulator.exchange.binanceusdm.public import symbol_of
from tradepods_simulator.exchange.binanceusdm.signing import Params, signed
from tradepods_simulator.exchange.context import EXCHANGE
from tradepods_simulator.exchange.venue import Exchange

routes = web.RouteTableDef()


def _wanted(exchange: Exchange, params: Params) -> Symbol | None:
    return symbol_of(exchange, params) if "symbol" in params else None


@routes.get("/fapi/v1/symbolConfig")
async def symbol_config(request: web.Request) -> web.Response:
    """Margin mode and leverage of every symbol."""
    exchange = request.app[EXCHANGE]
    customer, params = await signed(request, exchange.books, now_ms=exchange.wall_ms())
    wanted = _wanted(exchange, params)
    return web.json_response(
        [
            {
                "symbol": identifier,
                "marginType": "ISOLATED" if symbol in customer.paper.isolated else "CROSSED",
                "isAutoAddMargin": False,
                "leverage": customer.paper.leverage_of(symbol),
                "maxNotionalValue": max_notional(exchange, customer, symbol),
            }
            for symbol, identifier in exchange.market.ids.items()
            if wanted in (None, symbol)
        ]
    )


@routes.get("/fapi/v1/accountConfig")
async def account_config(request: web.Request) -> web.Response:
    """Modes of the account."""
    exchange = request.app[EXCHANGE]
    customer, _ = await signed(request, exchange.books, now_ms=exchange.wall_ms())
    return web.json_response(
        {
            "feeTier": 0,
            "canTrade": True,
            "canDeposit": True,
            "canWithdraw": False,
            "dualSidePosition": customer.paper.hedge,
            "updateTime": 0,
            "multiAssetsMargin": customer.paper.multi,
            "tradeGroupId": -1,
        }
    )


@routes.get("/fapi/v1/leverageBracket")
async def brackets(request: web.Request) -> web.Response:
    """Leverage brackets of every symbol, or of one."""
    exchange = request.app[EXCHANGE]
    _, params = await signed(request, exchange.books, now_ms=exchange.wall_ms())
    wanted = _wanted(exchange, params)
    return web.json_response(
        [
            {"symbol": market.id, "notionalCoef": 1.0, "brackets": _brackets(exchange, market.symbol)}
            for market in exchange.market.markets.values()
            if wanted in (None, market.symbol)
        ]
    )


def _brackets(exchange: Exchange, symbol: Symbol) -> list[dict[str, Any]]:
    tiers = exchange.market.markets[symbol].brackets
    floors = [ZERO, *(bracket.cap for bracket in tiers)]
    deducted = deductions(tiers)
    return [
        {
            "bracket": index + 1,
            "initialLeverage": bracket.max_leverage,
            "notionalCap": int(bracket.cap),
            "notionalFloor": int(floors[index]),
            "maintMarginRatio": float(bracket.maintenance),
            "cum": float(deducted[index]),
        }
        for index, bracket in enumerate(tiers)
    ]


@routes.get("/fapi/v1/positionSide/dual")
async def position_mode(request: web.Request) -> web.Response:
    """Whether long and short are two positions."""
    customer, _ = await signed(request, request.app[EXCHANGE].books, now_ms=request.app[EXCHANGE].wall_ms())
    return web.json_response({"dualSidePosition": customer.paper.hedge})


@routes.get("/fapi/v1/multiAssetsMargin")
async def assets_mode(request: web.Request) -> web.Response:
    """Whether several assets are margin."""
    customer, _ = await signed(request, request.app[EXCHANGE].books, now_ms=request.app[EXCHANGE].wall_ms())
    return web.json_response({"multiAssetsMargin": customer.paper.multi})


@routes.get("/fapi/v1/feeBurn")
async def burns(request: web.Request) -> web.Response:
    """Whether commissions are paid in BNB."""
    customer, _ = await signed(request, request.app[EXCHANGE].books, now_ms=request.app[EXCHANGE].wall_ms())
    return web.json_response({"feeBurn": customer.paper.burns})


@routes.get("/fapi/v1/commissionRate")
async def commission(request: web.Request) -> web.Response:
    """What a symbol's trades cost."""
    exchange = request.app[EXCHANGE]
    _, params = await signed(request, exchange.books, now_ms=exchange.wall_ms())
    market = exchange.market.markets[symbol_of(exchange, params)]
    rates = {"makerCommissionRate": plain(market.maker), "takerCommissionRate": plain(market.taker)}
    return web.json_response({"symbol": market.id, **rates, "rpiCommissionRate": plain(market.maker)})


@routes.get("/fapi/v1/rateLimit/order")
async def limits(request: web.Request) -> web.Response:
    """How many orders a key may send."""
    await signed(request, request.app[EXCHANGE].books, now_ms=request.app[EXCHANGE].wall_ms())
    return web.json_response(
        [
            {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": 300},
            {"rateLimitType": "ORDERS", "interval": "MINUTE", "intervalNum": 1, "limit": 1200},
        ]
    )


@routes.get("/sapi/v1/account/apiRestrictions")
async def restrictions(request: web.Request) -> web.Response:
    """What the key may do: the spot host's question."""
    exchange = request.app[EXCHANGE]
    customer, _ = await signed(request, exchange.books, now_ms=exchange.wall_ms())
    return web.json_response(
        {
            "ipRestrict": bool(customer.address),
            "createTime": 0,
            "enableReading": True,
            "enableWithdrawals": customer.withdraws,
            "enableInternalTransfer": customer.transfers,
            "enableMargin": False,
            "enableFutures": customer.futures,
            "permitsUniversalTransfer": customer.transfers,
            "enableVanillaOptions": False,
            "enableFixApiTrade": False,
            "enableFixReadOnly": False,
            "enableSpotAndMarginTrading": False,
            "enablePortfolioMarginTrading": False,
        }
    )
