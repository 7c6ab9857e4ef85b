"""Setting an account: leverage, margin mode, position mode, assets mode, margin of a position, commissions in BNB."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from aiohttp import web

from tradepods_core.money import BOOKED, ZERO, is_multiple
from tradepods_core.paper.account import PaperPosition, PositionSide, position_key
from tradepods_core.paper.modes import with_hedge, with_isolated, with_leverage, with_margin, with_multi
from tradepods_simulator.exchange.binanceusdm.asked import SIDES, amount
from tradepods_simulator.exchange.binanceusdm.errors import VenueError
from tradepods_simulator.exchange.binanceusdm.frames import assets_frame, leverage_frame, margin_frame
from tradepods_simulator.exchange.binanceusdm.positions import max_notional
from tradepods_simulator.exchange.binanceusdm.public import symbol_of
from tradepods_simulator.exchange.binanceusdm.signing import Params, keyed, number, required, signed
from tradepods_simulator.exchange.context import EXCHANGE

DONE = {"code": 200, "msg": "success"}
ISOLATED: Mapping[str, bool] = {"ISOLATED": True, "CROSSED": False}
SIGNS: Mapping[str, int] = {"1": 1, "2": -1}  # add, take away
routes = web.RouteTableDef()


def _truth(params: Params, name: str) -> bool:
    value = required(params, name)
    if value not in ("true", "false"):
        raise VenueError(-1130, name)
    return value == "true"


@routes.post("/fapi/v1/leverage")
async def leverage(request: web.Request) -> web.Response:
    """Set a symbol's leverage."""
    exchange = request.app[EXCHANGE]
    customer, params = await signed(request, exchange.books, now_ms=exchange.wall_ms())
    symbol, wanted = symbol_of(exchange, params), number(params, "leverage")
    exchange.change(customer, with_leverage(customer.paper, symbol, wanted, moment=exchange.moment()))
    name = exchange.market.ids[symbol]
    exchange.tell(customer, leverage_frame(name, wanted, at_ms=exchange.market.now_ms))
    most = max_notional(exchange, customer, symbol)
    return web.json_response({"leverage": wanted, "maxNotionalValue": most, "symbol": name})


@routes.post("/fapi/v1/marginType")
async def margin_type(request: web.Request) -> web.Response:
    """Set a symbol's margin mode."""
    exchange = request.app[EXCHANGE]
    customer, params = await signed(request, exchange.books, now_ms=exchange.wall_ms())
    symbol, wanted = symbol_of(exchange, params), required(params, "marginType")
    if wanted not in ISOLATED:
        raise VenueError(-1130, "marginType")
    exchange.change(customer, with_isolated(customer.paper, symbol, isolated=ISOLATED[wanted]))
    sides: tuple[PositionSide, ...] = ("long", "short") if customer.paper.hedge else ("both",)
    for side in sides:
        nothing = PaperPosition(symbol=symbol, side=side, quantity=ZERO, average=ZERO)
        exchange.tell(customer, margin_frame(exchange.market, customer, nothing, moved=False))
    return web.json_response(DONE)


@routes.post("/fapi/v1/positionSide/dual")
async def position_mode(request: web.Request) -> web.Response:
    """Set one-way or hedge mode."""
    exchange = request.app[EXCHANGE]
    customer, params = await signed(request, exchange.books, now_ms=exchange.wall_ms())
    exchange.change(customer, with_hedge(customer.paper, hedge=_truth(params, "dualSidePosition")))
    return web.json_response(DONE)


@routes.post("/fapi/v1/multiAssetsMargin")
async def assets_mode(request: web.Request) -> web.Response:
    """Set whether several assets are margin."""
    exchange = request.app[EXCHANGE]
    customer, params = await signed(request, exchange.books, now_ms=exchange.wall_ms())
    wanted = _truth(params, "multiAssetsMargin")
    exchange.change(customer, with_multi(customer.paper, multi=wanted, moment=exchange.moment()))
    exchange.tell(customer, assets_frame(multi=wanted, at_ms=exchange.market.now_ms))
    return web.json_response(DONE)


@routes.post("/fapi/v1/feeBurn")
async def burns(request: web.Request) -> web.Response:
    """Set whether commissions are paid in BNB."""
    exchange = request.app[EXCHANGE]
    customer, params = await signed(request, exchange.books, now_ms=exchange.wall_ms())
    exchange.change(customer, replace(customer.paper, burns=_truth(params, "feeBurn")))
    return web.json_response(DONE)


@routes.post("/fapi/v1/positionMargin")
async def position_margin(request: web.Request) -> web.Response:
    """Add margin to an isolated position, or take some away."""
    exchange = request.app[EXCHANGE]
    customer, params = await signed(request, exchange.books, now_ms=exchange.wall_ms())
    wanted, side, kind = amount(params, "amount"), params.get("positionSide", "BOTH"), required(params, "type")
    if wanted <= ZERO:
        raise VenueError(-4055)
    if not is_multiple(wanted, BOOKED):
        raise VenueError(-1111)
    if side not in SIDES or kind not in SIGNS:
        raise VenueError(-1130, "type" if side in SIDES else "positionSide")
    key, change = position_key(symbol_of(exchange, params), SIDES[side]), wanted * SIGNS[kind]
    exchange.change(customer, with_margin(customer.paper, key, change, moment=exchange.moment()))
    exchange.tell(customer, margin_frame(exchange.market, customer, customer.paper.positions[key], moved=True))
    answer = {"amount": float(Decimal(wanted)), "code": 200, "msg": "Successfully modify position margin."}
    return web.json_response({**answer, "type": int(kind)})


@routes.post("/fapi/v1/listenKey")
async def take_listen_key(request: web.Request) -> web.Response:
    """The customer's listen key, good for an hour; a new one where the last has expired."""
    exchange = request.app[EXCHANGE]
    key = exchange.listen(keyed(request, exchange.books), renews=False)
    return web.json_response({"listenKey": key})


@routes.put("/fapi/v1/listenKey")
async def keep_listen_key(request: web.Request) -> web.Response:
    """Another hour for the listen key; -1125 where it has expired."""
    exchange = request.app[EXCHANGE]
    key = exchange.listen(keyed(request, exchange.books), renews=True)
    return web.json_response({"listenKey": key})


@routes.delete("/fapi/v1/listenKey")
async def drop_listen_key(request: web.Request) -> web.Response:
    """End the listen key: it is shared by all who use the API key, so they all go deaf."""
    exchange = request.app[EXCHANGE]
    exchange.expire(keyed(request, exchange.books), told=False)
    return web.json_response({})
