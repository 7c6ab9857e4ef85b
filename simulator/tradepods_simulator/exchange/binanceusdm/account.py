"""How a customer's account is set: leverage, modes, brackets, fees, limits, listen key."""

from decimal import Decimal
from itertools import pairwise
from typing import Any

from aiohttp import web

from tradepods_core.money import ZERO, plain
from tradepods_core.shapes import Symbol
from tradepods_simulator.exchange.binanceusdm.errors import VenueError
from tradepods_simulator.exchange.binanceusdm.public import symbol_of
from tradepods_simulator.exchange.binanceusdm.signing import keyed, number, signed
from tradepods_simulator.exchange.books import Customer
from tradepods_simulator.exchange.context import EXCHANGE
from tradepods_simulator.exchange.venue import Exchange, listen_key

MAKER = Decimal("0.0002")
routes = web.RouteTableDef()


@routes.get("/fapi/v1/symbolConfig")
async def symbol_config(request: web.Request) -> web.Response:
    """Margin mode and leverage of every symbol."""
    exchange = request.app[EXCHANGE]
    customer, params = await signed(request, exchange.books, now_ms=exchange.wall_ms())
    wanted = params.get("symbol")
    return web.json_response(
        [
            {
                "symbol": identifier,
                "marginType": "CROSSED",
                "isAutoAddMargin": False,
                "leverage": customer.paper.leverage_of(symbol),
                "maxNotionalValue": "1000000",
            }
            for symbol, identifier in exchange.market.ids.items()
            if wanted in (None, identifier)
        ]
    )


@routes.get("/fapi/v1/accountConfig")
async def account_config(request: web.Request) -> web.Response:
    """Modes of the account: one-way and single-asset here."""
    exchange = request.app[EXCHANGE]
    await signed(request, exchange.books, now_ms=exchange.wall_ms())
    return web.json_response(
        {
            "feeTier": 0,
            "canTrade": True,
            "canDeposit": True,
            "canWithdraw": False,
            "dualSidePosition": False,
            "updateTime": 0,
            "multiAssetsMargin": False,
            "tradeGroupId": -1,
        }
    )


@routes.get("/fapi/v1/leverageBracket")
async def brackets(request: web.Request) -> web.Response:
    """Leverage brackets of every symbol, or of one."""
    exchange = request.app[EXCHANGE]
    _, params = await signed(request, exchange.books, now_ms=exchange.wall_ms())
    return web.json_response(
        [
            {"symbol": market.id, "notionalCoef": 1.0, "brackets": _brackets(exchange, market.symbol)}
            for market in exchange.market.markets.values()
            if params.get("symbol") in (None, market.id)
        ]
    )


def _brackets(exchange: Exchange, symbol: Symbol) -> list[dict[str, Any]]:
    tiers = exchange.market.markets[symbol].brackets
    floors = [ZERO, *(bracket.cap for bracket in tiers)]
    deducted = [ZERO]  # maintenance margin is continuous from tier to tier
    for lower, upper in pairwise(tiers):
        deducted.append(deducted[-1] + lower.cap * (upper.maintenance - lower.maintenance))
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
    """One-way, as long as hedge mode is not there."""
    await signed(request, request.app[EXCHANGE].books, now_ms=request.app[EXCHANGE].wall_ms())
    return web.json_response({"dualSidePosition": False})


@routes.get("/fapi/v1/multiAssetsMargin")
async def assets_mode(request: web.Request) -> web.Response:
    """One asset is margin."""
    await signed(request, request.app[EXCHANGE].books, now_ms=request.app[EXCHANGE].wall_ms())
    return web.json_response({"multiAssetsMargin": False})


@routes.get("/fapi/v1/commissionRate")
async def commission(request: web.Request) -> web.Response:
    """What a symbol's trades cost."""
    exchange = request.app[EXCHANGE]
    _, params = await signed(request, exchange.books, now_ms=exchange.wall_ms())
    market = exchange.market.markets[symbol_of(exchange, params)]
    rates = {"makerCommissionRate": plain(MAKER), "takerCommissionRate": plain(market.taker)}
    return web.json_response({"symbol": market.id, **rates, "rpiCommissionRate": plain(MAKER)})


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


@routes.post("/fapi/v1/leverage")
async def set_leverage(request: web.Request) -> web.Response:
    """Set a symbol's leverage."""
    exchange = request.app[EXCHANGE]
    customer, params = await signed(request, exchange.books, now_ms=exchange.wall_ms())
    symbol, leverage = symbol_of(exchange, params), number(params, "leverage")
    exchange.set_leverage(customer, symbol, leverage)
    answer = {"leverage": leverage, "maxNotionalValue": "1000000", "symbol": exchange.market.ids[symbol]}
    return web.json_response(answer)


@routes.post("/fapi/v1/listenKey")
@routes.put("/fapi/v1/listenKey")
async def take_listen_key(request: web.Request) -> web.Response:
    """The customer's listen key; asking again keeps it alive."""
    exchange = request.app[EXCHANGE]
    return web.json_response({"listenKey": listen_key(keyed(request, exchange.books))})


@routes.delete("/fapi/v1/listenKey")
async def drop_listen_key(request: web.Request) -> web.Response:
    """Closing is accepted; the key is the same at the next start."""
    keyed(request, request.app[EXCHANGE].books)
    return web.json_response({})


def customer_of(exchange: Exchange, key: str) -> Customer:
    """The customer of a listen key; raises -1125."""
    found = next((c for c in exchange.books.by_key.values() if listen_key(c) == key), None)
    if found is None:
        raise VenueError(-1125)
    return found
