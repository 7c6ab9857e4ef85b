"""The websockets: market streams by subscription, the private stream by listen key; old and new forms of address."""

import asyncio
import json
from collections import Counter
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from tradepods_simulator.exchange.binanceusdm.errors import VenueError
from tradepods_simulator.exchange.binanceusdm.market_frames import is_stream
from tradepods_simulator.exchange.context import EXCHANGE, LIMITS
from tradepods_simulator.exchange.streams import Connection
from tradepods_simulator.exchange.venue import Exchange

MOST_STREAMS = 1_024  # of one connection
MOST_MESSAGES = 10  # of one connection in a second
KEY_LENGTH = 64
routes = web.RouteTableDef()


@routes.get("/ws")
@routes.get("/ws/{names:.+}")
@routes.get("/{kind:market|public|private}/ws")
@routes.get("/{kind:market|public|private}/ws/{names:.+}")
async def raw(request: web.Request) -> web.WebSocketResponse:
    """Frames as they are, of the streams in the address, and of those subscribed to later."""
    named = request.match_info.get("names", "")
    numbered = named.isascii() and named.isdecimal() and len(named) < KEY_LENGTH  # as ccxt numbers its connections
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
    socket = web.WebSocketResponse(compress=False, heartbeat=exchange.streams.pings)
    await socket.prepare(request)
    connection = Connection(socket, combined=combined, transport=request.transport)
    for name in names:
        _listen(exchange, connection, name)
    await _follow(request, connection)
    return socket


async def _follow(request: web.Request, connection: Connection) -> None:
    """Hear a client out; after a day the venue closes, and at once where it says too much in a second."""
    exchange, loop = request.app[EXCHANGE], asyncio.get_running_loop()
    writer = asyncio.create_task(connection.write())
    closing = loop.call_later(exchange.streams.longest, connection.close)
    heard = Counter[int]()
    try:
        async for message in connection.socket:
            heard = Counter({int(loop.time()): heard[int(loop.time())] + 1})
            if request.app[LIMITS] is not None and heard.total() > MOST_MESSAGES:
                connection.close(code=WSCloseCode.POLICY_VIOLATION, why="Too many requests")
            elif message.type is WSMsgType.TEXT and not connection.ends:
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
    """Add a stream or a listen key to a connection; of a name that is neither nothing will ever be heard."""
    try:
        _check(exchange, name)
    except VenueError:
        exchange.streams.subscribe(name, connection)
        return
    if is_stream(name, exchange.market):
        exchange.streams.subscribe(name, connection)
    else:
        exchange.streams.listen(name, connection)


def _command(exchange: Exchange, connection: Connection, text: str) -> None:
    try:
        command = json.loads(text)
    except (ValueError, RecursionError):
        connection.reply(_wrong(3, "Invalid JSON: expected value at line 1 column 1"))
        return
    if not isinstance(command, dict) or not isinstance(command.get("params", []), list):
        connection.reply(_wrong(2, "Invalid request: expected an object with params"))
        return
    identifier = command.get("id")
    if not (identifier is None or (isinstance(identifier, int | str) and not isinstance(identifier, bool))):
        connection.reply(_wrong(2, "Invalid request: request ID must be an unsigned integer"))
        return
    names = [name for name in command.get("params", []) if isinstance(name, str)]
    answer = _done(exchange, connection, command.get("method"), names)
    connection.reply({**answer, "id": identifier})
    if command.get("method") == "SUBSCRIBE" and not connection.ends:
        _show(exchange, connection, names)


def _wrong(code: int, text: str) -> dict[str, Any]:
    return {"error": {"code": code, "msg": text}}


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
            known = "`SUBSCRIBE`, `UNSUBSCRIBE`, `LIST_SUBSCRIPTIONS`"
            return _wrong(2, f"Invalid request: unknown variant, expected one of {known}")


def _subscribed(exchange: Exchange, connection: Connection, names: list[str]) -> dict[str, Any]:
    """As the venue, which acknowledges whatever it is asked for, and closes where that is too much."""
    if len({*names, *exchange.streams.subscriptions(connection)}) > MOST_STREAMS:
        answer = _wrong(4, "Too many subscriptions")
        connection.reply(answer)
        connection.close(code=WSCloseCode.POLICY_VIOLATION, why="Invalid request")
        return answer
    for name in names:
        _listen(exchange, connection, name)
    return {"result": None}


def _show(exchange: Exchange, connection: Connection, names: list[str]) -> None:
    """What the streams have to say now, so that nobody waits for the next step of a market that stands."""
    moment = exchange.moment()
    for name in names:
        for frame in exchange.frames.of(name, moment, running=exchange.running):
            connection.reply({"stream": name, "data": frame} if connection.combined else frame)
