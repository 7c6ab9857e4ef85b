"""The one writer: one event at a time is absorbed, decided, committed, dispatched. Nothing else changes the book.

    facts of the event -> the book with them -> decision -> one transaction -> the book with it -> lanes

What was committed with an entry beforehand (its first stop, take-profit and emergency close) is dispatched at once;
everything else leaves only after the commit. Until the account has been read for the first time, events wait.
An event that finds the ledger down is decided once more, as one that may open nothing, and goes into the journal.
"""

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from tradepods_core.book.absorb import absorb
from tradepods_core.book.book import apply
from tradepods_core.book.events import (
    AccountRead,
    CommandGiven,
    CycleArrived,
    Event,
    MarksMoved,
    StrategiesSeen,
    StreamChanged,
    TroublesSeen,
)
from tradepods_core.book.facts import Fact
from tradepods_core.book.outside import ForeignSeen
from tradepods_core.book.recorded import Checkpoint
from tradepods_core.book.tally import NONE, counted
from tradepods_core.book.values import Book
from tradepods_core.market import Market
from tradepods_core.rules.decide import decide, quiet
from tradepods_core.rules.notices import started
from tradepods_core.rules.requests import obey
from tradepods_core.rules.snapshot import Decision, Snapshot
from tradepods_core.rules.trailing import watches
from tradepods_core.settings.overrides import Terms
from tradepods_core.shapes import Symbol
from tradepods_core.wire.fleet import Tally
from tradepods_worker.engine.alert import Alert
from tradepods_worker.engine.recorder import Recorder
from tradepods_worker.engine.sight import Sight
from tradepods_worker.ports import Clock, Lanes, Reader
from tradepods_worker.ports.ledger import BookLedger, BookName, Entry, Lease, LedgerDown, Recorded

LOOKED_AT = (StreamChanged, ForeignSeen, StrategiesSeen)  # what leads to nothing by itself
CHECKPOINT_EVERY = 200  # facts, as soon as nothing waits for the commit to be sent
CHECKPOINT_AT_LAST = 400  # facts: a start folds no more than these


