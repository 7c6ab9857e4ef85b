"""The only place that picks implementations: builds the service and runs it until it is told to stop."""

import argparse
import asyncio
import contextlib
import resource
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import structlog

from tradepods_core.errors import Permanent, Temporary
from tradepods_core.market import Market
from tradepods_core.shapes import Symbol
from tradepods_core.wire.cycle import Cycle
from tradepods_core.wire.fleet import venue_name
from tradepods_signals.adapters import clocks
from tradepods_signals.adapters.feed_ccxt import CcxtFeed
from tradepods_signals.adapters.history_memory import MemoryHistory
from tradepods_signals.adapters.history_sql import SqlHistory, sqlite_url
from tradepods_signals.adapters.http.app import Server, listen, make_app
from tradepods_signals.adapters.jwks import KeySet, from_file, from_url
from tradepods_signals.adapters.key_folder import KeyFolder
from tradepods_signals.adapters.service_accounts import ServiceAccountTokens, Trust
from tradepods_signals.adapters.steps_http import HttpSteps
from tradepods_signals.adapters.strategy_files import StrategyFolder
from tradepods_signals.engine.bans import Address, BanBook, OwnBan
from tradepods_signals.engine.conductor import Conductor
from tradepods_signals.engine.cooldown import Cooldowns
from tradepods_signals.engine.fleet import FleetBook
from tradepods_signals.engine.hub import Hub
from tradepods_signals.engine.press import Press
from tradepods_signals.engine.service import Service
from tradepods_signals.engine.steering import Steering
from tradepods_signals.engine.strategy_book import StrategyBook
from tradepods_signals.engine.tokens import MOST_KEYS, SHORTEST_KEY, HmacTokens, Tokens
from tradepods_signals.metrics import Metrics
from tradepods_signals.ports import Gate, History, Kept
from tradepods_signals.tasks import alive, standing
from tradepods_signals.tasks.markets import refresh
from tradepods_signals.tasks.marks import follow

ASK_AGAIN = 2.0  # seconds between questions to what is away
log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """What the service is made of that reaches out of it."""

    feed: CcxtFeed
    bans: BanBook
    steps: HttpSteps | None
    history: History
    kept: Kept
    keys: KeySet | None
    gate: Gate | None
    sock: socket.socket


async def run(options: argparse.Namespace) -> None:
    """Run the service; raises Permanent where it can't begin."""
    if not options.strategies.is_dir():
        raise Permanent(f"{options.strategies} is not a folder with strategies")
    _raise_files()
    bans = BanBook(now=clocks.wall)
    async with contextlib.AsyncExitStack() as closing:
        history = make_history(options)
        closing.push_async_callback(history.close)
        keys = _key_set(options)
        gate = make_gate(options, keys)
        sock = listen(host=options.host, port=options.port, port_file=options.port_file)
        feed = _feed(options, bans)
        closing.push_async_callback(feed.close)
        steps = HttpSteps(url=options.steps, participant=options.participant) if options.steps else None
        if steps is not None:
            closing.push_async_callback(steps.close)
        kept = await _opened(history)
        outside = Outside(
            feed=feed, bans=bans, steps=steps, history=history, kept=kept, keys=keys, gate=gate, sock=sock
        )
        await _serve(options, outside)


def make_history(options: argparse.Namespace) -> History:
    """Where published cycles, halts and switches are kept."""
    store, window = f"{int(clocks.wall().timestamp()):x}", timedelta(hours=options.history_hours)
    if options.database is not None:
        return SqlHistory(_line(options.database), store=store, window=window)
    if options.history is not None:
        return SqlHistory(sqlite_url(options.history), store=store, window=window)
    return MemoryHistory(store=store, window=window)


def make_gate(options: argparse.Namespace, keys: KeySet | None) -> Gate | None:
    """Who knows whose a token is; None where nobody is asked for one."""
    if options.no_auth:
        log.warning("no_tokens", host=options.host, note="anybody on this machine may halt trading")
        return None
    own = cluster = None
    if options.keys is not None:
        folder = KeyFolder(options.keys, most=MOST_KEYS, shortest=SHORTEST_KEY, seconds=time.monotonic)
        own = HmacTokens(keys=folder.keys, now=clocks.wall)
    if keys is not None:
        trust = Trust(
            issuer=options.issuer,
            audience=options.audience,
            prefix=options.worker_prefix,
            readers=frozenset(options.reader),
            admins=frozenset(options.admin),
        )
        cluster = ServiceAccountTokens(keys=keys, trust=trust, now=clocks.wall)
    return Tokens(own=own, cluster=cluster)


