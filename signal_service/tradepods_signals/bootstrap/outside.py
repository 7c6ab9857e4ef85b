"""What the service is made of that reaches out of it: venue, disk, tokens, port."""

import argparse
import asyncio
import socket
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta

from tradepods_core.wire.fleet import venue_name
from tradepods_signals.adapters import clocks
from tradepods_signals.adapters.candle_folder import CandleFolder
from tradepods_signals.adapters.feed_ccxt import CcxtFeed
from tradepods_signals.adapters.history_memory import MemoryHistory
from tradepods_signals.adapters.history_sql import SqlHistory, sqlite_url
from tradepods_signals.adapters.http.app import listen
from tradepods_signals.adapters.http.tls import Certificate
from tradepods_signals.adapters.jwks import KeySet
from tradepods_signals.adapters.steps_http import HttpSteps
from tradepods_signals.bootstrap.gate import make_gate, make_key_set
from tradepods_signals.bootstrap.waiting import answered, line_of
from tradepods_signals.engine.bans import Address, BanBook, OwnBan
from tradepods_signals.engine.budget import Budget
from tradepods_signals.engine.turns import Turns
from tradepods_signals.metrics import Metrics
from tradepods_signals.ports.callers import Gate
from tradepods_signals.ports.history import History, Kept
from tradepods_signals.tasks.candles import Candles


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """All of it, and what an earlier run has left in the history."""

    venue: str
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


async def open_outside(options: argparse.Namespace, closing: AsyncExitStack) -> Outside:
    """Open all of it, to be let go of by `closing`; raises Permanent where something can't serve."""
    bans, metrics = BanBook(now=clocks.wall), Metrics()
    history = make_history(options)
    closing.push_async_callback(history.close)
    keys = make_key_set(options)
    gate = make_gate(options, keys)
    certificate = Certificate(cert=options.tls_cert, key=options.tls_key) if options.tls_cert else None
    sock = listen(host=options.host, port=options.port, port_file=options.port_file)
    feed = _feed(options, bans, metrics)
    closing.push_async_callback(feed.close)
    candles = _candles(options, feed, metrics)
    closing.push_async_callback(candles.close)
    return Outside(
        venue=_venue(options),
        feed=feed,
        candles=candles,
        metrics=metrics,
        bans=bans,
        steps=_steps(options, closing),
        history=history,
        kept=await answered(history.open, "history_away"),  # a halt in it must not be missed
        keys=keys,
        gate=gate,
        certificate=certificate,
        sock=sock,
    )


def make_history(options: argparse.Namespace) -> History:
    """Where published cycles, halts and switches are kept."""
    store, window = f"{int(clocks.wall().timestamp()):x}", timedelta(hours=options.history_hours)
    if options.database is not None:
        return SqlHistory(line_of(options.database), store=store, window=window)
    if options.history is not None:
        return SqlHistory(sqlite_url(options.history), store=store, window=window)
    return MemoryHistory(store=store, window=window)


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


def _candles(options: argparse.Namespace, feed: CcxtFeed, metrics: Metrics) -> Candles:
    """By stream or by request, kept on disk or not; a replay's steps are the same with and without a stream."""
    streamed = options.candles == "stream" or (options.candles == "auto" and not options.steps)
    shelf = None if options.candles_dir is None else CandleFolder(options.candles_dir)
    open_stream = feed.candle_stream if streamed else None
    return Candles(data=feed, metrics=metrics, sleep=asyncio.sleep, open_stream=open_stream, shelf=shelf)


def _steps(options: argparse.Namespace, closing: AsyncExitStack) -> HttpSteps | None:
    if not options.steps:
        return None
    steps = HttpSteps(url=options.steps, participant=options.participant)
    closing.push_async_callback(steps.close)
    return steps