class Desk:
    """One account's book and the hand that writes it.

    Args:
        market: market time. wall: wall time.
        reader: reads the account when asked.
        wake: asks to be woken by AlarmRang at a wall time; None cancels.
        observe: hears of every recorded event: the book before it, and its facts.
        paper: whether this is the dry run's book.
        elsewhere: ids of the signals that the account's other book has decided.
        alert: tells the person what the ledger can't.
        current: the terms of this moment: what waits in the inbox may have been made with older ones.
        renew: asks the venue itself for markets whose steps are outdated; MarketRead brings them.

    """

    def __init__(
        self,
        *,
        account: UUID,
        terms: Terms,
        paper: bool,
        ledger: BookLedger,
        lease: Lease,
        lanes: Lanes,
        market: Clock,
        wall: Clock,
        reader: Reader,
        wake: Callable[[datetime | None], None],
        observe: Callable[[Book, tuple[Fact, ...]], None],
        alert: Alert,
        elsewhere: Callable[[], Container[str]] = tuple,
        current: Callable[[], Terms] | None = None,
        renew: Callable[[Sequence[Market]], None] = lambda _: None,
    ) -> None:
        self.book = Book()
        self.tally: Tally = NONE
        self.sight = Sight(terms)
        self._account = account
        self._lanes = lanes
        self.name: BookName = "paper" if paper else "live"
        self._recorder = Recorder(book=self.name, ledger=ledger, lease=lease, market=market, wall=wall, alert=alert)
        self._market, self._wall = market, wall
        self._reader, self._wake, self._observe = reader, wake, observe
        self._paper, self._elsewhere, self._current, self._renew = paper, elsewhere, current, renew
        self._since_checkpoint = 0
        self._held: list[Event] = []

    def remember(self, recorded: Recorded) -> None:
        """Begin where the ledger ends."""
        if recorded.checkpoint is not None:
            self.tally = recorded.checkpoint.tally
        self.book = recorded.book()
        self.tally = counted(self.tally, recorded.facts)
        self._since_checkpoint = len(recorded.facts)

    def learn(self, markets: Mapping[Symbol, Market]) -> None:
        """What the venue says of its symbols; nothing is decided before the first time."""
        self.sight.learn(markets)

    async def handle(self, event: Event) -> None:
        """One event, from what it means to what leaves the process. Raises what the ledger raises."""
        if isinstance(event, LOOKED_AT) or (isinstance(event, MarksMoved) and not self._watches()):
            self.sight.look(event, self.book)
        elif self.sight.since is not None:
            await self._handle(event)
        elif isinstance(event, AccountRead):
            await self._meet(event)
        elif isinstance(event, CommandGiven) and event.name != "close":
            await self._obey(event)
        else:
            self._hold(event)

    def _hold(self, event: Event) -> None:
        """Until the first reading, which may be days away: of what only the newest counts, only that."""
        if isinstance(event, CycleArrived | TroublesSeen):
            self._held = [held for held in self._held if type(held) is not type(event)]
        self._held.append(event)

    @property
    def trades(self) -> bool:
        """Whether signals lead to something in this book: the account's other one is guarded until it is flat."""
        return self.sight.settings.dry_run == self._paper

    @property
    def trouble(self) -> str:
        """Why the ledger can't be written; "" where it can."""
        return self._recorder.trouble

    def _watches(self) -> bool:
        """Whether a mark price alone may lead to something."""
        return self.sight.since is not None and watches(self.book, self.sight.settings)

    async def _meet(self, event: AccountRead) -> None:
        """The first reading, then what was heard before it."""
        await self._handle(event, greet=True)
        held, self._held = self._held, []
        for waiting in held:
            await self._handle(waiting)

    async def _obey(self, command: CommandGiven) -> None:
        """What needs no reading of the account is done without one, and sends nothing."""
        await self._recover()
        snapshot = self._snapshot(command, ())
        decision = quiet(snapshot, tuple(obey(snapshot)))
        try:
            await self._record(snapshot, decision, greet=False)
        except LedgerDown:  # from now on it goes into the journal
            await self._record(snapshot, decision, greet=False)

    async def _handle(self, event: Event, *, greet: bool = False) -> None:
        await self._recover()
        self.sight.look(event, self.book)
        snapshot = self.sight.judge(self._snapshot(event, absorb(self.book, event)))
        decision = decide(snapshot)
        reserved = tuple(intent for intent in decision.intents if intent.id in self.book.reserved)
        self._lanes.dispatch(reserved)
        try:
            await self._record(snapshot, decision, greet=greet)
        except LedgerDown:
            snapshot = replace(snapshot, ledger_down=True)
            decision = decide(snapshot)
            await self._record(snapshot, decision, greet=greet)
        self._lanes.dispatch(self._recorder.sendable(i for i in decision.intents if i not in reserved))
        self._ask(decision)

    async def _recover(self) -> None:
        """Back to the ledger, where it was down and it is time to try."""
        withheld = await self._recorder.recover(Checkpoint(book=self.book, tally=self.tally))
        if withheld is not None:
            self._since_checkpoint = 0
            self._lanes.dispatch(withheld)

    def _snapshot(self, event: Event, news: tuple[Fact, ...]) -> Snapshot:
        """This moment, by its terms: those of an event may be older, and those that wait to be told newer."""
        sight, wall = self.sight, self._wall.now()
        if self._current is not None:
            sight.terms = self._current()
        return Snapshot(
            account=self._account,
            now=self._market.now(),
            wall=wall,
            event=event,
            before=self.book,
            news=news,
            book=apply(self.book, news),
            terms=sight.terms,
            markets=sight.markets,
            marks=sight.marks,
            marks_at=sight.marks_at,
            venue=sight.venue,
            connected=sight.connected,
            since=sight.since or wall,
            best=sight.best,
            peaks=sight.peaks,
            strategies=sight.strategies,
            paper=self._paper,
            elsewhere=self._elsewhere(),
            ledger_down=self._recorder.down,
            reading=sight.reading,
            withheld=sight.withheld,
            unexplained=sight.unexplained,
        )

    async def _record(self, snapshot: Snapshot, decision: Decision, *, greet: bool) -> None:
        """One transaction; then, and only then, the book."""
        facts, notices, book = (*snapshot.news, *decision.facts), decision.notices, decision.book
        if greet:
            notices = (*notices, started(replace(snapshot, book=book), decision.facts))
        if not facts and not notices:
            return
        tally = counted(self.tally, facts)
        since = self._since_checkpoint + len(facts)
        due = since >= (CHECKPOINT_AT_LAST if decision.intents else CHECKPOINT_EVERY)
        checkpoint = Checkpoint(book=book, tally=tally) if due else None
        await self._recorder.write(Entry(facts=facts, notices=notices, checkpoint=checkpoint))
        self._since_checkpoint = since if checkpoint is None else 0
        before, self.book, self.tally = self.book, book, tally
        self.sight.heard(facts)
        self._observe(before, facts)

    def _ask(self, decision: Decision) -> None:
        self._wake(min((at for at in (decision.alarm, self._recorder.retry_at) if at is not None), default=None))
        if decision.strange:
            self._reader.ask("an answer does not fit the ledger")
        elif decision.overdue:
            self._reader.remind("something expected has not come")
        if decision.outdated:
            self._renew([market for symbol, market in self.sight.markets.items() if symbol in decision.outdated])
