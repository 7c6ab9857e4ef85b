"""The websockets: market streams by subscription, the private stream by listen key; old and new forms of address."""

import asyncio
import json
from typing import Any

from aiohttp import WSMsgType, web

from tradepods_simulator.exchange.binanceusdm.errors import VenueError
from tradepods_simulator.exchange.binanceusdm.market_frames import is_stream
from tradepods_simulator.exchange.context import EXCHANGE
from tradepods_simulator.exchange.streams import Connection
from tradepods_simulator.exchange.venue import Exchange

LONGEST_SECONDS = 24 * 3600  # the venue closes every connection after a day
MOST_STREAMS = 200  # of one connection
KEY_LENGTH = 64
routes = web.RouteTableDef()


@routes.get("/ws")
@routes.get("/ws/{names:.+}")
@routes.get("/{kind:market|public|private}/ws")
@routes.get("/{kind:market|public|private}/ws/{names:.+}")
async def raw(request: web.Request) -> web.WebSocketResponse:
    """Frames as they are, of the streams in the address, and of those subscribed to later."""
    named = request.match_info.get("names", "")
    numbered = named.isdecimal() and len(named) < KEY_LENGTH  # as ccxt numbers its connections
    names = [] if numbered else [name for name in named.split("/") if name]
    return await _serve(request, names, combined=False)


@routes.get("/stream")
@routes.get("/{kind:market|public|private}/stream")
async def combined(request: web.Request) -> web.WebSocketResponse:
    """Frames that say of which stream they are."""
    names = [name for name in request.query.get("streams", "").split("/") if name]
    return await _serve(request, names, combined=True)


async def _serve(request: web.Request, names: list[str], *, combined: bool) -> web.WebSocketResponse:
    exchange = request.app[EXCHANGE]
    if "listenKey" in request.query:
        names.append(request.query["listenKey"])
    for name in names:
        _check(exchange, name)
    socket = web.WebSocketResponse(compress=False)
    await socket.prepare(request)
    connection = Connection(socket, combined=combined)
    for name in names:
        _listen(exchange, connection, name)
    await _follow(exchange, connection)
    return socket


async def _follow(exchange: Exchange, connection: Connection) -> None:
    """Hear a client out; after a day the venue closes."""
    writer = asyncio.create_task(connection.write())
    closing = asyncio.get_running_loop().call_later(LONGEST_SECONDS, connection.close)
    try:
        async for message in connection.socket:
            if message.type is WSMsgType.TEXT:
                _command(exchange, connection, message.data)
    finally:
        exchange.streams.leave(connection)
        closing.cancel()
        writer.cancel()


def _check(exchange: Exchange, name: str) -> None:
    """Whether there is such a stream, or such a listen key; raises VenueError."""
    if is_stream(name, exchange.market):
        return
    if len(name) != KEY_LENGTH:
        raise VenueError(-1128)
    exchange.listens(name)


def _listen(exchange: Exchange, connection: Connection, name: str) -> None:
    """Add a stream to a connection; of marks it hears the present ones at once."""
    if len(name) == KEY_LENGTH:
        exchange.streams.listen(name, connection)
        return
    exchange.streams.subscribe(name, connection)


def _command(exchange: Exchange, connection: Connection, text: str) -> None:
    try:
        command = json.loads(text)
        method, identifier = command.get("method"), command.get("id")
        names = [str(name) for name in command.get("params") or []]
    except (ValueError, AttributeError, TypeError):
        connection.reply({"error": {"code": 2, "msg": "Invalid request: not a command"}})
        return
    answer = _done(exchange, connection, method, names)
    connection.reply({**answer, "id": identifier})
    if method == "SUBSCRIBE" and "error" not in answer:
        _show(exchange, connection, names)


def _done(exchange: Exchange, connection: Connection, method: object, names: list[str]) -> dict[str, Any]:
    match method:
        case "SUBSCRIBE":
            return _subscribed(exchange, connection, names)
        case "UNSUBSCRIBE":
            for name in names:
                exchange.streams.unsubscribe(name, connection)
            return {"result": None}
        case "LIST_SUBSCRIPTIONS":
            return {"result": exchange.streams.subscriptions(connection)}
        case _:
            return {"error": {"code": 2, "msg": f"Invalid request: unknown method {method}"}}


def _subscribed(exchange: Exchange, connection: Connection, names: list[str]) -> dict[str, Any]:
    if len(names) + len(exchange.streams.subscriptions(connection)) > MOST_STREAMS:
        return {"error": {"code": 2, "msg": f"Invalid request: more than {MOST_STREAMS} streams"}}
    try:
        for name in names:
            _check(exchange, name)
    except VenueError:
        return {"error": {"code": 2, "msg": "Invalid request: invalid stream"}}
    for name in names:
        _listen(exchange, connection, name)
    return {"result": None}


def _show(exchange: Exchange, connection: Connection, names: list[str]) -> None:
    """What the streams have to say now, so that nobody waits for the next step of a market that stands."""
    moment = exchange.moment()
    for name in names:
        for frame in exchange.frames.of(name, moment, running=exchange.running):
            connection.reply({"stream": name, "data": frame} if connection.combined else frame)
