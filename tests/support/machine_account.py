"""The worker's own account over two books of a test: it routes events, opens books, knows manifest and overrides."""

from collections.abc import Coroutine, Mapping, Sequence
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from support.machine_book import OneBook
from support.machine_worker import Worker
from tradepods_core.book.events import Event
from tradepods_core.book.facts import Fact
from tradepods_core.book.steering import OverrideEnded, OverrideSet, SettingsSeen
from tradepods_core.settings.account import AccountSpec
from tradepods_core.settings.overrides import Terms
from tradepods_worker.bootstrap.account import Account
from tradepods_worker.bootstrap.trader import Trader
from tradepods_worker.ports.commands import Taken
from tradepods_worker.ports.ledger import BOOKS, BookName, Lease, Recorded

Books = Mapping[BookName, OneBook]


class Kept:
    """The account's ledger. `steering_facts` are those of both books, in their order."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self.steering_facts: list[Fact] = []

    def heard(self, facts: Sequence[Fact]) -> None:
        """These were recorded."""
        self.steering_facts += [fact for fact in facts if isinstance(fact, OverrideSet | OverrideEnded | SettingsSeen)]

    async def steering(self) -> Sequence[Fact]:
        """As a ledger answers."""
        return tuple(self.steering_facts)

    def book(self, name: BookName) -> SimpleNamespace:
        """As a ledger answers."""

        async def load() -> Recorded:
            return Recorded(checkpoint=None, facts=tuple(self._books[name].worker.facts))

        return SimpleNamespace(load=load)


class Opened:
    """What the account sees of a book that it has opened, and the book of its account."""

    venue, refused_keys = None, ""

    def __init__(self, name: BookName, worker: Worker, account: "Both") -> None:
        self.name, self.desk, self._account = name, worker, account
        self.inbox = self.rereader = self

    def put(self, event: Event) -> None:
        """An event for its desk."""
        self.desk.network.inbox.append(event)

    def ask(self, _why: str) -> None:
        """It is to be read."""
        self.desk.asked = True

    def terms(self) -> Terms:
        """By what the account trades."""
        return self._account.terms()

    def heard(self, facts: tuple[Fact, ...]) -> None:
        """These were recorded."""
        self._account.kept.heard(facts)
        self._account._heard(facts)

    def elsewhere(self) -> Any:
        """What the other book has decided."""
        return self._account._elsewhere(self.name)


class AtOnce:
    """A task group whose tasks are done before they are begun to be waited for."""

    def create_task(self, work: Coroutine[Any, Any, None], *, name: str) -> None:
        """Do it."""
        del name
        finished(work)


class Both(Account):
    """One run of an account's process."""

    def __init__(self, spec: AccountSpec, books: Books, kept: Kept) -> None:
        self.kept, self.tested = kept, books
        parts: Any = SimpleNamespace(settings=spec, ledger=kept, keys=True, market=self)
        group: Any = AtOnce()
        super().__init__(parts, Lease(holder="test", epoch=1), group)

    def now(self) -> datetime:
        """Market time."""
        return self.tested["paper"].worker.now

    async def _open(self, name: BookName) -> None:
        """As the real one does, up to where its tasks begin to run."""
        worker = self.tested[name].worker
        assert worker.book == self._closed[name], "not the book that the ledger holds"
        opened: Any = Opened(name, worker, self)
        other = next(book for book in BOOKS if book != name)
        known = self._traders.get(other)
        worker.start(opened)
        Trader.follow(opened, self._closed[other] if known is None else known.desk.book, own=self._closed[name])
        opened.put(self._strategies)
        self._traders[name] = opened

    def taken(self) -> Taken:
        """The requests that its books know."""
        return self._taken()


def finished(work: Coroutine[Any, Any, None]) -> None:
    """Run what waits for nothing."""
    try:
        work.send(None)
    except StopIteration:
        return
    raise AssertionError("it waits for something")
