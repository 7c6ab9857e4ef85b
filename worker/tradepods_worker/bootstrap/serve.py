"""Start, run, stop: the account is read before anything is written, and signals come last.

A dependency that is away is waited for, said once, and never a reason to end.
"""

import argparse
import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import structlog

from tradepods_core.book.values import Book
from tradepods_core.errors import Temporary
from tradepods_core.market import Market
from tradepods_core.settings.account import AccountSpec
from tradepods_core.shapes import Symbol
from tradepods_worker.adapters.clocks import FollowedClock
from tradepods_worker.adapters.market_cache import MarketCache
from tradepods_worker.adapters.steps_http import HttpSteps
from tradepods_worker.adapters.venues.paper import PaperVenue
from tradepods_worker.bootstrap.parts import (
    Parts,
    account_of,
    address_of,
    holder,
    make_commands,
    make_messenger,
    make_parts,
    owner_of,
    settings_hash,
)
from tradepods_worker.engine.activity import Activity
from tradepods_worker.engine.inbox import Inbox
from tradepods_worker.engine.runtime import Runtime
from tradepods_worker.ports.ledger import Lease
from tradepods_worker.tasks import feed as feed_task
from tradepods_worker.tasks import venue as venue_task
from tradepods_worker.tasks.alarm import AlarmClock
from tradepods_worker.tasks.commands import Commands
from tradepods_worker.tasks.heartbeat import Reporter
from tradepods_worker.tasks.lookout import look_out
from tradepods_worker.tasks.markets import refresh
from tradepods_worker.tasks.outbox import Outbox
from tradepods_worker.tasks.reread import Rereader
from tradepods_worker.tasks.steps import StepKeeper
from tradepods_worker.tasks.view import viewer

Result = TypeVar("Result")
LAST_WORDS = 10.0  # seconds for what is under way once the worker is told to stop
STREAM_WITHIN = 1.0  # seconds for the private stream before the account is read without it
ASK_AGAIN = 0.5  # seconds between questions to a dependency that is away
log = structlog.get_logger()


class _Told(Exception):
    """The worker was told to stop."""


async def run(options: argparse.Namespace, settings: AccountSpec, *, stop: asyncio.Event) -> None:
    """Run until `stop` is set; raises TradepodsError where the worker can't go on."""
    parts = make_parts(options, settings)
    try:
        lease = await parts.ledger.acquire(owner=owner_of(options, settings), holder=holder(), now=parts.wall.now())
        await _serve(parts, lease, stop)
    except* _Told:
        log.info("stopped")
    finally:
        await parts.venue.close()
        await parts.feed.close()
        await parts.ledger.close()


async def _serve(parts: Parts, lease: Lease, stop: asyncio.Event) -> None:
    async with asyncio.TaskGroup() as group:
        worker = Worker(parts, lease, group)
        beginning = group.create_task(worker.begin(), name="begin")
        told = asyncio.create_task(stop.wait())
        await asyncio.wait({beginning, told}, return_when=asyncio.FIRST_COMPLETED)
        if not stop.is_set():
            beginning.result()
            await worker.open_doors()
            await told
            await worker.end()
        told.cancel()
        raise _Told


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """The two loops of the account's bot: one hears, one answers."""

    commands: Commands
    listening: asyncio.Task[None]
    speaking: asyncio.Task[None]


async def ended(task: asyncio.Task[None]) -> None:
    """Cancel a task, and wait until it has let go of what it uses."""
    task.cancel()
    await asyncio.wait({task})


