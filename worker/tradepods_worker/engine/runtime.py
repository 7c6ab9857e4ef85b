"""The engine of one worker put together: inbox, desk, lanes, courier, and the loop that feeds the desk."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Container, Iterable, Sequence
from datetime import datetime
from uuid import UUID

import structlog

from tradepods_core.book.events import AccountRead, IntentSettled
from tradepods_core.book.facts import Fact, SignalDecided
from tradepods_core.book.intents import Intent, Preparation, Rejected
from tradepods_core.book.values import Book
from tradepods_core.errors import TradepodsError
from tradepods_core.market import Market
from tradepods_core.settings.overrides import Terms
from tradepods_worker.engine.activity import Activity
from tradepods_worker.engine.alert import Alert
from tradepods_worker.engine.courier import Courier, is_over
from tradepods_worker.engine.desk import Desk
from tradepods_worker.engine.inbox import Inbox
from tradepods_worker.engine.lanes import TaskLanes
from tradepods_worker.engine.protection_watch import ProtectionWatch
from tradepods_worker.ports import Clock, Reader, Venue
from tradepods_worker.ports.ledger import BookLedger, Lease

LET_OUT_WITHIN = 3.0  # seconds
log = structlog.get_logger()


class Runtime:
    """One account's engine. `read` is set once the account has been read for the first time."""

    def __init__(
        self,
        *,
        account: UUID,
        terms: Terms,
        paper: bool,
        ledger: BookLedger,
        lease: Lease,
        venue: Venue,
        market: Clock,
        wall: Clock,
        group: asyncio.TaskGroup,
        reader: Reader,
        wake: Callable[[datetime | None], None],
        activity: Activity,
        inbox: Inbox,
        alert: Alert,
        heard: Callable[[tuple[Fact, ...]], None] = lambda _: None,
        elsewhere: Callable[[], Container[str]] = tuple,
        current: Callable[[], Terms] | None = None,
        renew: Callable[[Sequence[Market]], None] = lambda _: None,
    ) -> None:
        self.inbox = inbox
        self.watch = ProtectionWatch()
        self.read = asyncio.Event()
        self._courier = Courier(
            venue=venue,
            wall=wall,
            put=inbox.put,
            fence=lambda at: ledger.held(lease, at=at),
            over=lambda identifier: is_over(self.desk.book, identifier),
        )
        self._wall, self._heard = wall, heard
        self._inherited: frozenset[str] = frozenset()
        self._lanes = TaskLanes(perform=self._perform, group=group, activity=activity)
        self.desk = Desk(
            account=account,
            terms=terms,
            paper=paper,
            ledger=ledger,
            lease=lease,
            lanes=self._lanes,
            market=market,
            wall=wall,
            reader=reader,
            wake=wake,
            observe=self._observe,
            alert=alert,
            elsewhere=elsewhere,
            current=current,
            renew=renew,
        )

    async def run(self) -> None:
        """Hand every event to the desk, without end."""
        while True:
            event = await self.inbox.get()
            try:
                await self.desk.handle(event)
            except TradepodsError:
                await self._let_out()
                raise
            if isinstance(event, AccountRead):
                self.read.set()
            self.inbox.done()

    async def _let_out(self) -> None:
        """A ledger that fails ends the worker, but not before the stops committed beforehand are out."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LET_OUT_WITHIN):
                await self._lanes.empty()

    def inherit(self, identifiers: frozenset[str]) -> None:
        """See the intents of an earlier run through: those of them that the first reading has not settled.

        A leverage or a mode is not: the settings may be others by now, and that reading has asked for what is wanted.
        """
        self._inherited = identifiers
        left = [intent for identifier, intent in self.desk.book.unsettled.items() if identifier in identifiers]
        self._lanes.dispatch([intent for intent in left if not isinstance(intent, Preparation)])
        for intent in left:
            if isinstance(intent, Preparation):
                outcome = Rejected(code="other", message="of an earlier run")
                self.inbox.put(IntentSettled(id=intent.id, outcome=outcome, seen_at=self._wall.now()))

    async def _perform(self, intent: Intent) -> None:
        if intent.id in self._inherited:
            await self._courier.resume(intent)
        else:
            await self._courier.perform(intent)

    def _observe(self, before: Book, facts: tuple[Fact, ...]) -> None:
        self.watch.look(before, facts)
        self._heard(facts)
        asyncio.get_running_loop().call_later(0, _say, facts)  # after what is sent: orders don't wait for a log


def _say(facts: Iterable[Fact]) -> None:
    """Every fact is a line of the log; refusals say why."""
    said = log.bind()
    in_detail = said.is_enabled_for(logging.DEBUG)
    for fact in facts:
        if isinstance(fact, SignalDecided):
            said.info("signal", id=fact.signal, refusal=fact.refusal, message=fact.message)
        elif in_detail:
            said.debug("fact", kind=type(fact).__name__, fact=str(fact))
