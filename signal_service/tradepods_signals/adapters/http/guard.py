"""Stands before all routes: who asks, how often, and how much they send. What is refused costs next to nothing."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from fastapi.responses import Response

from tradepods_signals.adapters.http import problems
from tradepods_signals.adapters.http.access import OPEN
from tradepods_signals.adapters.http.pace import Pace
from tradepods_signals.metrics import Metrics
from tradepods_signals.ports import Caller, Gate, Refused

MOST_BODY = 512 * 2**10  # bytes: a thousand positions in both books fit
BODY_WITHIN = 10.0  # seconds for all of it
GUARDED = "/v1/"
CLOSE = {"Connection": "close"}
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]


class Guard:
    """An ASGI application around another. Without a gate everybody may ask everything."""

    def __init__(self, app: App, *, gate: Gate | None, pace: Pace, metrics: Metrics) -> None:
        self._app, self._gate, self._pace, self._metrics = app, gate, pace, metrics

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer, or let it pass with its caller and its body."""
        if scope["type"] != "http" or not scope["path"].startswith(GUARDED):
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        refusal = self._refusal(scope, headers)
        if refusal is None and scope["method"] not in ("GET", "HEAD"):
            body = await _body(receive)
            if isinstance(body, bytes):
                receive = replayed(body, receive)
            else:
                refusal = body
        if refusal is None:
            await self._app(scope, receive, send)
            return
        self._metrics.refused.labels(str(refusal.status_code)).inc()
        await refusal(scope, receive, send)

    def _refusal(self, scope: Message, headers: dict[bytes, bytes]) -> Response | None:
        try:
            caller = self._caller(headers)
        except Refused as error:
            headers_of = {"WWW-Authenticate": 'Bearer realm="tradepods-signals"', **CLOSE}
            return problems.answer(status=401, detail=str(error), headers=headers_of)
        scope["caller"] = caller
        wait = self._pace.take((caller.role, caller.who)) if self._gate is not None else 0.0
        if wait:
            headers_of = {"Retry-After": str(int(wait) + 1)}
            return problems.answer(status=429, detail=f"{caller.who} asks too often", headers=headers_of)
        length = headers.get(b"content-length", b"0")
        if length.isdigit() and int(length[:19]) > MOST_BODY:
            return _too_large()
        return None

    def _caller(self, headers: dict[bytes, bytes]) -> Caller:
        if self._gate is None:
            return OPEN
        kind, _, token = headers.get(b"authorization", b"").partition(b" ")
        if kind.lower() != b"bearer" or not token.strip():
            raise Refused("send a token: Authorization: Bearer …")
        return self._gate.caller(token.strip().decode("latin-1"))


async def _body(receive: Receive) -> bytes | Response:
    """All of a request's body; a problem where it is too large or too slow, or its sender is gone."""
    found = bytearray()
    try:
        async with asyncio.timeout(BODY_WITHIN):
            while True:
                message = await receive()
                found += message.get("body", b"")
                if message["type"] != "http.request" or not message.get("more_body"):
                    return bytes(found)
                if len(found) > MOST_BODY:
                    return _too_large()
    except TimeoutError:
        return problems.answer(status=408, detail=f"the body took more than {BODY_WITHIN:g} seconds", headers=CLOSE)


def _too_large() -> Response:
    detail = f"a request's body may have {MOST_BODY} bytes"
    return problems.answer(status=413, detail=detail, headers=CLOSE)


def replayed(body: bytes, receive: Receive) -> Receive:
    """The body that was read, once; then what comes after it."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again
