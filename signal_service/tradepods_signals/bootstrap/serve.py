"""Builds the service and runs it until it is told to stop."""

import argparse
import asyncio
import contextlib
import socket
import time
from collections.abc import Coroutine

from tradepods_core.errors import Permanent
from tradepods_signals.adapters import clocks
from tradepods_signals.adapters.http.app import Server, make_app
from tradepods_signals.bootstrap.inside import Inside, make_inside
from tradepods_signals.bootstrap.outside import Outside, open_outside
from tradepods_signals.bootstrap.waiting import answered
from tradepods_signals.config import bounds_of
from tradepods_signals.tasks import alive, standing
from tradepods_signals.tasks.marks import follow
from tradepods_signals.tasks.renewal import renew
from tradepods_signals.tasks.universe import Survey

Loops = dict[str, Coroutine[None, None, None]]  # what never ends, by what is said of it where it does


async def run(options: argparse.Namespace) -> None:
    """Run the service; raises Permanent where it can't begin."""
    if not options.strategies.is_dir():
        raise Permanent(f"{options.strategies} is not a folder with strategies")
    async with contextlib.AsyncExitStack() as closing:
        outside = await open_outside(options, closing)
        inside = make_inside(outside, strategies=options.strategies)
        await _until_stopped(_server(options, outside, inside), outside.sock, _loops(outside, inside))
        await inside.press.close()


def _server(options: argparse.Namespace, outside: Outside, inside: Inside) -> Server:
    bounds = bounds_of(options)
    app = make_app(inside.service, outside.metrics, gate=outside.gate, seconds=time.monotonic, bounds=bounds)
    return Server(app, close_streams=inside.hub.close, bounds=bounds, certificate=outside.certificate)


def _loops(outside: Outside, inside: Inside) -> Loops:
    keeping = standing.keep(
        inside.fleet,
        steering=inside.steering,
        history=outside.history,
        metrics=outside.metrics,
        now=clocks.wall,
        sleep=asyncio.sleep,
    )
    loops: Loops = {
        "the venue's mark prices": _following(outside, inside),
        "the candles": outside.candles.run(),
        "the history": inside.press.run(),
        "pings": alive.ping(inside.hub, market_now=inside.clock.now, sleep=asyncio.sleep),
        "the fleet's standing": keeping,
    }
    if outside.keys is not None:
        loops["the cluster's keys"] = outside.keys.run()
    if outside.certificate is not None:
        loops["the certificate"] = renew(outside.certificate.refresh, sleep=asyncio.sleep)
    return loops


async def _following(outside: Outside, inside: Inside) -> None:
    """The venue's markets, then its marks and all that they lead to, without end."""
    markets = await answered(outside.feed.markets, "venue_away")
    inside.service.learn(markets)
    inside.book.plans()  # who asks for ranks is known before the first of them are read
    survey = Survey(
        data=outside.feed,
        markets=markets,
        universe=inside.book.universe,
        history=outside.history,
        learn=inside.service.learn,
        waits=outside.steps is not None,
    )
    show, steps = inside.clock.show, outside.steps
    heard = follow(outside.feed.marks(), conductor=inside.conductor, show=show, steps=steps, look=survey.look)
    both = [asyncio.create_task(heard), asyncio.create_task(survey.run())]
    try:
        ended, _ = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        ended.pop().result()
    finally:
        for task in both:
            task.cancel()


async def _until_stopped(server: Server, sock: socket.socket, loops: Loops) -> None:
    """Until the server stops, or something ends that never should."""
    serving = asyncio.create_task(server.serve(sockets=[sock]))
    background = [asyncio.create_task(loop, name=name) for name, loop in loops.items()]
    await asyncio.wait({serving, *background}, return_when=asyncio.FIRST_COMPLETED)
    ended = [task for task in background if task.done()]
    for task in (*background, *([serving] if ended else [])):
        task.cancel()
    for task in ended:
        task.result()
        raise Permanent(f"{task.get_name()}: has ended")
    serving.result()
