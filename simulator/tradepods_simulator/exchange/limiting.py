"""The limits at the venue's door: counted for each request, told in each answer's headers."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from tradepods_simulator.exchange.binanceusdm.signing import KEY_HEADER
from tradepods_simulator.exchange.limits import MINUTE_MS, TEN_SECONDS_MS, Limited, Limits, weight_of

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
ORDERS = ("POST /fapi/v1/order", "POST /fapi/v1/algoOrder")


def make_middleware(limits: Limits) -> object:
    """The middleware that counts and refuses."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith("/fapi/"):
            return await handler(request)
        name, address = f"{request.method} {request.path}", request.remote or ""
        key = request.headers.get(KEY_HEADER, "")
        limited = limits.ask(address, weight=weight_of(name, request.query))
        if limited is None and name in ORDERS:
            limited = limits.order(key)
        answer = await handler(request) if limited is None else _refused(limited)
        answer.headers["X-MBX-USED-WEIGHT-1M"] = str(limits.used(address))
        if name in ORDERS:
            counts = limits.orders(key)
            answer.headers["X-MBX-ORDER-COUNT-10S"] = str(counts[TEN_SECONDS_MS])
            answer.headers["X-MBX-ORDER-COUNT-1M"] = str(counts[MINUTE_MS])
        return answer

    return middleware


def _refused(limited: Limited) -> web.Response:
    headers = {"Retry-After": str(limited.retry_after)} if limited.retry_after else {}
    return web.json_response({"code": limited.code, "msg": limited.text}, status=limited.status, headers=headers)
