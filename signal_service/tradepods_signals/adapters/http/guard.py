"""Stands before all routes: who asks, how often, and how much they send. What is refused costs next to nothing."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from fastapi.responses import Response

from tradepods_signals.adapters.http import problems
from tradepods_signals.adapters.http.access import OPEN
from tradepods_signals.adapters.http.bounds import KIB, Bounds
from tradepods_signals.adapters.http.connections import CONNECTION
from tradepods_signals.adapters.http.pace import Pace
from tradepods_signals.metrics import Metrics
from tradepods_signals.ports.callers import Caller, Gate, Refused

GUARDED = "/v1/"
MOST_BODIES = 8  # of one caller that are on their way at once: a worker sends one
ONE_REQUEST = 4 * KIB  # bytes of a body that cost as much as a request
CLOSE = {"Connection": "close"}
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
_Who = tuple[str, str]  # role and name
App = Callable[[Message, Receive, Send], Awaitable[None]]


class Guard:
    """An ASGI application around another. Without a gate everybody may ask everything."""

    def __init__(self, app: App, *, gate: Gate | None, pace: Pace, metrics: Metrics, bounds: Bounds) -> None:
        self._app, self._gate, self._pace, self._metrics = app, gate, pace, metrics
        self._bounds = bounds
        self._sending: Counter[_Who] = Counter()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer, or let it pass with its caller and its body."""
        if scope["type"] != "http" or not scope["path"].startswith(GUARDED):
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        refusal = self._refusal(scope, headers)
        if refusal is None and scope["method"] not in ("GET", "HEAD"):
            body = await self._received(scope["caller"], receive)
            if isinstance(body, bytes):
                receive = replayed(body, receive)
            else:
                refusal = body
        if refusal is None:
            await self._app(scope, receive, send)
            return
        self._metrics.refused.labels(str(refusal.status_code)).inc()
        await refusal(scope, receive, send)

    async def _received(self, caller: Caller, receive: Receive) -> bytes | Response:
        """A request's body. A large one counts as many requests: reading it takes as long."""
        who = (caller.role, caller.who)
        if caller is not OPEN and self._sending[who] >= MOST_BODIES:
            detail = f"{caller.who} sends {MOST_BODIES} bodies already"
            return problems.answer(status=429, detail=detail, headers={"Retry-After": "1", **CLOSE})
        self._sending[who] += 1
        try:
            body = await _body(receive, self._bounds)
        finally:
            self._sending[who] -= 1
            if not self._sending[who]:
                del self._sending[who]
        if isinstance(body, bytes):
            self._pace.charge(who, len(body) / ONE_REQUEST)
        return body

    def _refusal(self, scope: Message, headers: dict[bytes, bytes]) -> Response | None:
        try:
            caller = self._caller(headers)
        except Refused as error:
            headers_of = {"WWW-Authenticate": 'Bearer realm="tradepods-signals"', **CLOSE}
            return problems.answer(status=401, detail=str(error), headers=headers_of)
        scope["caller"] = caller
        scope["state"][CONNECTION].believed()
        wait = self._pace.take((caller.role, caller.who)) if self._gate is not None else 0.0
        if wait:
            headers_of = {"Retry-After": str(int(wait) + 1)}
            return problems.answer(status=429, detail=f"{caller.who} asks too often", headers=headers_of)
        length = headers.get(b"content-length", b"0")
        if length.isdigit() and int(length[:19]) > self._bounds.body_kib * KIB:
            return _too_large(self._bounds)
        return None

    def _caller(self, headers: dict[bytes, bytes]) -> Caller:
        if self._gate is None:
            return OPEN
        kind, _, token = headers.get(b"authorization", b"").partition(b" ")
        if kind.lower() != b"bearer" or not token.strip():
            raise Refused("send a token: Authorization: Bearer …")
        return self._gate.caller(token.strip().decode("latin-1"))


async def _body(receive: Receive, bounds: Bounds) -> bytes | Response:
    """All of a request's body; a problem where it is too large or too slow, or its sender is gone."""
    found = bytearray()
    try:
        async with asyncio.timeout(bounds.body_seconds):
            while True:
                message = await receive()
                found += message.get("body", b"")
                if message["type"] != "http.request" or not message.get("more_body"):
                    return bytes(found)
                if len(found) > bounds.body_kib * KIB:
                    return _too_large(bounds)
    except TimeoutError:
        detail = f"the body took more than {bounds.body_seconds:g} seconds"
        return problems.answer(status=408, detail=detail, headers=CLOSE)


def _too_large(bounds: Bounds) -> Response:
    detail = f"a request's body may have {bounds.body_kib} KiB"
    return problems.answer(status=413, detail=detail, headers=CLOSE)


def replayed(body: bytes, receive: Receive) -> Receive:
    """The body that was read, once; then what comes after it."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again
