"""What a customer has: wallet, positions, leverage, mode, listen key."""

from typing import Any

from aiohttp import web

from tradepods_core.money import ZERO, plain
from tradepods_core.paper.margin import available, initial_margin, unrealized
from tradepods_core.shapes import Symbol
from tradepods_simulator.exchange.binanceusdm.errors import VenueError
from tradepods_simulator.exchange.binanceusdm.public import symbol_of
from tradepods_simulator.exchange.binanceusdm.signing import keyed, number, signed
from tradepods_simulator.exchange.books import Customer
from tradepods_simulator.exchange.context import EXCHANGE
from tradepods_simulator.exchange.venue import Exchange, listen_key

routes = web.RouteTableDef()


@routes.get("/fapi/v3/account")
async def account(request: web.Request) -> web.Response:
    """Wallet and margins, in the one asset that this venue has."""
    exchange = request.app[EXCHANGE]
    customer, _ = await signed(request, exchange.books, now_ms=exchange.wall_ms())
    paper, prices = customer.paper, exchange.market.prices
    profit, margin = unrealized(paper, prices), initial_margin(paper, prices)
    total = {
        "walletBalance": plain(paper.wallet),
        "unrealizedProfit": plain(profit),
        "marginBalance": plain(paper.wallet + profit),
        "maintMargin": "0",
        "initialMargin": plain(margin),
        "positionInitialMargin": plain(margin),
        "openOrderInitialMargin": "0",
        "crossWalletBalance": plain(paper.wallet),
        "crossUnPnl": plain(profit),
        "availableBalance": plain(available(paper, prices)),
        "maxWithdrawAmount": plain(available(paper, prices)),
        "updateTime": exchange.market.now_ms,
    }
    return web.json_response(
        {
            "totalWalletBalance": total["walletBalance"],
            "totalUnrealizedProfit": total["unrealizedProfit"],
            "totalMarginBalance": total["marginBalance"],
            "totalInitialMargin": total["initialMargin"],
            "availableBalance": total["availableBalance"],
            "assets": [{"asset": "USDT", **total}],
            "positions": [_position(exchange, customer, symbol) for symbol in paper.positions],
        }
    )


@routes.get("/fapi/v3/positionRisk")
async def positions(request: web.Request) -> web.Response:
    """Open positions."""
    exchange = request.app[EXCHANGE]
    customer, _ = await signed(request, exchange.books, now_ms=exchange.wall_ms())
    return web.json_response([_position(exchange, customer, symbol) for symbol in customer.paper.positions])


def _position(exchange: Exchange, customer: Customer, symbol: Symbol) -> dict[str, Any]:
    held, price = customer.paper.positions[symbol], exchange.market.prices[symbol]
    notional = held.quantity * price
    margin = plain(abs(notional) / customer.paper.leverage_of(symbol))
    return {
        "symbol": exchange.market.ids[symbol],
        "positionSide": "BOTH",
        "positionAmt": plain(held.quantity),
        "entryPrice": plain(held.average),
        "breakEvenPrice": plain(held.average),
        "markPrice": plain(price),
        "unRealizedProfit": plain((price - held.average) * held.quantity),
        "liquidationPrice": "0",
        "isolatedMargin": "0",
        "notional": plain(notional),
        "marginAsset": "USDT",
        "isolatedWallet": "0",
        "initialMargin": margin,
        "maintMargin": "0",
        "positionInitialMargin": margin,
        "openOrderInitialMargin": "0",
        "adl": 0,
        "bidNotional": "0",
        "askNotional": "0",
        "updateTime": exchange.market.now_ms,
    }


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
    """Leverage brackets of every symbol."""
    exchange = request.app[EXCHANGE]
    await signed(request, exchange.books, now_ms=exchange.wall_ms())
    return web.json_response(
        [{"symbol": market.id, "brackets": _brackets(exchange, market.symbol)} for market in _markets(exchange)]
    )


def _markets(exchange: Exchange) -> Any:
    return exchange.market.markets.values()


def _brackets(exchange: Exchange, symbol: Symbol) -> list[dict[str, Any]]:
    floors = [ZERO, *(bracket.cap for bracket in exchange.market.markets[symbol].brackets)]
    return [
        {
            "bracket": index + 1,
            "initialLeverage": bracket.max_leverage,
            "notionalCap": float(bracket.cap),
            "notionalFloor": float(floors[index]),
            "maintMarginRatio": float(bracket.maintenance),
            "cum": 0.0,
        }
        for index, bracket in enumerate(exchange.market.markets[symbol].brackets)
    ]


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
