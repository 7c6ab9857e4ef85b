"""One book's engine and the loops around it: an account has one that trades, and now and then one that only guards."""

import asyncio
from collections.abc import Awaitable, Callable, Container, Mapping
from dataclasses import dataclass

from tradepods_core.book.events import CommandGiven, Event, MarksMoved, TroublesSeen
from tradepods_core.book.facts import Fact
from tradepods_core.book.steering import Trouble
from tradepods_core.book.values import Book
from tradepods_core.market import Market
from tradepods_core.rules.requests import account_wide, carried
from tradepods_core.settings.overrides import Terms
from tradepods_core.shapes import Symbol
from tradepods_worker.bootstrap.parts import Parts, account_of
from tradepods_worker.engine.activity import Activity
from tradepods_worker.engine.desk import Desk
from tradepods_worker.engine.inbox import Inbox
from tradepods_worker.engine.protection_watch import ProtectionWatch
from tradepods_worker.engine.runtime import Runtime
from tradepods_worker.ports import Venue
from tradepods_worker.ports.ledger import BookName, Lease, Recorded
from tradepods_worker.tasks import venue as venue_task
from tradepods_worker.tasks.alarm import AlarmClock
from tradepods_worker.tasks.lookout import look_out
from tradepods_worker.tasks.markets import MarketWatch
from tradepods_worker.tasks.renewal import Renewal
from tradepods_worker.tasks.reread import Rereader

STREAM_WITHIN = 1.0  # seconds for the private stream before the account is read without it
Markets = Callable[[Book], Awaitable[Mapping[Symbol, Market]]]
Patiently = Callable[[str, Callable[[], Awaitable[None]]], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What both traders of an account share.

    Attributes:
        heard: of every recorded event's facts.
        elsewhere: the ids of signals that the other book of a name has decided.

    """

    parts: Parts
    lease: Lease
    group: asyncio.TaskGroup
    activity: Activity
    terms: Callable[[], Terms]
    heard: Callable[[tuple[Fact, ...]], None]
    elsewhere: Callable[[BookName], Container[str]]


class Trader:
    """One book, its venue, and the hand that writes it."""

    def __init__(self, name: BookName, venue: Venue, around: Around) -> None:
        parts, group = around.parts, around.group
        self.name, self.venue = name, venue
        self.inbox = Inbox(around.activity)
        self._around = around
        self._market_watch: MarketWatch | None = None
        alarm = AlarmClock(wall=parts.wall, put=self.inbox.put, group=group)
        self.rereader = Rereader(venue=venue, wall=parts.wall, put=self.inbox.put, activity=around.activity)
        self._runtime = Runtime(
            account=account_of(parts.options),
            terms=around.terms(),
            paper=name == "paper",
            ledger=parts.ledger.book(name),
            lease=around.lease,
            venue=venue,
            market=parts.market,
            wall=parts.wall,
            group=group,
            reader=self.rereader,
            wake=alarm.set,
            activity=around.activity,
            inbox=self.inbox,
            alert=parts.alert,
            heard=around.heard,
            elsewhere=lambda: around.elsewhere(name),
            current=around.terms,
            renew=Renewal(venue=venue, put=self.inbox.put, group=group, activity=around.activity).ask,
        )

    @property
    def desk(self) -> Desk:
        """Whose book it is."""
        return self._runtime.desk

    @property
    def watch(self) -> ProtectionWatch:
        """How long positions stood without a stop."""
        return self._runtime.watch

    async def begin(self, recorded: Recorded, *, markets: Markets, patiently: Patiently) -> None:
        """From the ledger's book to the first reading of the account, and the intents that an earlier run left.

        Where the venue refuses the keys it ends without a reading: the person has to be told, and is waited for.
        """
        parts, runtime, group, desk = self._around.parts, self._runtime, self._around.group, self.desk
        desk.remember(recorded)
        inherited = frozenset(desk.book.unsettled)

        async def learn() -> None:
            desk.learn(await markets(desk.book))

        await patiently("signal service", learn)
        await patiently("exchange", lambda: self.venue.prepare(desk.sight.markets))
        group.create_task(runtime.run(), name=f"{self.name} desk")
        group.create_task(self.rereader.run(book=lambda: desk.book), name=f"{self.name} reread")
        following = venue_task.follow(self.venue, inbox=self.inbox, reader=self.rereader, wall=parts.wall)
        group.create_task(following, name=f"{self.name} venue")
        group.create_task(self._inherit(inherited), name=f"{self.name} inherit")
        await self.rereader.answered.wait()
        if not self.rereader.refused_keys:
            await runtime.read.wait()
        group.create_task(look_out(desk, reader=self.rereader, wall=parts.wall), name=f"{self.name} lookout")
        self._market_watch = MarketWatch(
            lambda: markets(desk.book),
            desk=desk,
            venue=self.venue,
            reader=self.rereader,
            activity=self._around.activity,
            wall=parts.wall,
        )
        group.create_task(self._market_watch.run(), name=f"{self.name} markets")

    def put(self, event: Event) -> None:
        """An event for the desk; marks tell of symbols that are new, too."""
        if isinstance(event, MarksMoved) and self._market_watch is not None:
            self._market_watch.hear(event.marks)
        self.inbox.put(event)

    def follow(self, other: Book, *, own: Book) -> None:
        """What a person said last of the account holds in a book that is opened later, and so do its troubles."""
        said = account_wide(own, other)
        if said is not None:
            name, at = said
            self.inbox.put(CommandGiven(id=carried(name, at), name=name, by=f"a {name} of the other book"))
        shared: dict[Trouble, str] = {kind: trouble.why for kind, trouble in other.troubles.items()}
        shared.pop("UnsupportedMode", None)  # of the other book's venue alone
        if shared:
            self.inbox.put(TroublesSeen(troubles=shared))

    async def _inherit(self, identifiers: frozenset[str]) -> None:
        """After the first reading. It follows the private stream's connection, but does not depend on it."""
        try:
            async with asyncio.timeout(STREAM_WITHIN):
                await self._runtime.read.wait()
        except TimeoutError:
            self.rereader.ask("the private stream does not connect")
            await self._runtime.read.wait()
        self._runtime.inherit(identifiers)
