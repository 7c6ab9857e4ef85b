"""An account's life over both of its books: one manifest, one person, one market; two exchanges, one ledger."""

import random
from itertools import pairwise

from support.machine_account import Both, Kept
from support.machine_book import OneBook
from support.machine_draws import Rules, in_force
from support.machine_given import Told
from support.machine_life import CALM
from support.machine_worker import Death
from support.virtual_loop import run
from tradepods_core.book.events import CommandGiven, Event, MarksMoved, TroublesSeen
from tradepods_core.book.intents import OPENING, PlaceOrder
from tradepods_core.book.steering import SettingsSeen, Trouble, after
from tradepods_core.rules.snapshot import Decision, Snapshot
from tradepods_core.settings.account import AccountSpec
from tradepods_worker.engine.manifest import _written
from tradepods_worker.ports.ledger import BOOKS, BookName

ONE_BOOK = ("set", "reset")


class Whole:
    """One account. Nothing happens by itself."""

    def __init__(self, spec: AccountSpec, *, burns: bool) -> None:
        self.told = Told(spec)
        self.paused = False  # by a person
        self.troubles: dict[Trouble, str] = {}
        self.batch: list[CommandGiven] = []  # what Telegram would deliver again to a worker that is killed now
        signals: set[str] = set()
        self.books: dict[BookName, OneBook] = {
            name: OneBook(self.told, burns=burns, paper=name == "paper", signals=signals, also=self._look)
            for name in BOOKS
        }
        self.kept = Kept(self.books)
        self.strategies = in_force([], gone=False)
        self._start()
        self.event(self.marks())
        self.work(10)

    def _start(self) -> None:
        self.account = Both(self.told.spec, self.books, self.kept)
        run(self.account.begin())
        self.account.put(self.strategies)
        self.drain()

    def _look(self, snapshot: Snapshot, decision: Decision) -> None:
        """Whichever book it is: what a person or the service says of the account holds in it."""
        opening = [i for i in decision.intents if isinstance(i, PlaceOrder) and i.purpose in OPENING]
        assert not (opening and self.paused), f"{opening} though a person has paused the account"
        assert not (opening and self.troubles), f"{opening} in spite of {self.troubles}"
        assert snapshot.paper == self.told_paper() or not opening, f"{opening} in the book that only guards"

    def told_paper(self) -> bool:
        """Whether the account is to trade on paper."""
        return self.told.in_force("dryRun") == "true"

    # ---- what happens

    def open_books(self) -> list[OneBook]:
        """Those that the process has opened."""
        return [book for book in self.books.values() if book.worker.lives]

    def drain(self) -> None:
        """Everything that has arrived, in either book; what one of them records may be news for the other."""
        while any(book.network.inbox for book in self.open_books()):
            for book in self.open_books():
                book.worker.drain()

    def event(self, event: Event) -> None:
        """Something reaches the account."""
        self.account.put(event)
        self.drain()

    def marks(self) -> MarksMoved:
        """The mark prices, as they are: both books are of one market."""
        return MarksMoved(at=self.account.now(), marks=dict(self.books["paper"].exchange.prices))

    def publish(self, rules: Rules, *, gone: bool) -> None:
        """The service says which strategies are in force from now on."""
        self.strategies = in_force(rules, gone=gone)
        self.event(self.strategies)

    def take(self, spec: AccountSpec) -> None:
        """The manifest is another from now on; not everything that was under way has been handled."""
        self.told.take(spec)
        self.account.take(spec)

    def trouble(self, kind: Trouble | None) -> None:
        """What the watchman says of the world outside."""
        self.troubles = {} if kind is None else {kind: "a test"}
        self.event(TroublesSeen(troubles=dict(self.troubles)))

    def command(self, command: CommandGiven) -> None:
        """A person asks for something: once, however often it is delivered."""
        self.batch.append(command)
        self.deliver(command)
        self.drain()

    def deliver(self, command: CommandGiven) -> None:
        """As the bot's task does: what all whom it concerns have taken is not given again."""
        taken = self.account.taken()
        if command.id in (taken.any if command.name in ONE_BOOK else taken.all):
            return
        if command.name in ("pause", "resume"):
            self.paused = command.name == "pause"
        self.account.put(command)

    def work(self, steps: int) -> None:
        """So much of a good network, in both books."""
        for book in self.open_books():
            book.work(steps)
        self.drain()

    def weather(self, seed: int) -> None:
        """From now on the network is bad, until it is calm."""
        for book in self.books.values():
            book.weather = random.Random(seed)

    def wait(self, seconds: float) -> None:
        """Time passes for all; the watchman looks."""
        for book in self.books.values():
            book.worker.wait(seconds)
        self.drain()
        if any(book.book.troubles.keys() != self.troubles.keys() for book in self.open_books()):
            self.event(TroublesSeen(troubles=dict(self.troubles)))

    def pass_market(self, seconds: float) -> None:
        """Market time alone moves on."""
        for book in self.books.values():
            book.worker.pass_market(seconds)

    def restart(self, deaths: dict[BookName, Death | None], *, arrive: bool) -> None:
        """The process ends, each book wherever it is; the next one begins, and Telegram delivers again."""
        for name, death in deaths.items():
            book = self.books[name]
            if death is not None and book.worker.lives and book.network.inbox:
                book.worker.handle(book.network.inbox.popleft(), death=death)
        for book in self.books.values():
            book.worker.die(arrive=arrive)
            book.worker.wait(1)
        self._start()
        batch, self.batch = self.batch, []
        for command in batch:
            self.deliver(command)
            self.drain()

    # ---- what must hold

    def agree_on_terms(self) -> None:
        """What was recorded, what is in force and what was told are one, and a person's last word holds everywhere."""
        facts, terms = self.kept.steering_facts, self.account.terms()
        read = all(book.worker.sight.since is not None for book in self.open_books())  # before, what is told waits
        assert not read or after((), facts) == terms.overrides, (
            f"{after((), facts)} are recorded, {terms.overrides} hold"
        )
        assert {o.field: (o.value, o.over) for o in terms.overrides} == self.told.overrides
        assert terms.spec == self.told.spec
        for book in self.open_books():
            pause = book.book.pause
            assert (pause is not None and pause.by_person) == self.paused, f"paused: {self.paused}, but {pause}"
        assert self.books["paper" if self.told_paper() else "live"].worker.lives, "the book that trades is not open"

    def calm(self) -> None:
        """From now on nothing goes wrong; in the end each book and its exchange tell one story."""
        for book in self.books.values():
            book.quieten()
        self.drain()
        self.event(self.marks())
        for second in range(CALM):
            for book in self.open_books():
                book.worker.asked |= second % 10 == 0
            self.work(200)
            self.wait(1)
            if not any(True for book in self.open_books() for _ in book.wrong()):
                break
        for book in self.open_books():
            book.agree()
        self._left()
        self._recorded()

    def _left(self) -> None:
        """Nothing of ours is left in a book that nobody looks after."""
        for book in self.books.values():
            if not book.worker.lives:
                assert not list(book.abandoned()), list(book.abandoned())

    def _recorded(self) -> None:
        """Each manifest is recorded once, and the last is the one in force."""
        seen = [fact.document for fact in self.kept.steering_facts if isinstance(fact, SettingsSeen)]
        assert seen[-1] == _written(self.told.spec)
        assert all(one != other for one, other in pairwise(seen)), "a manifest is told twice"
