"""Faults on request: requests and answers that are held, delayed, lost, or answered with an error."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal

from aiohttp import web

from tradepods_core.shapes import Message

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Fault(Message):
    """What happens to the requests that match.

    Attributes:
        method: as `POST`; "" matches all.
        path: as `/fapi/v1/algoOrder`; "" matches all.
        contains: a text that the request's query or body must hold; "" matches all.
        when: `before` the venue acts on it, or `after`, with its answer ready.
        does: `hold` until released, `delay` for `seconds`, `drop` the connection without an answer, or `answer` with
            `status` and the venue's `code`; without a code with a page that is no JSON, or, at 200, with nothing.
        count: how many requests.

    """

    method: str = ""
    path: str = ""
    contains: str = ""
    when: Literal["before", "after"] = "before"
    does: Literal["hold", "delay", "drop", "answer"] = "hold"
    count: int = 1
    seconds: float = 0.0
    status: int = 503
    code: int = 0
    text: str = ""
    retry_after: int = 0


@dataclass(slots=True, eq=False)
class _Armed:
    fault: Fault
    left: int
    held: int = 0
    released: asyncio.Event = field(default_factory=asyncio.Event)
    dropped: bool = False


class Faults:
    """The faults that are armed."""

    def __init__(self) -> None:
        self._armed: list[_Armed] = []

    def arm(self, fault: Fault) -> None:
        """It happens to what matches from now on."""
        self._armed.append(_Armed(fault=fault, left=fault.count))

    def held(self) -> int:
        """Requests that are being held."""
        return sum(armed.held for armed in self._armed)

    def to_come(self) -> int:
        """Requests that will still be caught."""
        return sum(armed.left for armed in self._armed)

    def release(self, *, drop: bool) -> None:
        """Disarm, and let all go on; with `drop`, what was held before the venue saw it is lost on the way."""
        for armed in self._armed:
            armed.dropped = drop
            armed.released.set()
        self._armed.clear()

    def match(self, method: str, path: str, text: str) -> _Armed | None:
        """The fault that catches a request."""
        for armed in self._armed:
            fault = armed.fault
            named = fault.method in ("", method) and fault.path in ("", path)
            if armed.left and named and fault.contains in text:
                armed.left -= 1
                return armed
        return None


async def hold(armed: _Armed) -> None:
    """Stand still until released."""
    armed.held += 1
    await armed.released.wait()
    armed.held -= 1


def make_middleware(faults: Faults) -> object:
    """The middleware by which they happen."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith("/admin/"):
            return await handler(request)
        text = request.query_string + (await request.text() if request.can_read_body else "")
        armed = faults.match(request.method, request.path, text)
        if armed is None:
            return await handler(request)
        if armed.fault.when == "before":
            instead = await _happen(armed, request)
            return instead or await handler(request)
        answer = await handler(request)
        return await _happen(armed, request) or answer

    return middleware


async def _happen(armed: _Armed, request: web.Request) -> web.StreamResponse | None:
    """Let it happen; what is answered instead, None where the request or its answer goes on."""
    fault = armed.fault
    match fault.does:
        case "hold":
            await hold(armed)
            if armed.dropped and fault.when == "before":
                raise web.HTTPServiceUnavailable
        case "delay":
            await asyncio.sleep(fault.seconds)
        case "drop":
            if request.transport is not None:
                request.transport.close()
            return web.Response()
        case "answer":
            return _said(fault)
    return None


def _said(fault: Fault) -> web.Response:
    headers = {"Retry-After": str(fault.retry_after)} if fault.retry_after else {}
    if fault.code:
        body, kind = json.dumps({"code": fault.code, "msg": fault.text or "as the test asked"}), "application/json"
    else:
        body, kind = "" if fault.status == web.HTTPOk.status_code else "<html>Bad Gateway</html>", "text/html"
    return web.Response(text=body, status=fault.status, headers=headers, content_type=kind)
