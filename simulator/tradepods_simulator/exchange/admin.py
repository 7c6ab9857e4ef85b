"""What the demo and the tests ask of the exchange: take part in a replay, look into the books, arm faults."""

import json
from dataclasses import asdict
from typing import Any

from aiohttp import web
from pydantic import ValidationError

from tradepods_core.money import plain
from tradepods_core.paper.margin import unrealized
from tradepods_core.times import from_ms, written
from tradepods_simulator.exchange.binanceusdm.signing import WHOLE
from tradepods_simulator.exchange.books import Customer
from tradepods_simulator.exchange.context import EXCHANGE, FAULTS, JOURNAL, PUBLIC_REQUESTS, STEPPER
from tradepods_simulator.exchange.faults import Fault
from tradepods_simulator.exchange.marketplace import Marketplace
from tradepods_simulator.exchange.stream_faults import StreamFault

routes = web.RouteTableDef()


def _bad(detail: str) -> web.HTTPBadRequest:
    return web.HTTPBadRequest(text=detail)


async def _json(request: web.Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.read())
    except (ValueError, RecursionError):
        raise _bad("expected a JSON object") from None
    if not isinstance(body, dict):
        raise _bad("expected a JSON object")
    return body


@routes.get("/admin/market")
async def market(request: web.Request) -> web.Response:
    """How far the replay is, and whom it waits for."""
    stepper, replay = request.app[STEPPER], request.app[EXCHANGE].market
    lockstep = stepper.lockstep
    missing = lockstep.missing(replay.step) if stepper.state == "running" else lockstep.absent()
    return web.json_response(
        {
            "state": stepper.state,
            "step": replay.step,
            "steps": stepper.steps,
            "now": written(replay.now),
            "from": written(from_ms(replay.start_ms)),
            "to": written(from_ms(replay.end_ms)),
            "symbols": len(replay.ids),
            "names": list(replay.ids),
            "minutes": (replay.end_ms - replay.start_ms) // 60_000,
            "missing": missing,
            "speed": stepper.speed(pace_ms=replay.pace_ms),
            "waitingSeconds": round(stepper.waiting_seconds(), 1),
            "participants": sorted(stepper.lockstep.acked),
            "publicRequests": request.app[PUBLIC_REQUESTS],
        }
    )


@routes.post("/admin/participants")
async def join(request: web.Request) -> web.Response:
    """Take part in the lock-step."""
    name = (await _json(request)).get("participant")
    if not isinstance(name, str) or not name:
        raise _bad("participant: a name is required")
    await request.app[STEPPER].lockstep.join(name)
    return web.json_response({"participant": name})


@routes.post("/admin/steps/{step}/ack")
async def acknowledge(request: web.Request) -> web.Response:
    """A participant is done with a step; 409 and the number of its frames where it has not handled them all."""
    body = await _json(request)
    step, name, frames = request.match_info["step"], body.get("participant"), body.get("frames", 0)
    lockstep = request.app[STEPPER].lockstep
    if not WHOLE.fullmatch(step) or not isinstance(name, str) or name not in lockstep.acked:
        raise _bad(f"step {step} of {name}: no such step or participant")
    if not isinstance(frames, int):
        raise _bad("frames: a whole number is required")
    sent = request.app[EXCHANGE].streams.sent(str(body.get("listenKey", "")))
    if frames < sent:
        return web.json_response({"frames": sent}, status=409)
    await lockstep.acknowledge(name, int(step))
    return web.json_response({"step": int(step)})


@routes.get("/admin/accounts/{name}")
async def account(request: web.Request) -> web.Response:
    """An account's books, by its name in the accounts file."""
    exchange = request.app[EXCHANGE]
    customer = exchange.books.by_name(request.match_info["name"])
    if customer is None:
        raise web.HTTPNotFound(text=f"no account {request.match_info['name']}")
    return web.json_response(_books(customer, exchange.market))


def _books(customer: Customer, replay: Marketplace) -> dict[str, Any]:
    paper = customer.paper
    return {
        "wallet": plain(paper.wallet),
        "equity": plain(paper.wallet + unrealized(paper, replay.prices)),
        "positions": {
            s: {"quantity": plain(p.quantity), "average": plain(p.average)} for s, p in paper.positions.items()
        },
        "resting": [
            {
                "id": o.id,
                "symbol": o.symbol,
                "kind": o.kind,
                "quantity": plain(o.quantity),
                "trigger": None if o.trigger is None else plain(o.trigger),
            }
            for o in paper.resting.values()
        ],
        "fills": [
            {
                "trade": str(t.trade),
                "order": t.order.id,
                "symbol": t.order.symbol,
                "quantity": plain(t.quantity),
                "price": plain(t.price),
                "fee": plain(t.fee),
                "realized": plain(t.realized),
            }
            for t in customer.trades
        ],
        "duplicateOrders": customer.duplicates(),
        "unprotectedMaxMs": round(customer.watch.longest_ms),
        "requests": customer.requests,
    }


@routes.post("/admin/faults")
async def arm(request: web.Request) -> web.Response:
    """Arm a fault."""
    try:
        request.app[FAULTS].arm(Fault.model_validate(await _json(request)))
    except ValidationError as error:
        raise _bad(str(error)) from None
    return web.json_response({})


@routes.post("/admin/streams/faults")
async def arm_stream(request: web.Request) -> web.Response:
    """Arm a fault of the private streams."""
    try:
        request.app[EXCHANGE].streams.faults.arm(StreamFault.model_validate(await _json(request)))
    except ValidationError as error:
        raise _bad(str(error)) from None
    return web.json_response({})


@routes.post("/admin/clock")
async def clock(request: web.Request) -> web.Response:
    """Set the venue's clock ahead of this machine's, by `aheadMs`."""
    ahead = (await _json(request)).get("aheadMs")
    if not isinstance(ahead, int):
        raise _bad("aheadMs: a whole number is required")
    request.app[EXCHANGE].ahead_ms = ahead
    return web.json_response({"aheadMs": ahead})


@routes.get("/admin/journal")
async def journal(request: web.Request) -> web.Response:
    """The latest requests; `?after=` a number, `?customer=` a name."""
    after = request.query.get("after", "0")
    number = int(after) if WHOLE.fullmatch(after) else 0
    found = request.app[JOURNAL].after(number, customer=request.query.get("customer"))
    return web.json_response([asdict(asked) for asked in found])


@routes.get("/admin/faults")
async def held(request: web.Request) -> web.Response:
    """How many requests are being held."""
    return web.json_response({"held": request.app[FAULTS].held()})


@routes.delete("/admin/faults")
async def release(request: web.Request) -> web.Response:
    """Disarm; what is held goes on, or with `?drop=true` is lost."""
    request.app[FAULTS].release(drop=request.query.get("drop") == "true")
    request.app[EXCHANGE].streams.faults.clear()
    return web.json_response({})
