"""Conditional orders: the Algo Order API, with ids and lists of its own."""

from collections.abc import Mapping

from aiohttp import web

from tradepods_core.book.intents import OrderKind
from tradepods_simulator.exchange.binanceusdm.errors import VenueError
from tradepods_simulator.exchange.binanceusdm.orders import amount, asked_order
from tradepods_simulator.exchange.binanceusdm.public import symbol_of
from tradepods_simulator.exchange.binanceusdm.shapes import algo_json, algo_listed, algo_placed
from tradepods_simulator.exchange.binanceusdm.signing import Params, number, required, signed
from tradepods_simulator.exchange.books import ALGO_IDS, Customer, Record
from tradepods_simulator.exchange.context import EXCHANGE

KINDS: Mapping[str, OrderKind] = {"STOP_MARKET": "stop_market", "TAKE_PROFIT_MARKET": "take_profit_market"}
routes = web.RouteTableDef()


@routes.post("/fapi/v1/algoOrder")
async def place(request: web.Request) -> web.Response:
    """A stop-market or take-profit-market order that rests until the mark price reaches its trigger."""
    exchange = request.app[EXCHANGE]
    customer, params = await signed(request, exchange.books, now_ms=exchange.wall_ms())
    kind = KINDS.get(required(params, "type"))
    if required(params, "algoType") != "CONDITIONAL" or kind is None:
        raise VenueError(-1116)
    if params.get("workingType", "CONTRACT_PRICE") != "MARK_PRICE":
        raise VenueError(-1102, "workingType")  # this market has one price: only mark-price triggers are true on it
    identifier = params.get("clientAlgoId") or f"algo_{customer.paper.orders_made + 1}"
    order = asked_order(exchange, params, kind=kind, identifier=identifier, trigger=amount(params, "triggerPrice"))
    placed = exchange.place(customer, order)
    record = customer.algos[placed]
    return web.json_response(algo_placed(record, identifier=exchange.market.ids[order.symbol]))


@routes.get("/fapi/v1/algoOrder")
async def look_up(request: web.Request) -> web.Response:
    """One conditional order, also after it was triggered or cancelled."""
    exchange = request.app[EXCHANGE]
    customer, params = await signed(request, exchange.books, now_ms=exchange.wall_ms())
    record = _found(customer, params, missing=-2013)
    return web.json_response(algo_json(record, identifier=exchange.market.ids[record.order.symbol]))


@routes.delete("/fapi/v1/algoOrder")
async def cancel(request: web.Request) -> web.Response:
    """Take a resting conditional order away."""
    exchange = request.app[EXCHANGE]
    customer, params = await signed(request, exchange.books, now_ms=exchange.wall_ms())
    record = _found(customer, params, missing=-2011)
    exchange.cancel(customer, record.order.id)
    answer = {"algoId": record.algo_id, "clientAlgoId": record.order.id, "code": "200", "msg": "success"}
    return web.json_response(answer)


def _found(customer: Customer, params: Params, *, missing: int) -> Record:
    if "algoId" in params:
        record = customer.algos.get(number(params, "algoId") - ALGO_IDS)
    else:
        wanted = required(params, "clientAlgoId")
        record = next((r for r in reversed(customer.algos.values()) if r.order.id == wanted), None)
    if record is None:
        raise VenueError(missing)
    return record


@routes.get("/fapi/v1/allAlgoOrders")
async def all_orders(request: web.Request) -> web.Response:
    """A symbol's conditional orders, also those that are done, oldest first."""
    exchange = request.app[EXCHANGE]
    customer, params = await signed(request, exchange.books, now_ms=exchange.wall_ms())
    symbol = symbol_of(exchange, params)
    name = exchange.market.ids[symbol]
    found = [algo_listed(r, identifier=name) for r in customer.algos.values() if r.order.symbol == symbol]
    return web.json_response(found)


@routes.delete("/fapi/v1/algoOpenOrders")
async def cancel_all(request: web.Request) -> web.Response:
    """Take a symbol's resting conditional orders away."""
    exchange = request.app[EXCHANGE]
    customer, params = await signed(request, exchange.books, now_ms=exchange.wall_ms())
    symbol = symbol_of(exchange, params)
    for order in [order for order in customer.paper.resting.values() if order.symbol == symbol]:
        exchange.cancel(customer, order.id)
    return web.json_response({"code": 200, "msg": "The operation of cancel all open order is done."})


@routes.get("/fapi/v1/openAlgoOrders")
async def open_orders(request: web.Request) -> web.Response:
    """Resting conditional orders."""
    exchange = request.app[EXCHANGE]
    customer, params = await signed(request, exchange.books, now_ms=exchange.wall_ms())
    wanted = params.get("symbol")
    found = [(record, exchange.market.ids[record.order.symbol]) for record in customer.algos.values()]
    shown = [algo_listed(r, identifier=name) for r, name in found if r.status == "NEW" and wanted in (None, name)]
    return web.json_response(shown)
