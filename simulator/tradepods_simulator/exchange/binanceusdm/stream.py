"""The websockets: market streams by subscription, the private stream by listen key."""

import asyncio
import json

from aiohttp import WSMsgType, web

from tradepods_simulator.exchange.binanceusdm.account import customer_of
from tradepods_simulator.exchange.context import EXCHANGE
from tradepods_simulator.exchange.streams import Connection
from tradepods_simulator.exchange.venue import MARKS, Exchange

routes = web.RouteTableDef()


@routes.get("/market/ws")
@routes.get("/market/ws/{number}")
async def market(request: web.Request) -> web.WebSocketResponse:
    """Market streams: a client subscribes by name, and hears the present state at once."""
    exchange = request.app[EXCHANGE]
    connection = await _open(request)
    writer = asyncio.create_task(connection.write())
    try:
        async for message in connection.socket:
            if message.type is WSMsgType.TEXT:
                _command(exchange, connection, message.data)
    finally:
        exchange.streams.leave(connection)
        writer.cancel()
    return connection.socket


def _command(exchange: Exchange, connection: Connection, text: str) -> None:
    try:
        command = json.loads(text)
        names, identifier = list(command.get("params", [])), command.get("id")
    except (ValueError, AttributeError, TypeError):
        connection.reply({"error": {"code": 2, "msg": "Invalid request: not a command"}})
        return
    known = command.get("method") == "SUBSCRIBE" and all(name == MARKS for name in names)
    if not known:
        connection.reply({"error": {"code": 2, "msg": "Invalid request: invalid stream"}, "id": identifier})
        return
    for name in names:
        exchange.streams.subscribe(name, connection)
    connection.reply({"result": None, "id": identifier})
    connection.reply(exchange.marks())


@routes.get("/private/ws")
async def private(request: web.Request) -> web.WebSocketResponse:
    """The private stream of one listen key."""
    exchange = request.app[EXCHANGE]
    key = request.query.get("listenKey", "")
    customer_of(exchange, key)
    connection = await _open(request)
    exchange.streams.listen(key, connection)
    writer = asyncio.create_task(connection.write())
    try:
        async for _ in connection.socket:
            pass
    finally:
        exchange.streams.leave(connection)
        writer.cancel()
    return connection.socket


async def _open(request: web.Request) -> Connection:
    socket = web.WebSocketResponse(compress=False)
    await socket.prepare(request)
    return Connection(socket)
