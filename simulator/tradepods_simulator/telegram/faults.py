"""Faults on request, by bot and method: the exchange's own, told in the Bot API's words."""

import json
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any, Literal

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from pydantic import Field

from tradepods_core.errors import Invalid, Problem
from tradepods_core.reading import shown
from tradepods_core.shapes import Written
from tradepods_simulator.exchange.faults import Armed, Asked, Fault, Faults
from tradepods_simulator.exchange.faults import make_middleware as make_exchange_middleware
from tradepods_simulator.telegram.methods import NAMES
from tradepods_simulator.telegram.refusals import Refused, answer, bad
from tradepods_simulator.telegram.updates import CONFLICT

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
FETCH = "file"  # the method's name for fetching a file
SAME = {"contains", "when", "count", "seconds", "lasts", "retry_after"}  # as the exchange has them
CALLED = re.compile(r"/(file/)?bot([^/]+)/([^/]+)")
WORDS: Mapping[int, str] = {
    400: "Bad Request: chat not found",
    403: "Forbidden: bot was blocked by the user",
    409: CONFLICT,
}


class FaultEntry(Written):
    """What happens to the calls that match.

    Attributes:
        bot: a bot's name; "" matches all.
        method: as `sendMessage`, or `file` for fetching one; "" matches all.
        contains: a text that the query or the body holds; the body of an upload is not looked into.
        when: `before` the message is taken, or `after`, with its answer ready.
        does: `hold` until released, `delay` for `seconds`, `drop` the connection, `hang` (it stays, an answer never
            comes), or `answer` with `status`.
        count: how many calls; by default one, or all of them where it `lasts`.
        lasts: seconds after which it is over, 0 for no end.
        text: the description of the answer; "" for the Bot API's usual one.
        page: answer with a page that is no JSON, as a proxy in trouble does.

    """

    bot: str = ""
    method: str = ""
    contains: str = ""
    when: Literal["before", "after"] = "before"
    does: Literal["hold", "delay", "drop", "hang", "answer"] = "answer"
    count: int = Field(default=1, ge=1)
    seconds: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    lasts: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    status: int = Field(default=502, ge=200, le=599)
    text: str = ""
    retry_after: int = Field(default=0, ge=0)
    page: bool = False


class BotFaults(Faults):
    """Faults by bot and method, which are the customer and the path of a request: a token is nobody's business."""

    def __init__(self, names: Mapping[str, str]) -> None:
        super().__init__()
        self._names = names  # by token

    def caught(self, asked: Asked) -> Armed | None:
        """The fault that catches a call; what is no bot's call is never caught."""
        called = CALLED.match(asked.path)
        if called is None or called.group(2) not in self._names:
            return None
        name = FETCH if called.group(1) else NAMES.get(called.group(3).lower(), "")
        return super().caught(replace(asked, customer=self._names[called.group(2)], path=f"/{name}"))

    def arm_entry(self, entry: FaultEntry) -> None:
        """Arm what an admin asked for; raises Invalid."""
        name = NAMES.get(entry.method.lower(), entry.method if entry.method == FETCH else "")
        if entry.method and not name:
            raise _unknown("method", entry.method, sorted([*NAMES.values(), FETCH]))
        if entry.bot and entry.bot not in self._names.values():
            raise _unknown("bot", entry.bot, self._names.values())
        same = entry.model_dump(include=SAME, exclude_unset=True) | {"does": entry.does, "status": entry.status}
        path, code = f"/{name}" if name else "", 0 if entry.page else entry.status
        self.arm(Fault(**same, path=path, customer=entry.bot, code=code, text=entry.text or _words(entry)))


def _unknown(field: str, value: str, known: Iterable[str]) -> Invalid:
    fix = f"no such {field}; there are {', '.join(known)}"
    return Invalid([Problem(field=f"body.{field}", value=shown(value), fix=fix)])


def _words(entry: FaultEntry) -> str:
    if entry.status == HTTPStatus.TOO_MANY_REQUESTS:
        return f"Too Many Requests: retry after {entry.retry_after}"
    known = {status.value: status.phrase for status in HTTPStatus}
    return WORDS.get(entry.status, known.get(entry.status, "Error"))


def make_middleware(faults: Faults) -> object:
    """The exchange's middleware, which looks into bodies as texts: one that is no text is read before, or again."""
    exchange: Any = make_exchange_middleware(faults)

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.content_type == "multipart/form-data":
            await _read_form(request)
        try:
            caught: web.StreamResponse = await exchange(request, handler)
        except UnicodeDecodeError:
            caught = await exchange(request, handler)
        return _translated(caught)

    return middleware


async def _read_form(request: web.Request) -> None:
    """Read a form with files, which is kept: its bytes could be read only once."""
    try:
        await request.post()
    except (ValueError, AssertionError, HttpProcessingError):
        raise bad("can't parse multipart/form-data body") from None


def _translated(caught: web.StreamResponse) -> web.StreamResponse:
    """An armed answer in the Bot API's shape; others as they are."""
    if not isinstance(caught, web.Response) or not isinstance(caught.body, bytes):
        return caught
    if not caught.body.startswith(b'{"code"'):
        return caught
    said = json.loads(caught.body)
    wait = caught.headers.get("Retry-After", "0")
    return answer(Refused(caught.status, said["msg"], retry_after=int(wait)))
