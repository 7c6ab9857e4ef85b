"""What the paper venue remembers, and how it is kept: one row beside the ledger."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

import structlog
from pydantic import TypeAdapter

from tradepods_core.errors import Temporary
from tradepods_core.paper.account import Ended, Paid, PaperAccount, Traded

log = structlog.get_logger()


class PaperStore(Protocol):
    """Where a dry run's own books are kept. Raises Temporary."""

    async def load_paper(self) -> str | None:
        """The books as they were saved last."""
        ...

    async def save_paper(self, books: str) -> None:
        """Keep the books."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperBooks:
    """What the paper venue remembers.

    Attributes:
        paid: what came and went without a trade; not that of earlier releases.
        given: the `paper.balance` that its wallet was made of, quote; None in books of an earlier release.

    """

    account: PaperAccount
    given: Decimal | None = None
    ended: tuple[Ended, ...] = ()
    trades: tuple[Traded, ...] = ()
    paid: tuple[Paid, ...] = ()


_BOOKS: TypeAdapter[PaperBooks] = TypeAdapter(PaperBooks)


def read_books(saved: str) -> PaperBooks:
    """The books that a paper venue has saved."""
    return _BOOKS.validate_json(saved)


async def save(store: PaperStore, books: PaperBooks) -> None:
    """Keep the books; where that is not possible now, the next change keeps them: a dry run ends for no full disk."""
    try:
        await store.save_paper(_BOOKS.dump_json(books).decode())
    except Temporary as error:
        log.warning("paper_books_not_saved", error=str(error))
