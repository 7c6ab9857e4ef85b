"""What anyone may ask: time, exchange info, candles, mark prices."""

from decimal import Decimal
from typing import Any

from aiohttp import web

from tradepods_core.market import Market
from tradepods_core.money import plain
from tradepods_core.paper.filters import MOST_ORDERS
from tradepods_core.shapes import Symbol
from tradepods_core.times import Timeframe
from tradepods_simulator.exchange.binanceusdm.errors import VenueError
from tradepods_simulator.exchange.binanceusdm.signing import Params, required
from tradepods_simulator.exchange.binanceusdm.windows import limit_of, span_of
from tradepods_simulator.exchange.candles import Candle
from tradepods_simulator.exchange.context import EXCHANGE
from tradepods_simulator.exchange.venue import Exchange

PERPETUAL_UNTIL_MS = 4_133_404_800_000
ONBOARDED_MS = 1_569_398_400_000
ORDER_TYPES = [
    "LIMIT",
    "MARKET",
    "STOP",
    "STOP_MARKET",
    "TAKE_PROFIT",
    "TAKE_PROFIT_MARKET",
    "TRAILING_STOP_MARKET",
]
INTERVALS = ("1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d")
MOST_PRICE = Decimal(10_000_000)
DEFAULT_CANDLES = 500
MOST_CANDLES = 1_500
routes = web.RouteTableDef()


def symbol_of(exchange: Exchange, params: Params) -> Symbol:
    """The symbol that a request names, in letters of any case; raises -1121."""
    name = required(params, "symbol").upper()
    symbol = next((symbol for symbol, identifier in exchange.market.ids.items() if identifier == name), None)
    if symbol is None:
        raise VenueError(-1121)
    return symbol


@routes.get("/fapi/v1/ping")
async def ping(_request: web.Request) -> web.Response:
    """Say that the venue is there."""
    return web.json_response({})


@routes.get("/fapi/v1/time")
async def time(request: web.Request) -> web.Response:
    """Wall time: what request signatures are checked against."""
    return web.json_response({"serverTime": request.app[EXCHANGE].wall_ms()})


@routes.get("/fapi/v1/exchangeInfo")
async def exchange_info(request: web.Request) -> web.Response:
    """Every symbol with its filters."""
    exchange = request.app[EXCHANGE]
    return web.json_response(
        {
            "timezone": "UTC",
            "serverTime": exchange.wall_ms(),
            "rateLimits": [
                {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 2400},
                {"rateLimitType": "ORDERS", "interval": "MINUTE", "intervalNum": 1, "limit": 1200},
                {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": 300},
            ],
            "exchangeFilters": [],
            "assets": [
                {"asset": name, "marginAvailable": True, "autoAssetExchange": "-10000"} for name in ("USDT", "BNB")
            ],
            "symbols": [
                _symbol(market, exchange.market.statuses[symbol])
                for symbol, market in exchange.market.markets.items()
                if exchange.market.statuses[symbol] != "CLOSE"
            ],
        }
    )


def _symbol(market: Market, status: str) -> dict[str, Any]:
    base = market.id.removesuffix(market.settle)
    step, tick = plain(market.step), plain(market.tick)
    lot = {"minQty": plain(market.min_quantity), "maxQty": plain(market.max_quantity), "stepSize": step}
    limit = lot if market.lot is None else lot | {"maxQty": plain(market.lot.most), "stepSize": plain(market.lot.step)}
    return {
        "symbol": market.id,
        "pair": market.id,
        "contractType": "PERPETUAL",
        "deliveryDate": PERPETUAL_UNTIL_MS,
        "onboardDate": ONBOARDED_MS,
        "status": status,
        "maintMarginPercent": "2.5000",
        "requiredMarginPercent": "5.0000",
        "baseAsset": base,
        "quoteAsset": market.settle,
        "marginAsset": market.settle,
        "pricePrecision": _decimals(tick) + 1,
        "quantityPrecision": _decimals(step),
        "baseAssetPrecision": 8,
        "quotePrecision": 8,
        "underlyingType": "COIN",
        "underlyingSubType": ["PoW"],
        "settlePlan": 0,
        "triggerProtect": "0.0500",
        "liquidationFee": "0.012500",
        "marketTakeBound": "0.05",
        "filters": [
            {"filterType": "PRICE_FILTER", "minPrice": tick, "maxPrice": plain(MOST_PRICE), "tickSize": tick},
            {"filterType": "LOT_SIZE", **limit},
            {"filterType": "MARKET_LOT_SIZE", **lot},
            {"filterType": "MAX_NUM_ORDERS", "limit": MOST_ORDERS},
            {"filterType": "MIN_NOTIONAL", "notional": plain(market.min_notional)},
            {
                "filterType": "PERCENT_PRICE",
                "multiplierUp": "1.0500",
                "multiplierDown": "0.9500",
                "multiplierDecimal": "4",
            },
        ],
        "orderTypes": ORDER_TYPES,
        "timeInForce": ["GTC", "IOC", "FOK", "GTX"],
    }


def _decimals(step: str) -> int:
    return len(step.partition(".")[2])


@routes.get("/fapi/v1/klines")
async def klines(request: web.Request) -> web.Response:
    """Candles; the last one is still forming."""
    exchange, params = request.app[EXCHANGE], request.query
    symbol = symbol_of(exchange, params)
    timeframe = _interval(required(params, "interval"))
    limit = limit_of(params, default=DEFAULT_CANDLES, most=MOST_CANDLES)
    since, until = span_of(params, now_ms=exchange.market.now_ms)
    length = timeframe.seconds * 1_000
    if since is None and "endTime" in params:
        until = min(until, exchange.market.now_ms)
        since = max(until - until % length - (limit - 1) * length, 0)
    found = exchange.market.klines(symbol, minutes=timeframe.seconds // 60, from_ms=since, limit=limit)
    return web.json_response([_kline(candle, timeframe) for candle in found if candle.open_ms <= until])


def _interval(text: str) -> Timeframe:
    if text not in INTERVALS:
        raise VenueError(-1120)
    return Timeframe.parse(text)


def _kline(candle: Candle, timeframe: Timeframe) -> list[Any]:
    close_ms = candle.open_ms + timeframe.seconds * 1000 - 1
    prices = [plain(price) for price in (candle.opened, candle.high, candle.low, candle.close)]
    volume, quote = plain(candle.volume), plain(candle.volume * candle.close)
    return [candle.open_ms, *prices, volume, close_ms, quote, 0, "0", "0", "0"]
