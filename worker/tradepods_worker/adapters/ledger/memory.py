"""A ledger in memory: what tests and loop-less replays write to."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from tradepods_core.book.facts import Fact, PositionClosed, SignalDecided
from tradepods_core.book.recorded import Checkpoint, unique_key
from tradepods_core.shapes import Symbol
from tradepods_worker.ports.ledger import (
    AlreadyActed,
    Entry,
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
    facts: list[Fact] = field(default_factory=list)
    once: set[str] = field(default_factory=set)
    checkpoint: tuple[int, Checkpoint] | None = None
    notices: dict[int, Undelivered] = field(default_factory=dict)
    noticed: int = 0
    paper: str | None = None
    offset: int | None = None


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
        return Lease(holder=holder, epoch=disk.epoch)

    async def load(self) -> Recorded:
        """What a start needs."""
        if self.disk.checkpoint is None:
            return Recorded(checkpoint=None, facts=tuple(self.disk.facts))
        count, checkpoint = self.disk.checkpoint
        return Recorded(checkpoint=checkpoint, facts=tuple(self.disk.facts[count:]))

    async def history(self) -> Sequence[Fact]:
        """Every fact, oldest first."""
        return tuple(self.disk.facts)

    async def commit(self, entry: Entry, *, lease: Lease) -> None:
        """All of it or nothing."""
        disk = self.disk
        if lease.epoch != disk.epoch:
            raise LeaseLost(f"epoch {lease.epoch} was followed by {disk.epoch}")
        keys = [key for fact in entry.facts if (key := unique_key(fact)) is not None]
        if disk.once.intersection(keys) or len(set(keys)) < len(keys):
            raise AlreadyActed(f"the ledger has it already: {sorted(disk.once.intersection(keys))}")
        disk.once.update(keys)
        disk.facts += entry.facts
        for notice in entry.notices:
            disk.noticed += 1
            disk.notices[disk.noticed] = Undelivered(number=disk.noticed, notice=notice, attempts=0)
        if entry.checkpoint is not None:
            disk.checkpoint = (len(disk.facts), entry.checkpoint)

    async def undelivered(self, *, limit: int) -> Sequence[Undelivered]:
        """Notices that wait, oldest first."""
        return list(self.disk.notices.values())[:limit]

    async def attempting(self, number: int) -> None:
        """A notice is about to be sent."""
        waiting = self.disk.notices[number]
        self.disk.notices[number] = replace(waiting, attempts=waiting.attempts + 1)

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

    async def closed(self, *, limit: int) -> Sequence[PositionClosed]:
        """The latest closed positions, newest first."""
        found = [fact for fact in reversed(self.disk.facts) if isinstance(fact, PositionClosed)]
        return found[:limit]

    async def decided(self, symbol: Symbol) -> SignalDecided | None:
        """The latest decision about a symbol."""
        decisions = (fact for fact in reversed(self.disk.facts) if isinstance(fact, SignalDecided))
        return next((fact for fact in decisions if fact.symbol == symbol), None)

    async def close(self) -> None:
        """Give the lease back."""
        if self._holds:
            self.disk.holder = None
            self._holds = False
