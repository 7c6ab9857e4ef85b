"""Start, run, stop: the account is read before anything is written, and signals come last.

A dependency that is away is waited for, said once, and never a reason to end.
"""

import argparse
import asyncio
import contextlib
import functools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from tradepods_core.settings.account import AccountSpec
from tradepods_worker.adapters import ending_file, probe
from tradepods_worker.adapters.clocks import FollowedClock
from tradepods_worker.adapters.settings_file import SettingsFile
from tradepods_worker.adapters.steps_http import HttpSteps
from tradepods_worker.bootstrap.account import Account
from tradepods_worker.bootstrap.garbage import keep_what_is_here
from tradepods_worker.bootstrap.parts import (
    Parts,
    address_of,
    make_commands,
    make_messenger,
    make_parts,
)
from tradepods_worker.bootstrap.taking import taken
from tradepods_worker.metrics import figures
from tradepods_worker.ports import FeedEvent
from tradepods_worker.ports.ledger import Lease
from tradepods_worker.tasks import ending as ending_task
from tradepods_worker.tasks import feed as feed_task
from tradepods_worker.tasks import lease as lease_task
from tradepods_worker.tasks import settings as settings_task
from tradepods_worker.tasks.commands import Commands
from tradepods_worker.tasks.equity import EquitySeries
from tradepods_worker.tasks.heartbeat import Reporter
from tradepods_worker.tasks.outages import Outages
from tradepods_worker.tasks.outbox import Outbox
from tradepods_worker.tasks.stand_in import StandIn
from tradepods_worker.tasks.steps import StepKeeper
from tradepods_worker.tasks.troubles import Watchman

SPEAKS_AFTER = 10.0  # seconds of a start that does not come to its end
LAST_WORDS = 10.0  # seconds for what is under way once the worker is told to stop
log = structlog.get_logger()


class _Told(Exception):
    """The worker was told to stop."""


async def run(options: argparse.Namespace, settings: AccountSpec, *, stop: asyncio.Event) -> None:
    """Run until `stop` is set; raises TradepodsError where the worker can't go on."""
    parts = make_parts(options, settings)
    try:
        async with _probed(parts):
            await _serve(parts, await taken(parts, stop), stop)
    except* _Told:
        log.info("stopped")
    finally:
        await parts.feed.close()
        await parts.ledger.close()


def _probed(parts: Parts) -> contextlib.AbstractAsyncContextManager[object]:
    """Nobody asks a worker how it is, unless it is told where to answer."""
    health, port = parts.health, parts.options.probe_port
    if not port:
        return contextlib.nullcontext()
    return probe.serving(port=port, readiness=health.missing, figures=lambda: figures(health.heartbeat()))


