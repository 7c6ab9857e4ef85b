"""The only place that picks implementations: builds the service and runs it until it is told to stop."""

import argparse
import asyncio
import contextlib
import functools
import socket
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import structlog

from tradepods_core.errors import Permanent, Temporary
from tradepods_core.wire.cycle import Cycle
from tradepods_core.wire.fleet import venue_name
from tradepods_signals.adapters import clocks
from tradepods_signals.adapters.candle_folder import CandleFolder
from tradepods_signals.adapters.feed_ccxt import CcxtFeed
from tradepods_signals.adapters.history_memory import MemoryHistory
from tradepods_signals.adapters.history_sql import SqlHistory, sqlite_url
from tradepods_signals.adapters.http.app import Server, listen, make_app
from tradepods_signals.adapters.http.tls import Certificate
from tradepods_signals.adapters.jwks import KeySet, from_file, from_url
from tradepods_signals.adapters.key_folder import KeyFolder
from tradepods_signals.adapters.service_accounts import ServiceAccountTokens, Trust, issuer_of
from tradepods_signals.adapters.steps_http import HttpSteps
from tradepods_signals.adapters.strategy_files import StrategyFolder
from tradepods_signals.config import bounds_of
from tradepods_signals.engine.bans import Address, BanBook, OwnBan
from tradepods_signals.engine.budget import Budget
from tradepods_signals.engine.conductor import Conductor
from tradepods_signals.engine.cooldown import Cooldowns
from tradepods_signals.engine.fleet import FleetBook
from tradepods_signals.engine.hub import Hub
from tradepods_signals.engine.press import Press
from tradepods_signals.engine.service import Service
from tradepods_signals.engine.steering import Steering
from tradepods_signals.engine.strategy_book import StrategyBook
from tradepods_signals.engine.tokens import MOST_KEYS, SHORTEST_KEY, HmacTokens, Tokens
from tradepods_signals.engine.turns import Turns
from tradepods_signals.engine.universe import UniverseBook
from tradepods_signals.metrics import Metrics
from tradepods_signals.ports import Gate, History, Kept
from tradepods_signals.tasks import alive, standing
from tradepods_signals.tasks.candles import Candles
from tradepods_signals.tasks.marks import follow
from tradepods_signals.tasks.renewal import renew
from tradepods_signals.tasks.universe import Survey

Answer = TypeVar("Answer")
ASK_AGAIN = 2.0  # seconds between questions to what is away
log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """What the service is made of that reaches out of it."""

    feed: CcxtFeed
    candles: Candles
    metrics: Metrics
    bans: BanBook
    steps: HttpSteps | None
    history: History
    kept: Kept
    keys: KeySet | None
    gate: Gate | None
    certificate: Certificate | None
    sock: socket.socket


