"""A venue to which faults happen, served over real sockets."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer

from tradepods_simulator.exchange.faults import Faults, make_middleware


class FaultyVenue:
    """A venue with a door, which notes the requests that it has acted on, a list of orders and a websocket that echoes.

    A request's customer is its `name`.
    """

    def __init__(self, *, now_ms: Callable[[], int] = lambda: 0) -> None:
        self.faults = Faults(now_ms=now_ms)
        self.faults.whose = lambda request: request.query.get("name", "")
        self.acted: list[str] = []
        self.heard: list[str] = []
        self.orders: list[dict[str, object]] = []
        self.app = web.Application(middlewares=[make_middleware(self.faults)])  # type: ignore[list-item]  # as the exchange
        self.app.router.add_route("*", "/order", self._act)
        self.app.router.add_post("/fapi/v1/order", self._place)
        self.app.router.add_get("/fapi/v1/order", self._find)
        self.app.router.add_get("/fapi/v1/openOrders", self._list)
        self.app.router.add_get("/private/ws", self._echo)

    async def _act(self, request: web.Request) -> web.Response:
        self.acted.append(request.query_string or await request.text())
        return web.Response(text="done")

    async def _place(self, request: web.Request) -> web.Response:
        if "id" not in request.query:
            return web.json_response({"code": -1102}, status=400)
        self.orders.append({"orderId": int(request.query["id"]), "clientOrderId": request.query["client"]})
        return web.json_response(self.orders[-1])

    async def _find(self, _: web.Request) -> web.Response:
        return web.json_response(self.orders[-1])

    async def _list(self, _: web.Request) -> web.Response:
        return web.json_response(self.orders)

    async def _echo(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            self.heard.append(message.data)
            await socket.send_str(message.data)
        return socket

    @asynccontextmanager
    async def open(self) -> AsyncIterator["TestClient[web.Request, web.Application]"]:
        """A client of it."""
        async with TestClient(TestServer(self.app)) as client:
            yield client

    async def held(self, count: int = 1) -> None:
        """Wait until so many requests are held."""
        async with asyncio.timeout(5):
            while self.faults.held() < count:
                await asyncio.sleep(0)


async def answer(asked: Awaitable[ClientResponse]) -> tuple[int, str]:
    """Status and text."""
    response = await asked
    return response.status, await response.text()
