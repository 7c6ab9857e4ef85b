"""Plain orders and trades of a customer."""

from decimal import Decimal, InvalidOperation

from aiohttp import web

from tradepods_core.book.intents import OrderKind
from tradepods_core.money import ZERO
from tradepods_core.paper.account import PaperOrder
from tradepods_core.times import to_ms
from tradepods_simulator.exchange.binanceusdm.errors import VenueError
from tradepods_simulator.exchange.binanceusdm.public import symbol_of
from tradepods_simulator.exchange.binanceusdm.shapes import order_json, order_placed, trade_json
from tradepods_simulator.exchange.binanceusdm.signing import Params, number, required, signed
from tradepods_simulator.exchange.books import Customer, Record
from tradepods_simulator.exchange.context import EXCHANGE
from tradepods_simulator.exchange.venue import Exchange

CONDITIONAL = ("STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET")
MOST_TRADES = 1_000
routes = web.RouteTableDef()


def asked_order(
    exchange: Exchange, params: Params, *, kind: OrderKind, identifier: str, trigger: Decimal | None
) -> PaperOrder:
    """The order that a request asks for."""
    quantity = amount(params, "quantity")
    if quantity <= ZERO:
        raise VenueError(-4003)
    side = required(params, "side")
    if side not in ("BUY", "SELL"):
        raise VenueError(-1117)
    return PaperOrder(
        id=identifier,
        symbol=symbol_of(exchange, params),
        buys=side == "BUY",
        kind=kind,
        quantity=quantity,
        trigger=trigger,
        reduce_only=params.get("reduceOnly", "false") == "true",
        at=exchange.market.now,
    )


def amount(params: Params, name: str) -> Decimal:
    """A decimal that must be there; raises -1102."""
    try:
        found = Decimal(required(params, name))
    except InvalidOperation:
        raise VenueError(-1102, name) from None
    if not found.is_finite():
        raise VenueError(-1102, name)
    return found


@routes.post("/fapi/v1/order")
async def place(request: web.Request) -> web.Response:
    """A market order: it fills at once."""
    exchange = request.app[EXCHANGE]
    customer, params = await signed(request, exchange.books, now_ms=exchange.wall_ms())
    kind = required(params, "type")
    if kind in CONDITIONAL:
        raise VenueError(-4120)
    if kind != "MARKET":
        raise VenueError(-1116)
    identifier = params.get("newClientOrderId") or f"web_{customer.paper.orders_made + 1}"
    order = asked_order(exchange, params, kind="market", identifier=identifier, trigger=None)
    placed = exchange.place(customer, order)
    return web.json_response(order_placed(customer.orders[placed], identifier=exchange.market.ids[order.symbol]))


@routes.get("/fapi/v1/order")
async def look_up(request: web.Request) -> web.Response:
    """One order by the venue's or the client's id."""
    exchange = request.app[EXCHANGE]
    customer, params = await signed(request, exchange.books, now_ms=exchange.wall_ms())
    return _answer(exchange, _found(customer, params, missing=-2013))


@routes.delete("/fapi/v1/order")
async def cancel(request: web.Request) -> web.Response:
    """Market orders never rest, so there is nothing to cancel here yet."""
    exchange = request.app[EXCHANGE]
    customer, params = await signed(request, exchange.books, now_ms=exchange.wall_ms())
    _found(customer, params, missing=-2011)
    raise VenueError(-2011)


def _found(customer: Customer, params: Params, *, missing: int) -> Record:
    if "orderId" in params:
        record = customer.orders.get(number(params, "orderId"))
    else:
        wanted = required(params, "origClientOrderId")
        record = next((r for r in reversed(customer.orders.values()) if r.order.id == wanted), None)
    if record is None:
        raise VenueError(missing)
    return record


def _answer(exchange: Exchange, record: Record) -> web.Response:
    return web.json_response(order_json(record, identifier=exchange.market.ids[record.order.symbol]))


@routes.get("/fapi/v1/allOrders")
async def all_orders(request: web.Request) -> web.Response:
    """A symbol's orders, oldest first; from an order's number or a moment on."""
    exchange = request.app[EXCHANGE]
    customer, params = await signed(request, exchange.books, now_ms=exchange.wall_ms())
    symbol = symbol_of(exchange, params)
    first = number(params, "orderId") if "orderId" in params else 0
    since = number(params, "startTime") if "startTime" in params else 0
    found = [
        order_json(record, identifier=exchange.market.ids[symbol])
        for record in customer.orders.values()
        if record.order.symbol == symbol and record.order.number >= first and record.created_ms >= since
    ]
    return web.json_response(found[:MOST_TRADES])


@routes.delete("/fapi/v1/allOpenOrders")
async def cancel_all(request: web.Request) -> web.Response:
    """Take a symbol's resting plain orders away: there are none yet."""
    exchange = request.app[EXCHANGE]
    _, params = await signed(request, exchange.books, now_ms=exchange.wall_ms())
    symbol_of(exchange, params)
    return web.json_response({"code": 200, "msg": "The operation of cancel all open order is done."})


@routes.get("/fapi/v1/openOrders")
async def open_orders(request: web.Request) -> web.Response:
    """Resting plain orders."""
    exchange = request.app[EXCHANGE]
    customer, _ = await signed(request, exchange.books, now_ms=exchange.wall_ms())
    found = [record for record in customer.orders.values() if record.status == "NEW"]
    return web.json_response([order_json(r, identifier=exchange.market.ids[r.order.symbol]) for r in found])


@routes.get("/fapi/v1/userTrades")
async def trades(request: web.Request) -> web.Response:
    """A symbol's trades, or one order's, oldest first."""
    exchange = request.app[EXCHANGE]
    customer, params = await signed(request, exchange.books, now_ms=exchange.wall_ms())
    symbol = symbol_of(exchange, params)
    since = number(params, "startTime") if "startTime" in params else 0
    order = number(params, "orderId") if "orderId" in params else None
    found = [
        trade_json(trade, identifier=exchange.market.ids[symbol])
        for trade in customer.trades
        if trade.order.symbol == symbol and to_ms(trade.at) >= since and order in (None, trade.order.number)
    ]
    return web.json_response(found[:MOST_TRADES])
