"""What anyone may ask about prices: mark price and funding, the last day, the last price."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from aiohttp import web

from tradepods_core.money import HUNDRED, ZERO, plain
from tradepods_core.shapes import Symbol
from tradepods_simulator.exchange.binanceusdm.public import symbol_of
from tradepods_simulator.exchange.candles import MINUTE_MS
from tradepods_simulator.exchange.context import EXCHANGE
from tradepods_simulator.exchange.venue import Exchange

FUNDING_MS = timedelta(hours=8) // timedelta(milliseconds=1)
INTEREST = "0.00010000"
DAY_MINUTES = 24 * 60
PERCENT_DIGITS = Decimal("0.001")
Json = dict[str, Any]
routes = web.RouteTableDef()


def _symbols(request: web.Request) -> tuple[list[Symbol], bool]:
    """The symbols that are asked about, and whether it was one by its name."""
    exchange = request.app[EXCHANGE]
    if "symbol" in request.query:
        return [symbol_of(exchange, request.query)], True
    return list(exchange.market.ids), False


def _answer(entries: list[Json], *, one: bool) -> web.Response:
    return web.json_response(entries[0] if one else entries)


@routes.get("/fapi/v1/premiumIndex")
async def premium(request: web.Request) -> web.Response:
    """Mark and index price, and the next funding."""
    exchange, (symbols, one) = request.app[EXCHANGE], _symbols(request)
    return _answer([_premium(exchange, symbol) for symbol in symbols], one=one)


def _premium(exchange: Exchange, symbol: Symbol) -> Json:
    price, now = plain(exchange.market.prices[symbol]), exchange.market.now_ms
    return {
        "symbol": exchange.market.ids[symbol],
        "markPrice": price,
        "indexPrice": price,
        "estimatedSettlePrice": price,
        "lastFundingRate": INTEREST,
        "interestRate": INTEREST,
        "nextFundingTime": now - now % FUNDING_MS + FUNDING_MS,
        "time": now,
    }


@routes.get("/fapi/v1/ticker/price")
@routes.get("/fapi/v2/ticker/price")
async def last_price(request: web.Request) -> web.Response:
    """The last price."""
    exchange, (symbols, one) = request.app[EXCHANGE], _symbols(request)
    market = exchange.market
    entries = [{"symbol": market.ids[s], "price": plain(market.prices[s]), "time": market.now_ms} for s in symbols]
    return _answer(entries, one=one)


@routes.get("/fapi/v1/ticker/24hr")
async def last_day(request: web.Request) -> web.Response:
    """What the last 24 hours brought."""
    exchange, (symbols, one) = request.app[EXCHANGE], _symbols(request)
    return _answer([_last_day(exchange, symbol) for symbol in symbols], one=one)


def _last_day(exchange: Exchange, symbol: Symbol) -> Json:
    market = exchange.market
    candles = market.klines(symbol, minutes=1, from_ms=None, limit=DAY_MINUTES)
    price, opened = market.prices[symbol], candles[0].opened if candles else market.prices[symbol]
    volume = sum((candle.volume for candle in candles), ZERO)
    quote = sum((candle.volume * candle.close for candle in candles), ZERO)
    return {
        "symbol": market.ids[symbol],
        "priceChange": plain(price - opened),
        "priceChangePercent": plain(((price / opened - 1) * HUNDRED).quantize(PERCENT_DIGITS)),
        "weightedAvgPrice": plain((quote / volume).quantize(market.markets[symbol].tick)) if volume else plain(price),
        "lastPrice": plain(price),
        "lastQty": plain(market.markets[symbol].step),
        "openPrice": plain(opened),
        "highPrice": plain(max((candle.high for candle in candles), default=price)),
        "lowPrice": plain(min((candle.low for candle in candles), default=price)),
        "volume": plain(volume),
        "quoteVolume": plain(quote),
        "openTime": candles[0].open_ms if candles else market.now_ms - DAY_MINUTES * MINUTE_MS,
        "closeTime": market.now_ms,
        "firstId": 0,
        "lastId": len(candles),
        "count": len(candles),
    }
