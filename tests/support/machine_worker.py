"""A worker without a process: events in, facts kept, intents out, as the desk does it; it may die between any two."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Literal

from support.build import ACCOUNT, NOON
from support.machine_exchange import MARKETS
from support.machine_network import Network
from support.machine_steering import Steering
from tradepods_core.book.absorb import absorb
from tradepods_core.book.book import apply
from tradepods_core.book.events import (
    AccountRead,
    AlarmRang,
    CommandGiven,
    CycleArrived,
    Event,
    IntentSettled,
    MarketRead,
    MarksMoved,
    SettingsChanged,
    StrategiesSeen,
    StreamChanged,
    TroublesSeen,
)
from tradepods_core.book.facts import Fact, LadderSkipped
from tradepods_core.book.intents import CancelOrder, Intent, PlaceOrder, Preparation, Rejected
from tradepods_core.book.outside import ForeignSeen
from tradepods_core.book.recorded import Checkpoint, read_checkpoint, read_fact, write_checkpoint, write_fact
from tradepods_core.book.tally import NONE, counted
from tradepods_core.book.values import Book
from tradepods_core.rules.alarm import unheard
from tradepods_core.rules.decide import decide, quiet
from tradepods_core.rules.requests import obey
from tradepods_core.rules.snapshot import Decision, Snapshot
from tradepods_core.rules.trailing import watches
from tradepods_worker.engine.sight import Sight
from tradepods_worker.tasks.reread import missing_on, wanted

Death = Literal["before the commit", "after the commit"]
LOOK_EVERY = timedelta(seconds=5)
Look = Callable[[Snapshot, Decision], None]


class Worker:
    """One book's desk. `look` sees each decision that was kept; `broken` where one was not survived."""

    def __init__(self, *, network: Network, look: Look, paper: bool = True) -> None:
        self.network, self._look, self._paper = network, look, paper
        self.facts: list[Fact] = []
        self.kept: list[tuple[str, str]] = []
        self.book = Book()
        self.now = NOON
        self.lives = self.ledger_down = self.broken = False
        self._withheld: list[Intent] = []

    # ---- life and death

    def start(self, steering: Steering) -> None:
        """Begin where the ledger ends, by these terms."""
        self.lives, self._steering = True, steering
        self.sight = Sight(steering.terms())
        self.sight.learn(MARKETS)
        self.alarm: datetime | None = None
        self.asked, self._looked_at = True, self.network.wall
        self._held: list[Event] = []
        self._inherited = frozenset(self.book.unsettled)
        self.network.connect()

    def die(self, *, arrive: bool) -> None:
        """It ends, in the middle of whatever it does; the book comes back from what the ledger holds."""
        self.network.abandon(arrive=arrive)
        self._withheld, self.lives, self.ledger_down = [], False, False
        self.book = self.network.book = self.from_ledger(len(self.facts) // 2)

    def from_ledger(self, cut: int) -> Book:
        """The book as a checkpoint after so many facts, and the facts since, give it."""
        facts = [read_fact(kind, body) for kind, body in self.kept]
        early = Checkpoint(book=apply(Book(), facts[:cut]), tally=counted(NONE, facts[:cut]))
        again = read_checkpoint(write_checkpoint(early))
        assert again == early
        return apply(again.book, facts[cut:])

    # ---- events

    def drain(self) -> None:
        """Everything that has arrived."""
        while self.network.inbox:
            self.handle(self.network.inbox.popleft())

    def handle(self, event: Event, *, death: Death | None = None) -> None:
        """One event; until the account was read for the first time, all but a command waits."""
        if isinstance(event, StrategiesSeen):
            self.sight.look(event, self.book)
        elif isinstance(event, StreamChanged | ForeignSeen) or (isinstance(event, MarksMoved) and not self._watches()):
            self.sight.look(event, self.book)
            self.asked |= not isinstance(event, StreamChanged) or event.connected
        elif self.sight.since is not None:
            self._handle(event, death)
        elif isinstance(event, AccountRead):
            self._handle(event, None)
            held, self._held = self._held, []
            for waiting in held:
                self.handle(waiting)
            self._inherit()
        elif isinstance(event, CommandGiven) and event.name != "close":
            self._obey(event)
        else:
            self._hold(event)

    def _hold(self, event: Event) -> None:
        """Of what only the newest counts, only that."""
        if isinstance(event, CycleArrived | TroublesSeen):
            self._held = [held for held in self._held if type(held) is not type(event)]
        self._held.append(event)

    def _obey(self, command: CommandGiven) -> None:
        """Before the first reading: what sends nothing."""
        snapshot = self._snapshot(command, ())
        facts = tuple(obey(snapshot))
        self._look(snapshot, quiet(snapshot, facts))
        self._keep(facts)

    def _watches(self) -> bool:
        return self.sight.since is not None and watches(self.book, self.sight.settings)

    def _handle(self, event: Event, death: Death | None) -> None:
        self.broken = True
        self._decide(event, death)
        self.broken = False

    def _decide(self, event: Event, death: Death | None) -> None:
        self.sight.look(event, self.book)
        snapshot = self.sight.judge(self._snapshot(event, absorb(self.book, event)))
        decision = decide(snapshot)
        reserved = [intent for intent in decision.intents if intent.id in self.book.reserved]
        self.network.dispatch(reserved)
        if death == "before the commit":
            return
        self._look(snapshot, decision)
        self._keep((*snapshot.news, *decision.facts))
        if death == "after the commit":
            return
        self._send([intent for intent in decision.intents if intent not in reserved])
        self.alarm, self.asked = decision.alarm, self.asked or decision.strange or decision.overdue
        if len(self.facts) % 2:  # now and then the venue does not say by which steps it judges
            self.network.inbox.extend(MarketRead(market=self.sight.markets[s]) for s in decision.outdated)
        waits = any(isinstance(other, SettingsChanged) for other in self.network.inbox)
        skips = any(isinstance(fact, LadderSkipped) for fact in decision.facts)  # one step of the ladder at a time
        left = () if waits or skips else self.decided_again().facts
        assert not left, f"left undone after {type(event).__name__}: {left}"

    def _snapshot(self, event: Event, news: tuple[Fact, ...]) -> Snapshot:
        sight, wall = self.sight, self.network.wall
        sight.terms = self._steering.terms()
        return Snapshot(
            account=ACCOUNT,
            now=self.now,
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
            reading=sight.reading,
            withheld=sight.withheld,
            unexplained=sight.unexplained,
            paper=self._paper,
            elsewhere=self._steering.elsewhere(),
            ledger_down=self.ledger_down,
        )

    def _keep(self, facts: tuple[Fact, ...]) -> None:
        self.book = self.network.book = apply(self.book, facts)
        self.facts += facts
        self.kept += [write_fact(fact) for fact in facts]
        self.sight.heard(facts)
        self._steering.heard(facts)

    def _send(self, intents: list[Intent]) -> None:
        """All of them; while the ledger is down, what reduces, protects or cancels."""
        harmless = [i for i in intents if isinstance(i, CancelOrder) or (isinstance(i, PlaceOrder) and i.reduce_only)]
        some = harmless if self.ledger_down else intents
        self._withheld += [intent for intent in intents if intent not in some]
        self.network.dispatch(some)

    def ledger(self, *, down: bool) -> None:
        """It can't be written, or can be again."""
        self.ledger_down = down
        if not down:
            withheld, self._withheld = self._withheld, []
            self.network.dispatch(withheld)

    def _inherit(self) -> None:
        """See the intents of an earlier run through; a leverage or a mode is asked for anew."""
        left = [intent for key, intent in self.book.unsettled.items() if key in self._inherited]
        self.network.dispatch([i for i in left if not isinstance(i, Preparation)], resumed=True)
        for intent in (intent for intent in left if isinstance(intent, Preparation)):
            refused = IntentSettled(id=intent.id, outcome=Rejected(code="other"), seen_at=self.network.wall)
            self.network.inbox.append(refused)

    def decided_again(self) -> Decision:
        """What would be decided at this very moment, though nothing more has happened."""
        return decide(self._snapshot(AlarmRang(at=self.network.wall), ()))

    # ---- time

    def wait(self, seconds: float) -> None:
        """Both clocks move on; couriers wake, the alarm rings, the lookout looks."""
        end = self.network.wall + timedelta(seconds=seconds)
        while (due := min(self._due(), default=end)) < end:
            self._go_to(due)
            self._act()
        self._go_to(end)
        self._act()

    def pass_market(self, seconds: float) -> None:
        """Market time alone moves on, as in a replay."""
        self.now += timedelta(seconds=seconds)
        self.network.exchange.now = self.now

    def _due(self) -> Iterator[datetime]:
        now = self.network.wall
        if not self.lives:
            return
        yield from (at for at in self.network.pauses() if at > now)
        yield from (at for at in (self.alarm, self._looked_at + LOOK_EVERY) if at is not None and at > now)

    def _go_to(self, moment: datetime) -> None:
        self.now += moment - self.network.wall
        self.network.wall, self.network.exchange.now = moment, self.now

    def _act(self) -> None:
        if not self.lives:
            return
        self.network.wake()
        self.drain()
        if self.alarm is not None and self.network.wall >= self.alarm:
            self.alarm = None
            self.handle(AlarmRang(at=self.network.wall))
        if self.network.wall >= self._looked_at + LOOK_EVERY:
            self._looked_at = self.network.wall
            book, sight = self.book, self.sight
            self.asked |= not sight.connected or sight.stirred or sight.unread or bool(book.doubts)
            self.asked |= unheard(book, sight.marks)
        self.drain()

    def read(self) -> None:
        """A reading begins, if one is asked for."""
        if self.asked and self.network.reading is None:
            self.asked = False
            self.network.begin_reading(wanted(self.book), missing_on(self.book))