class Worker:
    """One account's engine and the loops around it."""

    def __init__(self, parts: Parts, lease: Lease, group: asyncio.TaskGroup) -> None:
        self._parts, self._group = parts, group
        self._activity = Activity()
        inbox = Inbox(self._activity)
        alarm = AlarmClock(wall=parts.wall, put=inbox.put, group=group)
        self._rereader = Rereader(venue=parts.venue, wall=parts.wall, put=inbox.put, activity=self._activity)
        self._runtime = Runtime(
            account=account_of(parts.options),
            settings=parts.settings,
            ledger=parts.ledger,
            lease=lease,
            venue=parts.venue,
            market=parts.market,
            wall=parts.wall,
            group=group,
            reader=self._rereader,
            wake=alarm.set,
            activity=self._activity,
            inbox=inbox,
        )
        self._closing = contextlib.AsyncExitStack()
        self._chat: Chat | None = None

    async def begin(self) -> None:
        """From the ledger's book to the first reading of the account, and the intents that an earlier run left."""
        parts, runtime, group = self._parts, self._runtime, self._group
        desk = runtime.desk
        desk.remember(await parts.ledger.load())
        inherited = frozenset(desk.book.unsettled)
        markets = await self._patiently("signal service", lambda: self._markets(desk.book))
        desk.learn(markets)
        await self._patiently("exchange", lambda: parts.venue.prepare(markets))
        group.create_task(runtime.run(), name="desk")
        group.create_task(self._rereader.run(book=lambda: desk.book), name="reread")
        following = venue_task.follow(parts.venue, inbox=runtime.inbox, reader=self._rereader, wall=parts.wall)
        group.create_task(following, name="venue")
        await self._read()
        runtime.inherit(inherited)
        group.create_task(look_out(desk, reader=self._rereader, wall=parts.wall), name="lookout")
        refreshing = refresh(lambda: self._markets(desk.book), desk=desk, venue=parts.venue, wall=parts.wall)
        group.create_task(refreshing, name="markets")

    async def _read(self) -> None:
        """Wait for the first reading: it follows the private stream's connection, but does not depend on it."""
        try:
            async with asyncio.timeout(STREAM_WITHIN):
                await self._runtime.read.wait()
        except TimeoutError:
            self._rereader.ask("the private stream does not connect")
            await self._runtime.read.wait()

    async def open_doors(self) -> None:
        """The person's messages, the heartbeat, and at last the signals."""
        parts, group = self._parts, self._group
        messenger = make_messenger(parts)
        self._closing.push_async_callback(messenger.close)
        self._outbox = Outbox(ledger=parts.ledger, messenger=messenger, wall=parts.wall)
        self._reporter = Reporter(
            feed=parts.feed,
            venue=parts.venue,
            address=address_of(parts.options, parts.settings),
            desk=self._runtime.desk,
            outbox=self._outbox,
            rereader=self._rereader,
            watch=self._runtime.watch,
            market=parts.market,
            settings_hash=settings_hash(parts.settings),
        )
        group.create_task(self._outbox.run(), name="outbox")
        group.create_task(self._reporter.run(wall=parts.wall, every=parts.options.heartbeat), name="heartbeat")
        self._listen()
        self._following = group.create_task(self._follow(), name="feed")

    def _listen(self) -> None:
        """To the person, by the account's bot."""
        parts, runtime = self._parts, self._runtime
        look = viewer(
            account=parts.options.name,
            desk=runtime.desk,
            market=parts.market,
            last_error=lambda: self._rereader.last_error,
            waiting=lambda: self._outbox.waiting,
        )
        made = make_commands(parts, look=look, put=runtime.inbox.put)
        if made is not None:
            commands, line = made
            self._closing.push_async_callback(line.close)
            self._chat = Chat(
                commands=commands,
                listening=self._group.create_task(commands.run(), name="commands"),
                speaking=self._group.create_task(commands.speaker.run(), name="speaker"),
            )

    async def end(self) -> None:
        """Open nothing more, finish what is under way, tell what is owed, report; all within a bounded time."""
        self._following.cancel()
        if self._chat is not None:
            await ended(self._chat.listening)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS):
                await self._activity.idle()
                await self._outbox.deliver()
                await self._reporter.report()
                if self._chat is not None:
                    await self._chat.commands.speaker.silent()
        if self._chat is not None:
            await ended(self._chat.speaking)
        await self._closing.aclose()

    async def _follow(self) -> None:
        """Listen to the service; in a replay, take part in its steps."""
        parts, keeper = self._parts, None
        if parts.options.steps:
            name = f"{parts.options.namespace}/{parts.options.name}"
            steps = HttpSteps(url=parts.options.steps, participant=name)
            self._closing.push_async_callback(steps.close)
            keeper = StepKeeper(steps=steps, venue=parts.venue, activity=self._activity)
            self._group.create_task(keeper.run(), name="steps")
            await self._patiently("replay", steps.join)
        await feed_task.follow(
            parts.feed,
            inbox=self._runtime.inbox,
            show=parts.market.show if isinstance(parts.market, FollowedClock) else None,
            moved=parts.venue.moved if isinstance(parts.venue, PaperVenue) else None,
            stepped=None if keeper is None else keeper.arrived,
        )

    async def _markets(self, book: Book) -> Mapping[Symbol, Market]:
        """From the service; from the last run's copy where it is away, for a position may need its stop."""
        cache = MarketCache(self._parts.options.state / "markets.json")
        held = sorted({leg.symbol for leg in book.positions} | {o.intent.leg.symbol for o in book.orders.values()})
        try:
            found = await self._parts.feed.markets(also=held)
        except Temporary:
            kept = cache.load()
            if not kept:
                raise
            return kept
        return cache.keep(found, held=held)

    async def _patiently(self, what: str, ask: Callable[[], Awaitable[Result]]) -> Result:
        """Ask until there is an answer; say once that there is none."""
        said = False
        while True:
            try:
                return await ask()
            except Temporary as error:
                if not said:
                    log.warning("waiting", what=what, error=str(error), retry_in=ASK_AGAIN)
                    said = True
                await self._parts.wall.sleep(ASK_AGAIN)
