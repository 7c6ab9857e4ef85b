"""What anyone may ask: time, exchange info, candles, mark prices."""

from typing import Any

from aiohttp import web

from tradepods_core.market import Market
from tradepods_core.money import plain
from tradepods_core.paper.filters import MOST_CONDITIONALS, MOST_ORDERS
from tradepods_core.shapes import Symbol
from tradepods_core.times import Timeframe
from tradepods_simulator.exchange.binanceusdm.errors import VenueError
from tradepods_simulator.exchange.binanceusdm.signing import Params, number, required
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
DEFAULT_CANDLES = 500
MOST_CANDLES = 1_500
routes = web.RouteTableDef()


def symbol_of(exchange: Exchange, params: Params) -> Symbol:
    """The symbol that a request names; raises -1121."""
    name = required(params, "symbol")
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
            {"filterType": "PRICE_FILTER", "minPrice": tick, "maxPrice": "10000000", "tickSize": tick},
            {"filterType": "LOT_SIZE", **limit},
            {"filterType": "MARKET_LOT_SIZE", **lot},
            {"filterType": "MAX_NUM_ORDERS", "limit": MOST_ORDERS},
            {"filterType": "MAX_NUM_ALGO_ORDERS", "limit": MOST_CONDITIONALS},
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
    limit = min(number(params, "limit"), MOST_CANDLES) if "limit" in params else DEFAULT_CANDLES
    from_ms = number(params, "startTime") if "startTime" in params else None
    found = exchange.market.klines(symbol, minutes=timeframe.seconds // 60, from_ms=from_ms, limit=limit)
    return web.json_response([_kline(candle, timeframe) for candle in found])


def _interval(text: str) -> Timeframe:
    try:
        return Timeframe.parse(text)
    except ValueError:
        raise VenueError(-1120) from None


def _kline(candle: Candle, timeframe: Timeframe) -> list[Any]:
    close_ms = candle.open_ms + timeframe.seconds * 1000 - 1
    prices = [plain(price) for price in (candle.opened, candle.high, candle.low, candle.close)]
    volume, quote = plain(candle.volume), plain(candle.volume * candle.close)
    return [candle.open_ms, *prices, volume, close_ms, quote, 0, "0", "0", "0"]
