"""Faults on request: requests and answers that are held, delayed, lost or refused; orders and sockets likewise."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal, Self

from aiohttp import web
from pydantic import Field, model_validator

from tradepods_core.shapes import Message
from tradepods_simulator.exchange.bodies import text_of
from tradepods_simulator.exchange.fault_answers import banned, closed_for, said
from tradepods_simulator.exchange.hidden_orders import HiddenOrders
from tradepods_simulator.exchange.sockets import Sockets
from tradepods_simulator.exchange.stream_faults import EVERY, StreamFault, StreamFaults

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
LASTING = ("ban", "maintenance", "freeze")
LOOKS = 1.0  # seconds between two looks whether the client of a request that is never answered is gone


class Fault(Message):
    """What happens to the requests that match.

    Attributes:
        method: as `POST`; "" matches all.
        path: as `/fapi/v1/algoOrder`; "" matches all. Of websockets it is the beginning, as `/private`.
        contains: a text that the request's query or body must hold; "" matches all.
        customer: whose requests, a name in the accounts file; "" matches all.
        address: from which they come, as `127.0.0.1`; "" matches all.
        when: `before` the venue acts on it, or `after`, with its answer ready.
        does: `hold` until released, `delay` for `seconds`, `drop` the connection without an answer, `hang` (the
            connection stays, an answer never comes; also where a websocket is opened), or `answer` with `status` and
            the venue's `code`; without a code with a page that is no JSON, or, at 200, with nothing. `hide`: the order
            that the request places is not found for `seconds` after it was accepted. `ban`: REST answers 418 and
            Retry-After. `maintenance`: everything is answered 503, websockets are closed. `disconnect`: the websockets
            that are open now break off. `freeze`: they stay open, and nothing is heard or said on them any more.
        skip: how many matching requests pass first.
        count: how many requests; by default all of them for one that `lasts`.
        lasts: seconds of wall time after which it is over, 0 for no end; a ban, maintenance and a freeze need it.
        name: under which it is counted; "" for `does`.

    """

    method: str = ""
    path: str = ""
    contains: str = ""
    customer: str = ""
    address: str = ""
    when: Literal["before", "after"] = "before"
    does: Literal["hold", "delay", "drop", "answer", "hang", "hide", "ban", "maintenance", "disconnect", "freeze"] = (
        "hold"
    )
    skip: int = Field(0, ge=0)
    count: int = Field(1, ge=1)
    seconds: float = Field(0.0, ge=0, allow_inf_nan=False)
    lasts: float = Field(0.0, ge=0, allow_inf_nan=False)
    status: int = Field(503, ge=200, le=599)
    code: int = 0
    text: str = ""
    retry_after: int = Field(0, ge=0)
    name: str = ""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.does in LASTING and not self.lasts:
            raise ValueError(f"lasts: {self.does} needs it, in seconds above 0")
        if self.does == "hide" and not self.seconds:
            raise ValueError("seconds: hide needs it, above 0")
        return self

    @property
    def endless(self) -> bool:
        """Whether it happens to all requests until its time is over."""
        return self.does in LASTING or bool(self.lasts and "count" not in self.model_fields_set)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request as faults look at it; `opens` a websocket."""

    method: str
    path: str
    text: str = ""
    customer: str = ""
    address: str = ""
    opens: bool = False


@dataclass(slots=True, eq=False)
class Armed:
    """A fault that may happen; `left` requests, None until its time is over."""

    fault: Fault
    left: int | None
    until_ms: int | None
    passing: int = 0
    held: int = 0
    released: asyncio.Event = field(default_factory=asyncio.Event)
    dropped: bool = False

    def catches(self, asked: Asked, now_ms: int) -> bool:
        """Whether it happens to this request."""
        fault = self.fault
        if fault.does in ("disconnect", "freeze") or (fault.does == "ban" and asked.opens):
            return False
        if self.left == 0 or (self.until_ms is not None and now_ms >= self.until_ms):
            return False
        meant = asked.path.startswith(fault.path) if asked.opens else fault.path in ("", asked.path)
        named = meant and fault.method in ("", asked.method) and fault.contains in asked.text
        return named and fault.customer in ("", asked.customer) and fault.address in ("", asked.address)

    def due(self) -> bool:
        """Whether those that were to pass first have passed; asked once for each that matches."""
        if self.passing:
            self.passing -= 1
            return False
        return True