async def run(options: argparse.Namespace) -> None:
    """Run the service; raises Permanent where it can't begin."""
    if not options.strategies.is_dir():
        raise Permanent(f"{options.strategies} is not a folder with strategies")
    bans, metrics = BanBook(now=clocks.wall), Metrics()
    async with contextlib.AsyncExitStack() as closing:
        history = make_history(options)
        closing.push_async_callback(history.close)
        keys = _key_set(options)
        gate = make_gate(options, keys)
        certificate = Certificate(cert=options.tls_cert, key=options.tls_key) if options.tls_cert else None
        sock = listen(host=options.host, port=options.port, port_file=options.port_file)
        feed = _feed(options, bans, metrics)
        closing.push_async_callback(feed.close)
        candles = _candles(options, feed, metrics)
        closing.push_async_callback(candles.close)
        steps = _steps(options, closing)
        kept = await _answered(history.open, "history_away")  # a halt in it must not be missed
        outside = Outside(
            feed=feed,
            candles=candles,
            metrics=metrics,
            bans=bans,
            steps=steps,
            history=history,
            kept=kept,
            keys=keys,
            gate=gate,
            certificate=certificate,
            sock=sock,
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
            issuer=options.issuer or issuer_of(_line(options.jwks_token)),
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


def _venue(options: argparse.Namespace) -> str:
    """Whom this service reads, as accounts that trade there name it."""
    return venue_name(exchange=options.exchange, environment="custom" if options.url else "live")


def _feed(options: argparse.Namespace, bans: BanBook, metrics: Metrics) -> CcxtFeed:
    """Whom this service asks, and from where; accounts of the same venue behind the same address share its bans."""
    budget = Budget()
    metrics.pace.follow(used=lambda: budget.used(clocks.wall()), limit=lambda: budget.limit, pace=lambda: budget.pace)
    return CcxtFeed(
        exchange=options.exchange,
        url=options.url,
        pace=None if options.steps else Turns(budget=budget, now=clocks.wall, sleep=asyncio.sleep),
        sleep=asyncio.sleep,
        now=clocks.wall,
        ban=OwnBan(bans, Address(_venue(options), options.egress)),
    )


def _strategies(options: argparse.Namespace, outside: Outside, steering: Steering, fleet: FleetBook) -> StrategyBook:
    """What is in the folder, and which symbols it looks at. Who holds what is not known step by step."""
    held = None if options.steps else functools.partial(fleet.held, _venue(options))
    universe = UniverseBook(held=held, past=outside.kept.universe)
    folder, metrics = StrategyFolder(options.strategies), outside.metrics
    return StrategyBook(source=folder, switches=steering, metrics=metrics, universe=universe)


def _candles(options: argparse.Namespace, feed: CcxtFeed, metrics: Metrics) -> Candles:
    """By stream or by request, kept on disk or not; a replay's steps are the same with and without a stream."""
    streamed = options.candles == "stream" or (options.candles == "auto" and not options.steps)
    shelf = None if options.candles_dir is None else CandleFolder(options.candles_dir)
    open_stream = feed.candle_stream if streamed else None
    return Candles(data=feed, metrics=metrics, sleep=asyncio.sleep, open_stream=open_stream, shelf=shelf)


def _steps(options: argparse.Namespace, closing: contextlib.AsyncExitStack) -> HttpSteps | None:
    if not options.steps:
        return None
    steps = HttpSteps(url=options.steps, participant=options.participant)
    closing.push_async_callback(steps.close)
    return steps


async def _serve(options: argparse.Namespace, outside: Outside) -> None:
    clock, metrics, kept, history = clocks.MarketClock(), outside.metrics, outside.kept, outside.history
    hub = Hub(boot=kept.store, backlog=history)
    hub.restore(oldest=kept.oldest, recent=kept.recent, newest=kept.newest)
    press = Press(hub=hub, history=history, metrics=metrics, sleep=asyncio.sleep)
    fleet = FleetBook(now=clocks.wall, past=kept.totals)
    steering = Steering(
        hub=hub, history=history, now=clocks.wall, halt=kept.halt, switched=kept.switched, changed=fleet.touch
    )
    book = _strategies(options, outside, steering, fleet)
    conductor = Conductor(
        candles=outside.candles.store,
        plans=book.plans,
        also=lambda: book.universe.watched,
        hub=hub,
        publish=press.cycle,
        metrics=metrics,
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
    bounds, certificate = bounds_of(options), outside.certificate
    app = make_app(service, metrics, gate=outside.gate, seconds=time.monotonic, bounds=bounds)
    server = Server(app, close_streams=hub.close, bounds=bounds, certificate=certificate)
    background = [
        asyncio.create_task(_following(outside, service, book, conductor, clock), name="the venue's mark prices"),
        asyncio.create_task(outside.candles.run(), name="the candles"),
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
    if certificate is not None:
        background.append(asyncio.create_task(renew(certificate.refresh, sleep=asyncio.sleep), name="the certificate"))
    await _until_stopped(server, outside.sock, background)
    await press.close()


async def _following(
    outside: Outside, service: Service, book: StrategyBook, conductor: Conductor, clock: clocks.MarketClock
) -> None:
    markets = await _answered(outside.feed.markets, "venue_away")
    service.learn(markets)
    book.plans()  # who asks for ranks is known before the first of them are read
    survey = Survey(
        data=outside.feed,
        markets=markets,
        universe=book.universe,
        history=outside.history,
        learn=service.learn,
        waits=outside.steps is not None,
    )
    heard = follow(outside.feed.marks(), conductor=conductor, show=clock.show, steps=outside.steps, look=survey.look)
    both = [asyncio.create_task(heard), asyncio.create_task(survey.run())]
    try:
        ended, _ = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        ended.pop().result()
    finally:
        for task in both:
            task.cancel()


async def _answered(ask: Callable[[], Awaitable[Answer]], event: str) -> Answer:
    """What somebody says; asked again, and `event` said once, while there is no answer."""
    said = False
    while True:
        try:
            return await ask()
        except Temporary as error:
            if not said:
                log.warning(event, error=str(error), retry_in=ASK_AGAIN)
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