def _key_set(options: argparse.Namespace) -> KeySet | None:
    if not options.jwks:
        return None
    if options.jwks.startswith("https:"):
        return KeySet(from_url(options.jwks, ca=options.jwks_ca, token=options.jwks_token), sleep=asyncio.sleep)
    return KeySet(from_file(Path(options.jwks)), sleep=asyncio.sleep)


def _feed(options: argparse.Namespace, bans: BanBook) -> CcxtFeed:
    """Whom this service asks, and from where; accounts of the same venue behind the same address share its bans."""
    environment = "custom" if options.url else "live"
    address = Address(venue_name(exchange=options.exchange, environment=environment), options.egress)
    return CcxtFeed(
        exchange=options.exchange,
        url=options.url,
        paced=not options.steps,
        sleep=asyncio.sleep,
        now=clocks.wall,
        ban=OwnBan(bans, address),
    )


async def _serve(options: argparse.Namespace, outside: Outside) -> None:
    clock, metrics, kept, history = clocks.MarketClock(), Metrics(), outside.kept, outside.history
    hub = Hub(boot=kept.store, backlog=history)
    hub.restore(oldest=kept.oldest, recent=kept.recent, newest=kept.newest)
    press = Press(hub=hub, history=history, metrics=metrics, sleep=asyncio.sleep)
    fleet = FleetBook(now=clocks.wall, past=kept.totals)
    steering = Steering(
        hub=hub, history=history, now=clocks.wall, halt=kept.halt, switched=kept.switched, changed=fleet.touch
    )
    book = StrategyBook(source=StrategyFolder(options.strategies), switches=steering, metrics=metrics)
    conductor = Conductor(
        data=outside.feed,
        plans=book.plans,
        hub=hub,
        publish=press.cycle,
        metrics=metrics,
        sleep=asyncio.sleep,
        cooldowns=Cooldowns(Cycle.model_validate_json(cycle.body) for cycle in kept.recent),
        past=kept.newest,
    )
    service = Service(
        hub=hub,
        history=history,
        fleet=fleet,
        steering=steering,
        bans=outside.bans,
        watched=lambda: conductor.watched,
        now=clocks.wall,
        market_now=clock.now,
    )
    app = make_app(service, metrics, gate=outside.gate, seconds=time.monotonic)
    server = Server(app, close_streams=hub.close)
    background = [
        asyncio.create_task(_following(outside, service, conductor, clock), name="the venue's mark prices"),
        asyncio.create_task(press.run(), name="the history"),
        asyncio.create_task(alive.ping(hub, market_now=clock.now, sleep=asyncio.sleep), name="pings"),
        asyncio.create_task(
            standing.keep(
                fleet, steering=steering, history=history, metrics=metrics, now=clocks.wall, sleep=asyncio.sleep
            ),
            name="the fleet's standing",
        ),
    ]
    if outside.keys is not None:
        background.append(asyncio.create_task(outside.keys.run(), name="the cluster's keys"))
    await _until_stopped(server, outside.sock, background)
    await press.close()


async def _following(outside: Outside, service: Service, conductor: Conductor, clock: clocks.MarketClock) -> None:
    service.learn(await _markets(outside.feed))
    refreshing = asyncio.create_task(refresh(outside.feed.markets, learn=service.learn, sleep=asyncio.sleep))
    try:
        await follow(outside.feed.marks(), conductor=conductor, show=clock.show, steps=outside.steps)
    finally:
        refreshing.cancel()


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


async def _opened(history: History) -> Kept:
    """What it holds; asked again while its database does not answer: a halt in it must not be missed."""
    said = False
    while True:
        try:
            return await history.open()
        except Temporary as error:
            if not said:
                log.warning("history_away", error=str(error), retry_in=ASK_AGAIN)
                said = True
            await asyncio.sleep(ASK_AGAIN)


async def _until_stopped(server: Server, sock: socket.socket, background: "list[asyncio.Task[None]]") -> None:
    """Until the server stops, or something ends that never should."""
    serving = asyncio.create_task(server.serve(sockets=[sock]))
    await asyncio.wait({serving, *background}, return_when=asyncio.FIRST_COMPLETED)
    ended = [task for task in background if task.done()]
    for task in (*background, *([serving] if ended else [])):
        task.cancel()
    for task in ended:
        task.result()
        raise Permanent(f"{task.get_name()}: has ended")
    serving.result()


def _line(file: Path) -> str:
    """A secret's only line; raises Permanent that names the file, never what is in it."""
    try:
        return file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Permanent(f"can't read {file}: {type(error).__name__}") from None


def _raise_files() -> None:
    """As many open files as the system allows: each reader of the stream is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