class Faults:
    """The faults that are armed; `happened` counts what they did, by their names.

    `now_ms` is wall time. `whose` tells the customer of a request, and `streams` is where a freeze silences streams.
    """

    def __init__(self, *, now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000) -> None:
        self.now_ms = now_ms
        self.happened: Counter[str] = Counter()
        self.sockets = Sockets()
        self.hidden = HiddenOrders(now_ms=now_ms)
        self.whose: Callable[[web.Request], str] = lambda _: ""
        self.streams: StreamFaults | None = None
        self._armed: list[Armed] = []

    def arm(self, fault: Fault) -> None:
        """It happens to what matches from now on; what it does to open websockets, it does now."""
        until_ms = self.now_ms() + round(fault.lasts * 1_000) if fault.lasts else None
        self._armed.append(Armed(fault, None if fault.endless else fault.count, until_ms, passing=fault.skip))
        if fault.does in ("maintenance", "disconnect"):
            self._count(fault, self.sockets.close(path=fault.path, customer=fault.customer))
        elif fault.does == "freeze":
            self._freeze(fault)

    def held(self) -> int:
        """Requests that are being held."""
        return sum(armed.held for armed in self._armed)

    def to_come(self) -> int:
        """Requests that will still be caught, of the faults that count them."""
        now = self.now_ms()
        return sum(armed.left or 0 for armed in self._armed if armed.until_ms is None or armed.until_ms > now)

    def release(self, *, drop: bool) -> None:
        """Disarm, and let all go on; with `drop`, what was held before the venue saw it is lost on the way."""
        for armed in self._armed:
            armed.dropped = drop
            armed.released.set()
        self._armed.clear()
        self.hidden.clear()
        self.sockets.thaw()

    def match(self, method: str, path: str, text: str) -> Armed | None:
        """The fault that catches a request of nobody in particular."""
        return self.caught(Asked(method=method, path=path, text=text))

    def caught(self, asked: Asked) -> Armed | None:
        """The fault that catches a request."""
        now_ms = self.now_ms()
        armed = next((armed for armed in self._armed if armed.catches(asked, now_ms) and armed.due()), None)
        if armed is not None:
            armed.left = None if armed.left is None else armed.left - 1
            if armed.fault.does != "hide":
                self._count(armed.fault, 1)
        return armed

    def accepted(self, armed: Armed, answer: web.StreamResponse, *, customer: str) -> None:
        """Hide the order that was accepted; a request that placed none leaves the fault as it was."""
        seconds = armed.fault.seconds
        if isinstance(answer, web.Response) and self.hidden.hide(answer, customer=customer, seconds=seconds):
            self._count(armed.fault, 1)
        elif armed.left is not None:
            armed.left += 1

    def _freeze(self, fault: Fault) -> None:
        self._count(fault, self.sockets.freeze(path=fault.path, customer=fault.customer))
        asyncio.get_running_loop().call_later(fault.lasts, self.sockets.thaw)
        for stream in ("",) if fault.customer else ("", EVERY):
            silence = StreamFault(does="deaf", lasts=fault.lasts, customer=fault.customer, stream=stream)
            if self.streams is not None:
                self.streams.arm(silence)

    def _count(self, fault: Fault, times: int) -> None:
        if times:
            self.happened[fault.name or fault.does] += times


async def hold(armed: Armed) -> None:
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
        asked = await _asked(faults, request)
        armed = faults.caught(asked)
        if armed is None:
            return await _served(faults, request, handler, asked)
        if armed.fault.does == "hide":
            answer = await _served(faults, request, handler, asked)
            faults.accepted(armed, answer, customer=asked.customer)
            return answer
        if armed.fault.when == "before":
            instead = await _happen(faults, armed, request)
            return instead or await _served(faults, request, handler, asked)
        answer = await _served(faults, request, handler, asked)
        return await _happen(faults, armed, request) or answer

    return middleware


async def _asked(faults: Faults, request: web.Request) -> Asked:
    return Asked(
        method=request.method,
        path=request.path,
        text=request.query_string + await text_of(request),
        customer=faults.whose(request),
        address=request.remote or "",
        opens=request.headers.get("Upgrade", "").lower() == "websocket",
    )


async def _served(faults: Faults, request: web.Request, handler: Handler, asked: Asked) -> web.StreamResponse:
    """What the venue does, as far as it finds its orders."""
    if asked.opens:
        with faults.sockets.opened(request, customer=asked.customer):
            return await handler(request)
    unfound = faults.hidden.looked_up(request, customer=asked.customer)
    if unfound is not None:
        return unfound
    answer = await handler(request)
    faults.hidden.listed(request, answer, customer=asked.customer)
    return answer


async def _happen(faults: Faults, armed: Armed, request: web.Request) -> web.StreamResponse | None:
    """Let it happen; what is answered instead, None where the request or its answer goes on."""
    fault = armed.fault
    match fault.does:
        case "hold":
            await hold(armed)
            if armed.dropped and fault.when == "before":
                raise web.HTTPServiceUnavailable
            return None
        case "delay":
            await asyncio.sleep(fault.seconds)
            return None
        case "hang":
            await _hang(armed, request)
            return _dropped(request)
        case "drop":
            return _dropped(request)
        case "ban":
            return banned(request.remote or "", until_ms=armed.until_ms or 0, now_ms=faults.now_ms())
        case "maintenance":
            return closed_for(fault.text)
        case _:
            return said(status=fault.status, code=fault.code, text=fault.text, retry_after=fault.retry_after)


async def _hang(armed: Armed, request: web.Request) -> None:
    """Stand still until the client gives up, or until released."""
    armed.held += 1
    while request.transport is not None and not armed.released.is_set():
        try:
            async with asyncio.timeout(LOOKS):
                await armed.released.wait()
        except TimeoutError:
            continue
    armed.held -= 1


def _dropped(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.close()
    return web.Response()
