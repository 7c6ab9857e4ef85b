"""The short way of a heartbeat: a thousand workers send one every five seconds, and each is the same kind of request.

What is right is answered here, at a third of the cost of a route. Whatever is not goes on to the route, which refuses
it as any other would: nothing is decided twice.
"""

import re

from pydantic import ValidationError

from tradepods_core.wire.fleet import Heartbeat
from tradepods_signals.adapters.http import problems
from tradepods_signals.adapters.http.guard import App, Message, Receive, Send, replayed
from tradepods_signals.metrics import Metrics
from tradepods_signals.ports.callers import Caller
from tradepods_signals.ports.doors import Doors

MOST_WRONG = 100  # values of one heartbeat
PATH = re.compile(r"/v1/accounts/([^/]+)/([^/]+)/heartbeat")


class Shortcut:
    """An ASGI application around another, behind the guard."""

    def __init__(self, app: App, *, doors: Doors, metrics: Metrics) -> None:
        self._app, self._doors, self._metrics = app, doors, metrics

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer a worker's right heartbeat of its own account; let everything else pass as it came."""
        if scope["type"] != "http" or not _own(scope):
            await self._app(scope, receive, send)
            return
        body = (await receive()).get("body", b"")
        try:
            heartbeat = Heartbeat.model_validate_json(body)
        except ValidationError as error:
            if error.error_count() > MOST_WRONG:  # to tell them one by one would take longer than to find them
                refusal = problems.answer(status=422, detail=f"body: {error.error_count()} values are wrong")
                await refusal(scope, receive, send)
                return
            await self._app(scope, replayed(body, receive), send)
            return
        caller: Caller = scope["caller"]
        reply = self._doors.heartbeat(namespace=caller.namespace, name=caller.name, heartbeat=heartbeat)
        self._metrics.heartbeats.inc()
        content = reply.model_dump_json(by_alias=True).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": content})


def _own(scope: Message) -> bool:
    """Whether a worker speaks of its own account."""
    found = PATH.fullmatch(scope["path"]) if scope["method"] == "POST" else None
    caller: Caller | None = scope.get("caller")
    return found is not None and caller is not None and caller.role == "worker" and found.groups() == _key(caller)


def _key(caller: Caller) -> tuple[str, str]:
    return caller.namespace, caller.name
