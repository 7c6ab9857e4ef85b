"""Conditional orders: the Algo Order API, with ids and lists of its own."""

from dataclasses import replace

from aiohttp import web

from tradepods_simulator.exchange.binanceusdm.asked import algo_order
from tradepods_simulator.exchange.binanceusdm.errors import VenueError
from tradepods_simulator.exchange.binanceusdm.public import symbol_of
from tradepods_simulator.exchange.binanceusdm.shapes import algo_json, algo_listed, algo_placed
from tradepods_simulator.exchange.binanceusdm.signing import Params, number, required, signed
from tradepods_simulator.exchange.binanceusdm.windows import limit_of, week_of
from tradepods_simulator.exchange.books import ALGO_IDS, Customer, Record
from tradepods_simulator.exchange.context import EXCHANGE
from tradepods_simulator.exchange.venue import Exchange

MOST = 1_000  # orders of a list
routes = web.RouteTableDef()


@routes.post("/fapi/v1/algoOrder")
async def place(request: web.Request) -> web.Response:
    """An order that waits until the price reaches its trigger."""
    exchange = request.app[EXCHANGE]
    customer, params = await signed(request, exchange.books, now_ms=exchange.wall_ms())
    order = algo_order(exchange, params, hedge=customer.paper.hedge)
    _check_activation(exchange, order.trigger if order.callback is not None else None, params)
    order = replace(order, id=order.id or f"algo_{customer.paper.orders_made + 1}")
    record = customer.algos[exchange.place(customer, order)]
    return web.json_response(algo_placed(record, identifier=exchange.market.ids[order.symbol]))


def _check_activation(exchange: Exchange, activation: object, params: Params) -> None:
    """A trailing stop wakes up on the far side of the price: a seller's above, a buyer's below; raises -4135."""
    if activation is None:
        return
    last = exchange.moment().quote(symbol_of(exchange, params)).last
    if (activation <= last) if params["side"] == "SELL" else (activation >= last):  # type: ignore[operator]
        raise VenueError(-4135)


@routes.get("/fapi/v1/algoOrder")
async def look_up(request: web.Request) -> web.Response:
    """One conditional order, also after it was triggered or cancelled."""
    exchange = request.app[EXCHANGE]
    customer, params = await signed(request, exchange.books, now_ms=exchange.wall_ms())
    record = _found(exchange, customer, params, missing=-2013)
    return web.json_response(algo_json(record, identifier=exchange.market.ids[record.order.symbol]))


@routes.delete("/fapi/v1/algoOrder")
async def cancel(request: web.Request) -> web.Response:
    """Take a conditional order away that still waits."""
    exchange = request.app[EXCHANGE]
    customer, params = await signed(request, exchange.books, now_ms=exchange.wall_ms())
    record = _found(exchange, customer, params, missing=-2011)
    if record.status != "NEW":
        raise VenueError(-2011)
    exchange.cancel(customer, record.order.id)
    answer = {"algoId": record.algo_id, "clientAlgoId": record.order.id, "code": "200", "msg": "success"}
    return web.json_response(answer)


def _found(exchange: Exchange, customer: Customer, params: Params, *, missing: int) -> Record:
    if "algoId" in params:
        record = customer.algos.get(number(params, "algoId") - ALGO_IDS)
    else:
        wanted = required(params, "clientAlgoId")
        record = next((r for r in reversed(customer.algos.values()) if r.order.id == wanted), None)
    if record is None or record.forgotten(exchange.market.now_ms):
        raise VenueError(missing)
    return record


@routes.get("/fapi/v1/allAlgoOrders")
async def all_orders(request: web.Request) -> web.Response:
    """A symbol's conditional orders, also those that are done, oldest first: from a number or a moment on."""
    exchange = request.app[EXCHANGE]
    customer, params = await signed(request, exchange.books, now_ms=exchange.wall_ms())
    symbol, now_ms = symbol_of(exchange, params), exchange.market.now_ms
    name = exchange.market.ids[symbol]
    limit = limit_of(params, default=MOST // 2, most=MOST)
    since, until = week_of(params, now_ms=now_ms)
    first = number(params, "algoId") if "algoId" in params else 0
    found = [
        algo_listed(record, identifier=name)
        for record in customer.algos.values()
        if record.order.symbol == symbol and not record.forgotten(now_ms)
        if (record.algo_id >= first if first else since <= record.created_ms <= until)
    ]
    return web.json_response(found[:limit] if first or "startTime" in params else found[-limit:])


@routes.delete("/fapi/v1/algoOpenOrders")
async def cancel_all(request: web.Request) -> web.Response:
    """Take a symbol's waiting conditional orders away."""
    exchange = request.app[EXCHANGE]
    customer, params = await signed(request, exchange.books, now_ms=exchange.wall_ms())
    symbol = symbol_of(exchange, params)
    for order in [o for o in customer.paper.resting.values() if o.symbol == symbol and o.waits]:
        exchange.cancel(customer, order.id)
    return web.json_response({"code": 200, "msg": "The operation of cancel all open order is done."})


@routes.get("/fapi/v1/openAlgoOrders")
async def open_orders(request: web.Request) -> web.Response:
    """Waiting conditional orders, of a symbol or of all."""
    exchange = request.app[EXCHANGE]
    customer, params = await signed(request, exchange.books, now_ms=exchange.wall_ms())
    wanted = symbol_of(exchange, params) if "symbol" in params else None
    waiting = [o for o in customer.paper.resting.values() if o.waits and wanted in (None, o.symbol)]
    found = [(customer.algos[order.number], exchange.market.ids[order.symbol]) for order in waiting]
    return web.json_response([algo_listed(record, identifier=name) for record, name in found])
