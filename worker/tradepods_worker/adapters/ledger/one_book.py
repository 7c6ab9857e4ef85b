"""One of an account's two books: the account's ledger, asked about that book."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from tradepods_core.book.facts import Fact, PositionClosed, SignalDecided
from tradepods_core.shapes import Symbol
from tradepods_worker.ports.ledger import BookName, Entry, Lease, Recorded


class Books(Protocol):
    """A ledger that is told of which book."""

    async def load(self, book: BookName) -> Recorded:
        """What a start needs."""
        ...

    async def history(self, book: BookName) -> Sequence[Fact]:
        """Every fact of the book, oldest first."""
        ...

    async def commit(self, book: BookName, entry: Entry, *, lease: Lease) -> None:
        """All of it or nothing."""
        ...

    async def journal(self, book: BookName, entry: Entry) -> int:
        """Keep an entry that could not be committed."""
        ...

    async def held(self, lease: Lease, *, at: datetime) -> None:
        """Return if what is signed at that moment is signed by the one who has the lease."""
        ...

    async def closed(self, book: BookName, *, limit: int) -> Sequence[PositionClosed]:
        """The latest closed positions, newest first."""
        ...

    async def decided(self, book: BookName, symbol: Symbol) -> SignalDecided | None:
        """The latest decision about a symbol."""
        ...


@dataclass(frozen=True, slots=True)
class OneBook:
    """What a desk writes to."""

    ledger: Books
    name: BookName

    async def load(self) -> Recorded:
        """What a start needs."""
        return await self.ledger.load(self.name)

    async def history(self) -> Sequence[Fact]:
        """Every fact of this book, oldest first."""
        return await self.ledger.history(self.name)

    async def commit(self, entry: Entry, *, lease: Lease) -> None:
        """All of it or nothing."""
        await self.ledger.commit(self.name, entry, lease=lease)

    async def journal(self, entry: Entry) -> int:
        """Keep an entry that could not be committed."""
        return await self.ledger.journal(self.name, entry)

    async def held(self, lease: Lease, *, at: datetime) -> None:
        """Return if what is signed at that moment is signed by the one who has the lease."""
        await self.ledger.held(lease, at=at)

    async def closed(self, *, limit: int) -> Sequence[PositionClosed]:
        """The latest closed positions, newest first."""
        return await self.ledger.closed(self.name, limit=limit)

    async def decided(self, symbol: Symbol) -> SignalDecided | None:
        """The latest decision about a symbol."""
        return await self.ledger.decided(self.name, symbol)
