"""Plain orders and trades of a customer."""

from dataclasses import replace

from aiohttp import web

from tradepods_core.times import to_ms
from tradepods_simulator.exchange.binanceusdm.asked import plain_order
from tradepods_simulator.exchange.binanceusdm.errors import VenueError
from tradepods_simulator.exchange.binanceusdm.public import symbol_of
from tradepods_simulator.exchange.binanceusdm.shapes import order_json, order_placed, trade_json
from tradepods_simulator.exchange.binanceusdm.signing import Params, number, required, signed
from tradepods_simulator.exchange.binanceusdm.windows import limit_of, week_of
from tradepods_simulator.exchange.books import Customer, Record
from tradepods_simulator.exchange.context import EXCHANGE
from tradepods_simulator.exchange.venue import Exchange

MOST_TRADES = 1_000
DEFAULT_TRADES = 500
OPEN = ("NEW", "PARTIALLY_FILLED")
routes = web.RouteTableDef()


@routes.post("/fapi/v1/order")
async def place(request: web.Request) -> web.Response:
    """A market or a limit order. By default the answer only says that it was taken: RESULT says what came of it."""
    exchange = request.app[EXCHANGE]
    customer, params = await signed(request, exchange.books, now_ms=exchange.wall_ms())
    order = plain_order(exchange, params, hedge=customer.paper.hedge)
    answers = params.get("newOrderRespType", "ACK")
    if answers not in ("ACK", "RESULT"):
        raise VenueError(-1130, "newOrderRespType")
    order = replace(order, id=order.id or f"web_{customer.paper.orders_made + 1}")
    record = customer.orders[exchange.place(customer, order)]
    answer = order_placed(record, identifier=exchange.market.ids[order.symbol])
    if answers == "ACK":
        answer |= {"status": "NEW", "executedQty": "0", "cumQty": "0", "cumQuote": "0", "avgPrice": "0"}
    return web.json_response(answer)


@routes.post("/fapi/v1/order/test")
async def try_out(request: web.Request) -> web.Response:
    """Check an order's parameters, and do nothing."""
    exchange = request.app[EXCHANGE]
    customer, params = await signed(request, exchange.books, now_ms=exchange.wall_ms())
    exchange.try_out(customer, plain_order(exchange, params, hedge=customer.paper.hedge))
    return web.json_response({})


@routes.get("/fapi/v1/order")
async def look_up(request: web.Request) -> web.Response:
    """One order by the venue's or the client's id."""
    exchange = request.app[EXCHANGE]
    customer, params = await signed(request, exchange.books, now_ms=exchange.wall_ms())
    return _answer(exchange, _found(exchange, customer, params, missing=-2013))


@routes.get("/fapi/v1/openOrder")
async def look_up_open(request: web.Request) -> web.Response:
    """One order that still rests."""
    exchange = request.app[EXCHANGE]
    customer, params = await signed(request, exchange.books, now_ms=exchange.wall_ms())
    record = _found(exchange, customer, params, missing=-2013)
    if record.status not in OPEN:
        raise VenueError(-2013)
    return _answer(exchange, record)


@routes.delete("/fapi/v1/order")
async def cancel(request: web.Request) -> web.Response:
    """Take a resting order away."""
    exchange = request.app[EXCHANGE]
    customer, params = await signed(request, exchange.books, now_ms=exchange.wall_ms())
    record = _found(exchange, customer, params, missing=-2011)
    if record.status not in OPEN:
        raise VenueError(-2011)
    exchange.cancel(customer, record.order.id)
    return web.json_response(order_placed(record, identifier=exchange.market.ids[record.order.symbol]))


def _found(exchange: Exchange, customer: Customer, params: Params, *, missing: int) -> Record:
    symbol = symbol_of(exchange, params)
    if "orderId" in params:
        record = customer.orders.get(number(params, "orderId"))
    else:
        wanted = required(params, "origClientOrderId")
        record = next((r for r in reversed(customer.orders.values()) if r.order.id == wanted), None)
    if record is None or record.order.symbol != symbol or record.forgotten(exchange.market.now_ms):
        raise VenueError(missing)
    return record


def _answer(exchange: Exchange, record: Record) -> web.Response:
    return web.json_response(order_json(record, identifier=exchange.market.ids[record.order.symbol]))


@routes.get("/fapi/v1/allOrders")
async def all_orders(request: web.Request) -> web.Response:
    """A symbol's orders, oldest first: from an order's number or a moment on, else the latest."""
    exchange = request.app[EXCHANGE]
    customer, params = await signed(request, exchange.books, now_ms=exchange.wall_ms())
    symbol = symbol_of(exchange, params)
    limit = limit_of(params, default=DEFAULT_TRADES, most=MOST_TRADES)
    since, until = week_of(params, now_ms=exchange.market.now_ms)
    first = number(params, "orderId") if "orderId" in params else 0
    found = [
        order_json(record, identifier=exchange.market.ids[symbol])
        for record in customer.orders.values()
        if record.order.symbol == symbol and not record.forgotten(exchange.market.now_ms)
        if (record.order.number >= first if first else since <= record.created_ms <= until)
    ]
    return web.json_response(found[:limit] if first or "startTime" in params else found[-limit:])


@routes.delete("/fapi/v1/allOpenOrders")
async def cancel_all(request: web.Request) -> web.Response:
    """Take a symbol's resting plain orders away."""
    exchange = request.app[EXCHANGE]
    customer, params = await signed(request, exchange.books, now_ms=exchange.wall_ms())
    symbol = symbol_of(exchange, params)
    for order in [o for o in customer.paper.resting.values() if o.symbol == symbol and not o.waits]:
        exchange.cancel(customer, order.id)
    return web.json_response({"code": 200, "msg": "The operation of cancel all open order is done."})


@routes.get("/fapi/v1/openOrders")
async def open_orders(request: web.Request) -> web.Response:
    """Resting plain orders, of a symbol or of all."""
    exchange = request.app[EXCHANGE]
    customer, params = await signed(request, exchange.books, now_ms=exchange.wall_ms())
    wanted = symbol_of(exchange, params) if "symbol" in params else None
    resting = [o for o in customer.paper.resting.values() if not o.waits and wanted in (None, o.symbol)]
    found = [(customer.orders[order.number], exchange.market.ids[order.symbol]) for order in resting]
    return web.json_response([order_json(record, identifier=name) for record, name in found])


@routes.get("/fapi/v1/userTrades")
async def trades(request: web.Request) -> web.Response:
    """A symbol's trades, or one order's, oldest first: from a trade or a moment on, else the latest."""
    exchange = request.app[EXCHANGE]
    customer, params = await signed(request, exchange.books, now_ms=exchange.wall_ms())
    symbol = symbol_of(exchange, params)
    limit = limit_of(params, default=DEFAULT_TRADES, most=MOST_TRADES)
    since, until = week_of(params, now_ms=exchange.market.now_ms)
    first = number(params, "fromId") if "fromId" in params else None
    order = number(params, "orderId") if "orderId" in params else None
    if "startTime" not in params and (first is not None or order is not None):
        since = 0
    found = [
        trade_json(trade, identifier=exchange.market.ids[symbol])
        for trade in customer.trades
        if trade.order.symbol == symbol and since <= to_ms(trade.at) <= until and order in (None, trade.order.number)
        if trade.trade >= (first or 0)
    ]
    from_start = "startTime" in params or first is not None or order is not None
    return web.json_response(found[:limit] if from_start else found[-limit:])
