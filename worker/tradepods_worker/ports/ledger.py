"""What a worker asks of its ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal, Protocol

from tradepods_core.book.book import apply
from tradepods_core.book.facts import Fact, PositionClosed, SignalDecided
from tradepods_core.book.recorded import Checkpoint
from tradepods_core.book.values import Book
from tradepods_core.errors import Permanent, Temporary
from tradepods_core.rules.snapshot import Notice
from tradepods_core.shapes import Symbol

BookName = Literal["live", "paper"]
BOOKS: tuple[BookName, ...] = ("live", "paper")
STEERING = frozenset({"OverrideSet", "OverrideEnded", "SettingsSeen"})  # kinds that say how the account is set


class LeaseHeld(Permanent):
    """Another worker serves this account; a lease that expires may be asked for again at `until`, its server's time."""

    def __init__(self, message: str, *, until: datetime | None = None) -> None:
        super().__init__(message)
        self.until = until


class LeaseLost(Permanent):
    """Another worker has taken this account over: nothing more may be written or sent."""


class AlreadyActed(Permanent):
    """A fact that may happen once only was to be recorded a second time."""


class LedgerDown(Temporary):
    """The ledger can't be written or read for now: its disk is full, it is locked or read-only."""


class CommitInDoubt(Temporary):
    """Nobody can say whether the last transaction is in the ledger: only a new start, which reads it, knows."""


class JournalDown(Temporary):
    """Not even the journal can be written."""


class WrongLedger(Permanent):
    """The ledger belongs to another account or venue, or a newer release has written it, or it is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Whose ledger it is; it refuses to serve another."""

    account: str
    exchange: str
    environment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to write, until a higher epoch is given to another."""

    holder: str
    epoch: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One transaction: what was learned and intended, what is to be told, and now and then the whole book.

    Attributes:
        journalled: the last number in the journal that is of this entry; 0 where none is.

    """

    facts: tuple[Fact, ...]
    notices: tuple[Notice, ...] = ()
    checkpoint: Checkpoint | None = None
    journalled: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What a start needs: the last checkpoint and the facts since."""

    checkpoint: Checkpoint | None
    facts: tuple[Fact, ...]

    def book(self) -> Book:
        """The book that they lead to."""
        return apply(Book() if self.checkpoint is None else self.checkpoint.book, self.facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Undelivered:
    """A notice that waits; `attempts` that were begun without a known end make a further one a repeat."""

    number: int
    notice: Notice
    attempts: int
    book: BookName


@dataclass(frozen=True, slots=True, kw_only=True)
class Equity:
    """What a book was worth at a moment, market time, quote: wallet, and with what is unrealised; `open` positions."""

    at: datetime
    wallet: Decimal
    equity: Decimal
    open: int


class BookLedger(Protocol):
    """One book of an account's ledger. Raises LedgerDown where it can't be written or read for now."""

    async def load(self) -> Recorded:
        """What a start needs."""
        ...

    async def history(self) -> Sequence[Fact]:
        """Every fact of this book, oldest first."""
        ...

    async def commit(self, entry: Entry, *, lease: Lease) -> None:
        """All of it or nothing; raises LeaseLost, AlreadyActed, CommitInDoubt.

        What may happen once only may happen once in each book; a signal is decided once in both together.
        """
        ...

    async def journal(self, entry: Entry) -> int:
        """Keep an entry that could not be committed, on the disk; its number. Raises JournalDown.

        The commit that names the number has it in it. One that never comes is made up for by the next `acquire`.
        """
        ...

    async def held(self, lease: Lease, *, at: datetime) -> None:
        """Return if whatever is signed at that moment, wall time, is signed by the one who has the lease.

        Raises LeaseLost, and LedgerDown where nobody can say.
        """
        ...

    async def closed(self, *, limit: int) -> Sequence[PositionClosed]:
        """The latest closed positions, newest first."""
        ...

    async def decided(self, symbol: Symbol) -> SignalDecided | None:
        """The latest decision about a symbol."""
        ...


class Ledger(Protocol):
    """One account's record: two books, and what belongs to the account. Raises LedgerDown as its books do."""

    async def acquire(self, *, owner: Owner, holder: str, now: datetime) -> Lease:
        """Take the account; raises LeaseHeld while another has it, WrongLedger for another owner's."""
        ...

    async def guard(self, *, owner: Owner, holder: str, now: datetime) -> Lease:
        """Take an account whose ledger can be read and not written: its books can be served by their journals.

        Whatever is written later takes it in the ledger first. Raises what `acquire` does; LedgerDown where it can't be
        read either, or another could take the account meanwhile.
        """
        ...

    async def renew(self, lease: Lease) -> None:
        """Keep the account; raises LeaseLost once another has it."""
        ...

    def book(self, name: BookName) -> BookLedger:
        """One of the account's two books."""
        ...

    async def steering(self) -> Sequence[Fact]:
        """Every fact of both books that says how the account is set, oldest first."""
        ...

    async def record_equity(self, book: BookName, sample: Equity) -> None:
        """Keep one, one a minute; a power cut may take the latest."""
        ...

    async def equity(self, book: BookName, *, since: datetime | None = None) -> Sequence[Equity]:
        """What a book was worth, oldest first: by the minute for 90 days, by the hour before that."""
        ...

    async def undelivered(self, *, limit: int) -> Sequence[Undelivered]:
        """Notices that wait, oldest first."""
        ...

    async def attempting(self, number: int) -> None:
        """A notice is about to be sent: from now on it may be there, whatever becomes of the worker."""
        ...

    async def refused(self, number: int) -> None:
        """The notice that was about to be sent is not there: its next attempt is no repeat because of this one."""
        ...

    async def delivered(self, number: int, *, sent: bool) -> None:
        """A notice was sent, or never will be."""
        ...

    async def close(self) -> None:
        """Let go of the ledger and of the lease."""
        ...
