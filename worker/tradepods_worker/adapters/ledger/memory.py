"""A ledger in memory: what tests and loop-less replays write to."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from tradepods_core.book.facts import Fact, PositionClosed, SignalDecided
from tradepods_core.book.recorded import Checkpoint
from tradepods_core.shapes import Symbol
from tradepods_worker.adapters.ledger.one_book import OneBook
from tradepods_worker.adapters.ledger.rows import once
from tradepods_worker.ports.ledger import (
    STEERING,
    AlreadyActed,
    BookLedger,
    BookName,
    Entry,
    Equity,
    Lease,
    LeaseHeld,
    LeaseLost,
    Owner,
    Recorded,
    Undelivered,
    WrongLedger,
)


@dataclass(slots=True)
class Disk:
    """What outlives a ledger object, as a file would."""

    owner: Owner | None = None
    holder: str | None = None
    epoch: int = 0
    rows: list[tuple[BookName, Fact]] = field(default_factory=list)
    once: set[str] = field(default_factory=set)
    journals: dict[BookName, list[Entry]] = field(default_factory=lambda: {"live": [], "paper": []})
    checkpoints: dict[BookName, tuple[int, Checkpoint]] = field(default_factory=dict)
    notices: dict[int, Undelivered] = field(default_factory=dict)
    noticed: int = 0
    paper: str | None = None
    offset: int | None = None
    equity: dict[tuple[BookName, datetime], Equity] = field(default_factory=dict)

    @property
    def facts(self) -> list[Fact]:
        """Those of both books, oldest first."""
        return [fact for _, fact in self.rows]

    def facts_of(self, book: BookName, *, after: int = 0) -> tuple[Fact, ...]:
        """Those of one book, oldest first, without the first so many of both."""
        return tuple(fact for name, fact in self.rows[after:] if name == book)


class MemoryLedger:
    """One account's ledger on a `Disk`."""

    def __init__(self, disk: Disk | None = None) -> None:
        self.disk = Disk() if disk is None else disk
        self._holds = False

    async def acquire(self, *, owner: Owner, holder: str, now: datetime) -> Lease:
        """Take the account."""
        del now
        disk = self.disk
        if disk.holder is not None:
            raise LeaseHeld(f"held by {disk.holder}: stop it first")
        if disk.owner not in (None, owner):
            raise WrongLedger(f"this ledger is {disk.owner}'s, not {owner}'s: give the account its own")
        disk.owner, disk.holder, disk.epoch = owner, holder, disk.epoch + 1
        self._holds = True
        for book, entries in disk.journals.items():
            self._take_in(book, entries)
        return Lease(holder=holder, epoch=disk.epoch)

    async def guard(self, *, owner: Owner, holder: str, now: datetime) -> Lease:
        """Take the account: memory can always be written."""
        return await self.acquire(owner=owner, holder=holder, now=now)

    def book(self, name: BookName) -> BookLedger:
        """One of the account's two books."""
        return OneBook(self, name)

    async def renew(self, lease: Lease) -> None:
        """Keep the account; raises LeaseLost once another has it."""
        if lease.epoch != self.disk.epoch:
            raise LeaseLost(f"epoch {lease.epoch} was followed by {self.disk.epoch}")

    async def held(self, lease: Lease, *, at: datetime) -> None:
        """Return if what is signed at that moment is signed by the one who has the lease."""
        del at
        await self.renew(lease)

    async def load(self, book: BookName) -> Recorded:
        """What a start needs."""
        count, checkpoint = self.disk.checkpoints.get(book, (0, None))
        return Recorded(checkpoint=checkpoint, facts=self.disk.facts_of(book, after=count))

    async def history(self, book: BookName) -> Sequence[Fact]:
        """Every fact of the book, oldest first."""
        return self.disk.facts_of(book)

    async def steering(self) -> Sequence[Fact]:
        """Every fact of both books that says how the account is set, oldest first."""
        return [fact for fact in self.disk.facts if type(fact).__name__ in STEERING]

    def _take_in(self, book: BookName, entries: list[Entry]) -> None:
        for entry in entries:
            missing = tuple(fact for fact in entry.facts if once(fact, book) not in self.disk.once)
            self._write(book, replace(entry, facts=missing))
        entries.clear()

    async def commit(self, book: BookName, entry: Entry, *, lease: Lease) -> None:
        """All of it or nothing."""
        disk = self.disk
        await self.renew(lease)
        keys = [key for fact in entry.facts if (key := once(fact, book)) is not None]
        if disk.once.intersection(keys) or len(set(keys)) < len(keys):
            raise AlreadyActed(f"the ledger has it already: {sorted(disk.once.intersection(keys))}")
        self._write(book, entry)
        if entry.journalled:
            disk.journals[book].clear()

    async def journal(self, book: BookName, entry: Entry) -> int:
        """Keep an entry that could not be committed."""
        self.disk.journals[book].append(entry)
        return len(self.disk.journals[book])

    def _write(self, book: BookName, entry: Entry) -> None:
        disk = self.disk
        disk.once.update(key for fact in entry.facts if (key := once(fact, book)) is not None)
        disk.rows += [(book, fact) for fact in entry.facts]
        for notice in entry.notices:
            disk.noticed += 1
            waiting = Undelivered(number=disk.noticed, notice=notice, attempts=0, book=book)
            disk.notices[disk.noticed] = waiting
        if entry.checkpoint is not None:
            disk.checkpoints[book] = (len(disk.rows), entry.checkpoint)

    async def undelivered(self, *, limit: int) -> Sequence[Undelivered]:
        """Notices that wait, oldest first."""
        return list(self.disk.notices.values())[:limit]

    async def attempting(self, number: int) -> None:
        """A notice is about to be sent."""
        self._attempted(number, by=1)

    async def refused(self, number: int) -> None:
        """The notice that was about to be sent is not there."""
        self._attempted(number, by=-1)

    def _attempted(self, number: int, *, by: int) -> None:
        waiting = self.disk.notices[number]
        self.disk.notices[number] = replace(waiting, attempts=waiting.attempts + by)

    async def delivered(self, number: int, *, sent: bool) -> None:
        """A notice needs no more attempts."""
        del sent
        self.disk.notices.pop(number, None)

    async def load_paper(self) -> str | None:
        """A dry run's own books."""
        return self.disk.paper

    async def save_paper(self, books: str) -> None:
        """Keep a dry run's own books."""
        self.disk.paper = books

    async def load_offset(self) -> int | None:
        """The last of the bot's updates that was handled."""
        return self.disk.offset

    async def save_offset(self, number: int) -> None:
        """This update was handled, and all before it."""
        self.disk.offset = number

    async def closed(self, book: BookName, *, limit: int) -> Sequence[PositionClosed]:
        """The latest closed positions, newest first."""
        found = [fact for fact in reversed(self.disk.facts_of(book)) if isinstance(fact, PositionClosed)]
        return found[:limit]

    async def decided(self, book: BookName, symbol: Symbol) -> SignalDecided | None:
        """The latest decision about a symbol."""
        decisions = (fact for fact in reversed(self.disk.facts_of(book)) if isinstance(fact, SignalDecided))
        return next((fact for fact in decisions if fact.symbol == symbol), None)

    async def record_equity(self, book: BookName, sample: Equity) -> None:
        """Keep one; what grows old is not thinned out here."""
        minute = sample.at.replace(second=0, microsecond=0)
        self.disk.equity[book, minute] = replace(sample, at=minute)

    async def equity(self, book: BookName, *, since: datetime | None = None) -> Sequence[Equity]:
        """What a book was worth, oldest first."""
        found = sorted((at, sample) for (name, at), sample in self.disk.equity.items() if name == book)
        return [sample for at, sample in found if since is None or at >= since]

    async def close(self) -> None:
        """Give the lease back."""
        if self._holds:
            self.disk.holder = None
            self._holds = False
