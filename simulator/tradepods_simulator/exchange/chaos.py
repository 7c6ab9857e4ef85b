"""Everything that can go wrong, in one place: arms faults of any kind now or at a market time, and counts them."""

import asyncio
from collections import Counter, deque
from typing import Any

from aiohttp import web

from tradepods_core.errors import Invalid
from tradepods_core.times import from_ms, written
from tradepods_simulator.exchange.binanceusdm.signing import KEY_HEADER
from tradepods_simulator.exchange.books import listen_key
from tradepods_simulator.exchange.context import EXCHANGE, FAULTS, STEPPER
from tradepods_simulator.exchange.fault_script import ClockFault, Entry, Scripted, read
from tradepods_simulator.exchange.faults import Fault, Faults
from tradepods_simulator.exchange.stream_faults import StreamFault
from tradepods_simulator.exchange.venue import Exchange

routes = web.RouteTableDef()


class Chaos:
    """The faults of one exchange, and the script by which they are armed."""

    def __init__(self, *, exchange: Exchange, requests: Faults) -> None:
        self._exchange = exchange
        self._requests = requests
        self._script: deque[Entry] = deque()
        self._clock: asyncio.TimerHandle | None = None
        self.armed: Counter[str] = Counter()

    @property
    def script(self) -> tuple[Entry, ...]:
        """What is to come, by time."""
        return tuple(self._script)

    def plan(self, entries: list[Entry]) -> None:
        """Add to the script; what is due already is armed now."""
        self._script = deque(sorted((*self._script, *entries), key=lambda entry: entry.at_ms))
        if self._exchange.running:
            self.advance(self._exchange.market.now_ms)

    def before(self, step: int) -> None:
        """A step of the market is about to be shown."""
        market = self._exchange.market
        self.advance(market.start_ms + step * market.pace_ms)

    def advance(self, now_ms: int) -> None:
        """Arm what is due at this market time."""
        while self._script and self._script[0].at_ms <= now_ms:
            entry = self._script.popleft()
            self.armed[entry.kind] += 1
            self.arm(entry.fault)

    def arm(self, fault: Scripted) -> None:
        """It happens from now on."""
        match fault:
            case Fault():
                self._requests.arm(fault)
            case StreamFault():
                self._exchange.streams.faults.arm(fault)
            case ClockFault():
                self._set_clock(fault)

    def happened(self) -> dict[str, dict[str, int]]:
        """How often a fault has happened, by kind and name; `armed` is what the script has armed."""
        streams = self._exchange.streams.faults.counts
        return {"requests": dict(self._requests.happened), "streams": dict(streams), "armed": dict(self.armed)}

    def whose(self, request: web.Request) -> str:
        """The customer of a request, by its key, or by the listen key of the websocket that it opens."""
        by_key = self._exchange.books.by_key
        customer = by_key.get(request.headers.get(KEY_HEADER, ""))
        if customer is None and "Upgrade" in request.headers:
            customer = next((one for one in by_key.values() if listen_key(one) in request.path_qs), None)
        return "" if customer is None else customer.name

    def _set_clock(self, fault: ClockFault) -> None:
        if self._clock is not None:
            self._clock.cancel()
        self._exchange.ahead_ms = fault.ahead_ms
        self._requests.happened[fault.name or "clock"] += 1
        if fault.lasts:
            self._clock = asyncio.get_running_loop().call_later(fault.lasts, self._right_the_clock)

    def _right_the_clock(self) -> None:
        self._exchange.ahead_ms = 0


CHAOS = web.AppKey("chaos", Chaos)


def install(app: web.Application) -> Chaos:
    """Give an exchange's application its faults by customer, its script and their routes."""
    exchange, requests = app[EXCHANGE], app[FAULTS]
    chaos = app[CHAOS] = Chaos(exchange=exchange, requests=requests)
    requests.whose, requests.streams = chaos.whose, exchange.streams.faults
    app[STEPPER].before = chaos.before
    app.add_routes(routes)
    return chaos


@routes.get("/admin/timeline")
async def planned(request: web.Request) -> web.Response:
    """What the script still holds."""
    return web.json_response([_shown(entry) for entry in request.app[CHAOS].script])


@routes.post("/admin/timeline")
async def plan(request: web.Request) -> web.Response:
    """Add a list of entries to the script; what is due already is armed at once."""
    market, chaos = request.app[EXCHANGE].market, request.app[CHAOS]
    try:
        chaos.plan(read(await request.json(), start_ms=market.start_ms, end_ms=market.end_ms))
    except Invalid as error:
        raise web.HTTPBadRequest(text=str(error)) from None
    except (ValueError, RecursionError):
        raise web.HTTPBadRequest(text="expected a JSON list of entries") from None
    return web.json_response([_shown(entry) for entry in chaos.script])


@routes.get("/admin/faults/happened")
async def happened(request: web.Request) -> web.Response:
    """How often each fault has happened."""
    return web.json_response(request.app[CHAOS].happened())


def _shown(entry: Entry) -> dict[str, Any]:
    fault = entry.fault.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return {"at": written(from_ms(entry.at_ms)), "kind": entry.kind, **fault}
