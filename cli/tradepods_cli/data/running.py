"""A download from its first question to the exchange to what is there in the end."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tradepods_cli.data import asked
from tradepods_cli.data.fetching import Download, Patience, Wanted
from tradepods_cli.data.kept import Kept, examine
from tradepods_cli.data.shown import Bar
from tradepods_cli.exits import say_warning
from tradepods_cli.local.signals import stop_event, unless_told
from tradepods_core.shapes import Symbol
from tradepods_core.times import Now, Timeframe
from tradepods_core.wire.fleet import ONE_EGRESS, venue_name
from tradepods_signals.adapters.feed_ccxt import CcxtFeed
from tradepods_signals.engine.bans import Address, BanBook, OwnBan
from tradepods_signals.engine.budget import Budget
from tradepods_signals.engine.turns import Turns
from tradepods_worker.adapters.clocks import WallClock

BEHIND = 0.1  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a person asks for: contracts by name, the `top` ones by volume, their candles in this period."""

    names: Sequence[str]
    top: int
    timeframes: Sequence[Timeframe]
    since: str
    until: str | None
    folder: Path
    exchange: str
    url: str


async def download(wish: Wish) -> list[Kept] | None:
    """What is there in the end; None where the person asked to stop before."""
    stop, now = stop_event(), WallClock().now
    venue = venue_name(exchange=wish.exchange, environment="custom" if wish.url else "live")
    ban = OwnBan(BanBook(now=now), Address(venue, ONE_EGRESS))
    patience = Patience(refused=lambda: _left(ban.until(), now=now), say=say_warning, sleep=asyncio.sleep)
    async with _feed(wish, ban, now=now) as feed:
        return await unless_told(stop, _fetched(wish, feed, patience))


def _left(until: datetime | None, *, now: Now) -> float:
    """Seconds until a moment, a little more for a clock that is behind; 0 where there is none."""
    return 0.0 if until is None else max((until - now()).total_seconds(), 0.0) + BEHIND


@asynccontextmanager
async def _feed(wish: Wish, ban: OwnBan, *, now: Now) -> AsyncIterator[CcxtFeed]:
    """The exchange, asked no faster than beside workers that trade from the same address."""
    feed = CcxtFeed(
        exchange=wish.exchange,
        url=wish.url,
        pace=Turns(budget=Budget(), now=now, sleep=asyncio.sleep),
        sleep=asyncio.sleep,
        now=now,
        ban=ban,
    )
    try:
        yield feed
    finally:
        await feed.close()


async def _fetched(wish: Wish, feed: CcxtFeed, patience: Patience) -> list[Kept]:
    since, until = asked.period(wish.since, wish.until, now=WallClock().now())
    spans = [asked.span(since, until, timeframe) for timeframe in wish.timeframes]
    wanted = [Wanted(symbol=symbol, span=span) for symbol in await _symbols(wish, feed, patience) for span in spans]
    bar = Bar(wanted)
    loading = Download(feed=feed, folder=wish.folder, progress=bar, patience=patience)
    with bar.progress:
        for one in wanted:
            await loading.run(one)
    return [examine(wish.folder, one.symbol, one.span.timeframe, within=one.span) for one in wanted]


async def _symbols(wish: Wish, feed: CcxtFeed, patience: Patience) -> tuple[Symbol, ...]:
    """Those that were named, then the largest ones, each once."""
    markets = await patience.ask(feed.markets)
    named = asked.symbols(wish.names, markets)
    if not wish.top:
        return named
    volumes = await patience.ask(feed.volumes)
    return tuple(dict.fromkeys((*named, *asked.largest(wish.top, volumes, markets))))
