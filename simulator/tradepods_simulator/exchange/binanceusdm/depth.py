"""What anyone may ask about the order book and the market's trades."""

from aiohttp import web

from tradepods_core.money import plain
from tradepods_core.paper.walk import POINTS
from tradepods_core.shapes import Symbol
from tradepods_simulator.exchange.binanceusdm.errors import VenueError
from tradepods_simulator.exchange.binanceusdm.market_frames import book, levels_json
from tradepods_simulator.exchange.binanceusdm.public import symbol_of
from tradepods_simulator.exchange.binanceusdm.shapes import Json
from tradepods_simulator.exchange.binanceusdm.signing import number
from tradepods_simulator.exchange.binanceusdm.windows import limit_of, span_of
from tradepods_simulator.exchange.context import EXCHANGE
from tradepods_simulator.exchange.marketplace import MarketTrade
from tradepods_simulator.exchange.venue import Exchange

LIMITS = (5, 10, 20, 50, 100, 500, 1000)
MOST_TRADES, DEFAULT_TRADES = 1_000, 500
LOOKED_AT = 2 * 24 * 60 * POINTS  # trades of two days
routes = web.RouteTableDef()


@routes.get("/fapi/v1/depth")
async def depth(request: web.Request) -> web.Response:
    """The order book."""
    exchange, params = request.app[EXCHANGE], request.query
    symbol = symbol_of(exchange, params)
    limit = limit_of(params, default=500, most=LIMITS[-1])
    if limit not in LIMITS:
        raise VenueError(-4021, limit)
    market = exchange.market
    bids, asks = market.book(symbol, limit=limit) or book(exchange.moment(), symbol)
    now, newest = market.now_ms, market.update_ids[symbol]
    sides = {"bids": levels_json(bids, limit=limit), "asks": levels_json(asks, limit=limit)}
    return web.json_response({"lastUpdateId": newest, "E": now, "T": now, **sides})


@routes.get("/fapi/v1/ticker/bookTicker")
async def book_ticker(request: web.Request) -> web.Response:
    """Best bid and ask."""
    exchange = request.app[EXCHANGE]
    if "symbol" in request.query:
        return web.json_response(_ticker(exchange, symbol_of(exchange, request.query)))
    return web.json_response([_ticker(exchange, symbol) for symbol in exchange.market.ids])


def _ticker(exchange: Exchange, symbol: Symbol) -> Json:
    bids, asks = book(exchange.moment(), symbol)
    return {
        "symbol": exchange.market.ids[symbol],
        "bidPrice": plain(bids[0].price) if bids else "0",
        "bidQty": plain(bids[0].quantity) if bids else "0",
        "askPrice": plain(asks[0].price) if asks else "0",
        "askQty": plain(asks[0].quantity) if asks else "0",
        "time": exchange.market.now_ms,
    }


@routes.get("/fapi/v1/aggTrades")
async def aggregated(request: web.Request) -> web.Response:
    """The latest trades, aggregated; from a number or a moment on, as far back as the venue looks."""
    exchange, params = request.app[EXCHANGE], request.query
    symbol, limit = symbol_of(exchange, params), limit_of(params, default=DEFAULT_TRADES, most=MOST_TRADES)
    first = number(params, "fromId") if "fromId" in params else 0
    since, until = span_of(params, now_ms=exchange.market.now_ms)
    known = exchange.market.trades(symbol, limit=LOOKED_AT if {"fromId", "startTime", "endTime"} & {*params} else limit)
    found = [t for t in known if t.number >= first and (since or 0) <= t.at_ms <= until]
    from_start = "fromId" in params or since is not None
    return web.json_response([_aggregated(trade) for trade in (found[:limit] if from_start else found[-limit:])])


@routes.get("/fapi/v1/trades")
async def recent(request: web.Request) -> web.Response:
    """The latest trades."""
    exchange, params = request.app[EXCHANGE], request.query
    limit = limit_of(params, default=DEFAULT_TRADES, most=MOST_TRADES)
    found = exchange.market.trades(symbol_of(exchange, params), limit=limit)
    return web.json_response([_recent(trade) for trade in found])


def _aggregated(trade: MarketTrade) -> Json:
    price, quantity = plain(trade.price), plain(trade.quantity)
    ids = {"a": trade.number, "f": trade.number, "l": trade.number}
    return {**ids, "p": price, "q": quantity, "nq": quantity, "T": trade.at_ms, "m": trade.sold}


def _recent(trade: MarketTrade) -> Json:
    return {
        "id": trade.number,
        "price": plain(trade.price),
        "qty": plain(trade.quantity),
        "quoteQty": plain(trade.price * trade.quantity),
        "time": trade.at_ms,
        "isBuyerMaker": trade.sold,
        "isRPITrade": False,
    }