async def _serve(parts: Parts, lease: Lease | None, stop: asyncio.Event) -> None:
    if lease is None:
        raise _Told
    async with asyncio.TaskGroup() as group:
        worker = Worker(parts, lease, group)
        try:
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
        finally:
            await worker.account.close()


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
    """One account and the doors of its worker."""

    def __init__(self, parts: Parts, lease: Lease, group: asyncio.TaskGroup) -> None:
        self._parts, self._group, self._lease = parts, group, lease
        self.account = Account(parts, lease, group)
        self._closing = contextlib.AsyncExitStack()
        self._report_due = asyncio.Event()
        self._outbox: Outbox | None = None
        self._chat: Chat | None = None

    async def begin(self) -> None:
        """From the ledger to the first reading of the exchange: what is open is protected before any door opens."""
        parts = self._parts
        keeping = lease_task.keep(parts.ledger, self._lease, wall=parts.wall, held=parts.health.held)
        self._group.create_task(keeping, name="lease")
        parts.health.begins(lambda: self.account.waits)
        late = self._group.create_task(self._speak_late(), name="late words")
        await self.account.begin()
        keep_what_is_here()
        await ended(late)
        source = SettingsFile(self._parts.options.settings)
        account, wall = self.account, self._parts.wall
        following = settings_task.follow(source, wall=wall, took=self._take, refused=self._refuse)
        self._group.create_task(following, name="settings")
        asked = functools.partial(ending_file.flattens, self._parts.options.settings.with_name(ending_file.NAME))
        self._group.create_task(ending_task.follow(asked, desks=account.desks, put=account.put, wall=wall), name="end")

    def _take(self, spec: AccountSpec) -> None:
        self.account.take(spec)
        self._report_due.set()

    def _refuse(self, why: str) -> None:
        self.account.refuse(why)
        self._report_due.set()

    async def _speak_late(self) -> None:
        """A start that has to wait for the exchange or the service is told."""
        await self._parts.wall.sleep(SPEAKS_AFTER)
        self._speak()

    def _speak(self) -> Outbox:
        """The person's messages."""
        if self._outbox is not None:
            return self._outbox
        parts, account = self._parts, self.account
        messenger = make_messenger(parts, terms=account.terms)
        self._closing.push_async_callback(messenger.close)
        outbox = self._outbox = Outbox(ledger=parts.ledger, messenger=messenger, wall=parts.wall, alert=parts.alert)
        outages = Outages(
            books=account.books,
            waits=lambda: account.waits,
            alert=parts.alert,
            market=parts.market,
            wall=parts.wall,
        )
        self._group.create_task(outbox.run(), name="outbox")
        self._group.create_task(outages.run(), name="outages")
        return outbox

    async def open_doors(self) -> None:
        """The person's messages, the heartbeat, and at last the signals."""
        parts, group, account = self._parts, self._group, self.account
        outbox = self._speak()
        self._watchman = Watchman(
            desks=account.desks,
            clock_off=account.clock_off,
            put=account.put,
            market=parts.market,
            wall=parts.wall,
        )
        self._reporter = Reporter(
            feed=parts.feed,
            address=address_of(parts.options, parts.settings),
            outbox=outbox,
            market=parts.market,
            trading=account.trading,
            guarding=account.guarding,
            status=account.status,
            halted=self._watchman.halted,
            due=self._report_due,
        )
        parts.health.serves(account.is_read, heartbeat=lambda: self._reporter.last)
        group.create_task(self._watchman.run(), name="watchman")
        self._stand_in = StandIn(
            books=account.books,
            silent=self._watchman.silent,
            put=account.put,
            moved=account.moved,
            show=self._show(),
            wall=parts.wall,
        )
        if not parts.options.steps:  # in a replay's step the market stands still until the service has spoken
            group.create_task(self._stand_in.run(), name="stand-in")
        series = EquitySeries(desks=account.desks, ledger=parts.ledger, market=parts.market, wall=parts.wall)
        group.create_task(series.run(), name="equity")
        group.create_task(self._reporter.run(wall=parts.wall, every=parts.options.heartbeat), name="heartbeat")
        self._listen(outbox)
        self._following = group.create_task(self._follow(), name="feed")

    def _listen(self, outbox: Outbox) -> None:
        """To the person, by the account's bot."""
        look = self.account.viewer(waiting=lambda: outbox.waiting)
        account = self.account
        made = make_commands(self._parts, look=look, put=account.put, past=account.past, reread=account.reread)
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
                await self.account.activity.idle()
                await self._speak().deliver()
                await self._reporter.report()
                if self._chat is not None:
                    await self._chat.commands.speaker.silent()
        if self._chat is not None:
            await ended(self._chat.speaking)
        await self._closing.aclose()

    async def _follow(self) -> None:
        """Listen to the service; in a replay, take part in its steps."""
        parts, account, keeper = self._parts, self.account, None
        if parts.options.steps:
            name = f"{parts.options.namespace}/{parts.options.name}"
            steps = HttpSteps(url=parts.options.steps, participant=name)
            self._closing.push_async_callback(steps.close)
            keeper = StepKeeper(steps=steps, venue=account, activity=account.activity)
            self._group.create_task(keeper.run(), name="steps")
            await account.patiently("replay", steps.join)
        await feed_task.follow(
            parts.feed,
            put=account.put,
            show=self._show(),
            moved=account.moved,
            stepped=None if keeper is None else keeper.arrived,
            heard=self._heard,
        )

    def _show(self) -> Callable[[datetime], None] | None:
        """Who is told what market time it is, where that is not the wall's."""
        market = self._parts.market
        return market.show if isinstance(market, FollowedClock) else None

    def _heard(self, event: FeedEvent) -> None:
        """The service has said something."""
        self._watchman.heard(event)
        self._stand_in.heard(event)
