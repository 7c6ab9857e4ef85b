"""The one writer: one event at a time is absorbed, decided, committed, dispatched. Nothing else changes the book.

    facts of the event -> the book with them -> decision -> one transaction -> the book with it -> lanes

What was committed with an entry beforehand (its first stop, take-profit and emergency close) is dispatched at once;
everything else leaves only after the commit. Until the account has been read for the first time, events wait.
"""

from collections.abc import Callable, Container, Mapping
from datetime import datetime
from uuid import UUID

from tradepods_core.book.absorb import absorb
from tradepods_core.book.book import apply
from tradepods_core.book.events import AccountRead, Event, MarksMoved, StreamChanged
from tradepods_core.book.facts import Fact
from tradepods_core.book.outside import ForeignSeen
from tradepods_core.book.recorded import Checkpoint
from tradepods_core.book.tally import NONE, counted
from tradepods_core.book.values import Book
from tradepods_core.market import Market
from tradepods_core.rules.decide import decide
from tradepods_core.rules.notices import started
from tradepods_core.rules.snapshot import Decision, Notice, Snapshot
from tradepods_core.rules.trailing import watches
from tradepods_core.settings.overrides import Terms
from tradepods_core.shapes import Symbol
from tradepods_core.wire.fleet import Tally
from tradepods_worker.engine.sight import Sight
from tradepods_worker.ports import Clock, Lanes, Reader
from tradepods_worker.ports.ledger import BookLedger, Entry, Lease, Recorded

CHECKPOINT_EVERY = 200  # facts: a start folds no more than these


class Desk:
    """One account's book and the hand that writes it.

    Args:
        market: market time. wall: wall time.
        reader: reads the account when asked.
        wake: asks to be woken by AlarmRang at a wall time; None cancels.
        observe: hears of every recorded event: the book before it, and its facts.
        paper: whether this is the dry run's book.
        elsewhere: ids of the signals that the account's other book has decided.

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
        elsewhere: Callable[[], Container[str]] = tuple,
    ) -> None:
        self.book = Book()
        self.tally: Tally = NONE
        self.sight = Sight(terms)
        self._account = account
        self._ledger, self._lease, self._lanes = ledger, lease, lanes
        self._market, self._wall = market, wall
        self._reader, self._wake, self._observe = reader, wake, observe
        self._paper, self._elsewhere = paper, elsewhere
        self._since_checkpoint = 0
        self._held: list[Event] = []

    def remember(self, recorded: Recorded) -> None:
        """Begin where the ledger ends."""
        if recorded.checkpoint is not None:
            self.book, self.tally = recorded.checkpoint.book, recorded.checkpoint.tally
        self.book = apply(self.book, recorded.facts)
        self.tally = counted(self.tally, recorded.facts)
        self._since_checkpoint = len(recorded.facts)

    def learn(self, markets: Mapping[Symbol, Market]) -> None:
        """What the venue says of its symbols; nothing is decided before the first time."""
        self.sight.learn(markets)

    async def handle(self, event: Event) -> None:
        """One event, from what it means to what leaves the process. Raises what the ledger raises."""
        if isinstance(event, StreamChanged | ForeignSeen) or (isinstance(event, MarksMoved) and not self._watches()):
            self.sight.look(event, self.book)
        elif self.sight.since is not None:
            await self._handle(event)
        elif isinstance(event, AccountRead):
            await self._meet(event)
        else:
            self._held.append(event)

    def _watches(self) -> bool:
        """Whether a mark price alone may lead to something."""
        return self.sight.since is not None and watches(self.book, self.sight.settings)

    async def _meet(self, event: AccountRead) -> None:
        """The first reading, then what was heard before it."""
        await self._handle(event, greet=True)
        held, self._held = self._held, []
        for waiting in held:
            await self._handle(waiting)

    async def _handle(self, event: Event, *, greet: bool = False) -> None:
        self.sight.look(event, self.book)
        news = absorb(self.book, event)
        snapshot = self._snapshot(event, news)
        decision = decide(snapshot)
        greeting = (started(snapshot.after(decision.facts)),) if greet else ()
        reserved = tuple(intent for intent in decision.intents if intent.id in self.book.reserved)
        self._lanes.dispatch(reserved)
        await self._record((*news, *decision.facts), (*decision.notices, *greeting))
        self._lanes.dispatch([intent for intent in decision.intents if intent not in reserved])
        self._ask(decision)

    def _snapshot(self, event: Event, news: tuple[Fact, ...]) -> Snapshot:
        sight, wall = self.sight, self._wall.now()
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
            paper=self._paper,
            elsewhere=self._elsewhere(),
        )

    async def _record(self, facts: tuple[Fact, ...], notices: tuple[Notice, ...]) -> None:
        """One transaction; then, and only then, the book."""
        if not facts and not notices:
            return
        book, tally = apply(self.book, facts), counted(self.tally, facts)
        self._since_checkpoint += len(facts)
        checkpoint = None
        if self._since_checkpoint >= CHECKPOINT_EVERY:
            checkpoint = Checkpoint(book=book, tally=tally)
            self._since_checkpoint = 0
        await self._ledger.commit(Entry(facts=facts, notices=notices, checkpoint=checkpoint), lease=self._lease)
        before, self.book, self.tally = self.book, book, tally
        self._observe(before, facts)

    def _ask(self, decision: Decision) -> None:
        self._wake(decision.alarm)
        if decision.strange:
            self._reader.ask("an answer does not fit the ledger")
        elif decision.overdue:
            self._reader.remind("something expected has not come")
