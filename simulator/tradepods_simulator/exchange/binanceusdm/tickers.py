"""What anyone may ask about prices: mark price and funding, the last day, the last price."""

from decimal import Decimal
from typing import Any

from aiohttp import web

from tradepods_core.money import HUNDRED, ZERO, plain
from tradepods_core.shapes import Symbol
from tradepods_simulator.exchange.binanceusdm.market_frames import DAY_MINUTES, last_day
from tradepods_simulator.exchange.binanceusdm.public import ONBOARDED_MS, symbol_of
from tradepods_simulator.exchange.binanceusdm.windows import limit_of, span_of
from tradepods_simulator.exchange.context import EXCHANGE
from tradepods_simulator.exchange.marketplace import FUNDING_MS
from tradepods_simulator.exchange.venue import Exchange

INTEREST = "0.00010000"
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
        "lastFundingRate": plain(exchange.market.rate(symbol, at_ms=now - now % FUNDING_MS + FUNDING_MS)),
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
async def day(request: web.Request) -> web.Response:
    """What the last 24 hours brought."""
    exchange, (symbols, one) = request.app[EXCHANGE], _symbols(request)
    shown = [symbol for symbol in symbols if one or exchange.market.statuses[symbol] == "TRADING"]
    return _answer([_last_day(exchange, symbol) for symbol in shown], one=one)


def _last_day(exchange: Exchange, symbol: Symbol) -> Json:
    market, day = exchange.market, last_day(exchange.market, symbol)
    price = market.prices[symbol]
    return {
        "symbol": market.ids[symbol],
        "priceChange": plain(price - day.opened),
        "priceChangePercent": plain(((price / day.opened - 1) * HUNDRED).quantize(PERCENT_DIGITS)),
        "weightedAvgPrice": plain(day.close),
        "lastPrice": plain(price),
        "lastQty": plain(market.markets[symbol].step),
        "openPrice": plain(day.opened),
        "highPrice": plain(day.high),
        "lowPrice": plain(day.low),
        "volume": plain(day.volume),
        "quoteVolume": plain(day.volume * day.close),
        "openTime": day.open_ms,
        "closeTime": market.now_ms,
        "firstId": 0,
        "lastId": DAY_MINUTES,
        "count": DAY_MINUTES,
    }


@routes.get("/fapi/v1/fundingRate")
async def funding_rates(request: web.Request) -> web.Response:
    """Settled funding rates, oldest first."""
    exchange, params = request.app[EXCHANGE], request.query
    symbols, _ = _symbols(request)
    now, limit = exchange.market.now_ms, limit_of(params, default=100, most=1_000)
    since, until = span_of(params, now_ms=now)
    until = min(until, now)
    first = max(until - FUNDING_MS * limit if since is None else since, ONBOARDED_MS)
    times = range(first + (-first) % FUNDING_MS, until + 1, FUNDING_MS)
    times = times[:limit] if since is not None else times[-limit:]
    asked = [(symbol, at_ms) for at_ms in times for symbol in symbols]
    shown = asked[:limit] if since is not None else asked[-limit:]
    return web.json_response([_settled(exchange, symbol, at_ms) for symbol, at_ms in shown])


def _settled(exchange: Exchange, symbol: Symbol, at_ms: int) -> Json:
    candles = exchange.market.klines(symbol, minutes=1, from_ms=at_ms, limit=1)
    price = candles[0].opened if candles else ZERO
    rate = plain(exchange.market.rate(symbol, at_ms=at_ms))
    shown = {"symbol": exchange.market.ids[symbol], "fundingTime": at_ms, "fundingRate": rate}
    return {**shown, "markPrice": plain(price), "rateType": "Regular"}


@routes.get("/fapi/v1/fundingInfo")
async def funding_info(request: web.Request) -> web.Response:
    """How often funding is settled, and within which bounds."""
    exchange = request.app[EXCHANGE]
    bounds = {"adjustedFundingRateCap": "0.0075", "adjustedFundingRateFloor": "-0.0075"}
    return web.json_response(
        [
            {"symbol": name, **bounds, "fundingIntervalHours": 8, "disclaimer": False}
            for name in exchange.market.ids.values()
        ]
    )
