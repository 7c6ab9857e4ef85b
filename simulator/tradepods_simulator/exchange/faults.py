"""Faults on request: an answer or a request that is held, so that a test can kill its sender at that very moment."""

import asyncio
from dataclasses import dataclass, field
from typing import Literal

from aiohttp import web

from tradepods_core.shapes import Message


class Fault(Message):
    """Hold requests that match.

    Attributes:
        method: as `POST`.
        path: as `/fapi/v1/algoOrder`.
        contains: a text that the request's body or query must hold; "" matches all.
        when: `before` the venue acts on it, or `after`, with its answer ready.
        count: how many requests.

    """

    method: str
    path: str
    contains: str = ""
    when: Literal["before", "after"]
    count: int = 1


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
        """Hold what matches from now on."""
        self._armed.append(_Armed(fault=fault, left=fault.count))

    def held(self) -> int:
        """Requests that are being held."""
        return sum(armed.held for armed in self._armed)

    def release(self, *, drop: bool) -> None:
        """Let all go on; with `drop`, what was held before the venue saw it is lost on the way."""
        for armed in self._armed:
            armed.dropped = drop
            armed.released.set()
        self._armed.clear()

    def match(self, method: str, path: str, text: str) -> _Armed | None:
        """The fault that catches a request."""
        for armed in self._armed:
            fault = armed.fault
            if armed.left and fault.method == method and fault.path == path and fault.contains in text:
                armed.left -= 1
                return armed
        return None


async def hold(armed: _Armed) -> None:
    """Stand still until released."""
    armed.held += 1
    await armed.released.wait()
    armed.held -= 1


def make_middleware(faults: Faults) -> object:
    """The middleware that holds what matches."""

    @web.middleware
    async def middleware(request: web.Request, handler: object) -> web.StreamResponse:
        text = request.query_string + (await request.text() if request.can_read_body else "")
        armed = faults.match(request.method, request.path, text)
        if armed is not None and armed.fault.when == "before":
            await hold(armed)
            if armed.dropped:
                raise web.HTTPServiceUnavailable
        answer: web.StreamResponse = await handler(request)  # type: ignore[operator]  # aiohttp types a handler as Any
        if armed is not None and armed.fault.when == "after":
            await hold(armed)
        return answer

    return middleware
