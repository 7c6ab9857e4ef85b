"""The only place that picks implementations: builds the service and runs it until it is told to stop."""

import argparse
import asyncio
import socket
from collections.abc import Mapping
from datetime import datetime

import structlog

from tradepods_core.errors import Permanent, Temporary
from tradepods_core.market import Market
from tradepods_core.shapes import Symbol
from tradepods_core.strategy.model import Strategy
from tradepods_core.wire.fleet import venue_name
from tradepods_signals.adapters import clocks, strategy_files
from tradepods_signals.adapters.feed_ccxt import CcxtFeed
from tradepods_signals.adapters.http.app import Server, listen, make_app
from tradepods_signals.adapters.steps_http import HttpSteps
from tradepods_signals.engine.bans import Address, BanBook, OwnBan
from tradepods_signals.engine.conductor import Conductor
from tradepods_signals.engine.fleet import FleetBook
from tradepods_signals.engine.hub import Hub
from tradepods_signals.engine.plan import make_plan
from tradepods_signals.engine.service import Service
from tradepods_signals.metrics import Metrics
from tradepods_signals.tasks.markets import refresh
from tradepods_signals.tasks.marks import follow

ASK_AGAIN = 2.0  # seconds between questions to a venue that is away
log = structlog.get_logger()


async def run(options: argparse.Namespace) -> None:
    """Run the service; raises Invalid for strategies, Permanent where it can't begin."""
    strategies = strategy_files.load(options.strategies)
    if not any(strategy.spec.enabled for strategy in strategies):
        raise Permanent(f"{options.strategies} holds no enabled strategy")
    sock = listen(host=options.host, port=options.port, port_file=options.port_file)
    bans = BanBook(now=clocks.wall)
    feed = CcxtFeed(
        exchange=options.exchange,
        url=options.url,
        paced=not options.steps,
        sleep=asyncio.sleep,
        now=clocks.wall,
        ban=OwnBan(bans, _address(options)),
    )
    steps = HttpSteps(url=options.steps, participant=options.participant) if options.steps else None
    try:
        await _serve(strategies, feed=feed, bans=bans, steps=steps, sock=sock)
    finally:
        await feed.close()
        if steps is not None:
            await steps.close()


def _address(options: argparse.Namespace) -> Address:
    """Whom this service asks, and from where; accounts of the same venue behind the same address share its bans."""
    environment = "custom" if options.url else "live"
    return Address(venue_name(exchange=options.exchange, environment=environment), options.egress)


async def _serve(
    strategies: list[Strategy], *, feed: CcxtFeed, bans: BanBook, steps: HttpSteps | None, sock: socket.socket
) -> None:
    clock, metrics = clocks.MarketClock(), Metrics()
    hub = Hub(boot=_boot(clocks.wall()))
    conductor = Conductor(data=feed, plans=make_plan(strategies), hub=hub, metrics=metrics, sleep=asyncio.sleep)
    service = Service(
        hub=hub,
        fleet=FleetBook(now=clocks.wall),
        bans=bans,
        strategies=strategies,
        watched=conductor.watched,
        now=clocks.wall,
        market_now=clock.now,
    )
    server = Server(make_app(service, metrics), close_streams=hub.close)

    async def following() -> None:
        service.learn(await _markets(feed))
        refreshing = asyncio.create_task(refresh(feed.markets, learn=service.learn, sleep=asyncio.sleep))
        try:
            await follow(feed.marks(), conductor=conductor, show=clock.show, steps=steps)
        finally:
            refreshing.cancel()

    await _either(asyncio.create_task(following()), asyncio.create_task(server.serve(sockets=[sock])))


async def _markets(feed: CcxtFeed) -> Mapping[Symbol, Market]:
    """The venue's markets; asked again, and said once, while it does not answer."""
    said = False
    while True:
        try:
            return await feed.markets()
        except Temporary as error:
            if not said:
                log.warning("venue_away", error=str(error), retry_in=ASK_AGAIN)
                said = True
            await asyncio.sleep(ASK_AGAIN)


def _boot(now: datetime) -> str:
    return f"{int(now.timestamp()):x}"


async def _either(following: "asyncio.Task[None]", serving: "asyncio.Task[None]") -> None:
    """Until the server stops, or the marks fail for good."""
    await asyncio.wait({following, serving}, return_when=asyncio.FIRST_COMPLETED)
    if following.done():
        serving.cancel()
        following.result()
        raise Permanent("the venue's stream of mark prices has ended")
    following.cancel()
    serving.result()
