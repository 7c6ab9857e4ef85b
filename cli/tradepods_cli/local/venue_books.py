"""The venue's side of the comparison: the simulator's books of a live account, the paper venue's of a dry run."""

from decimal import Decimal
from pathlib import Path
from typing import Any

from tradepods_cli.local.comparison import VenueBooks
from tradepods_core.book.facts import Fact
from tradepods_core.paper.account import PaperAccount
from tradepods_core.wire.fleet import Digest
from tradepods_worker.adapters.ledger.sql import LEDGER, SqlLedger
from tradepods_worker.adapters.venues.paper_books import PaperBooks, read_books
from tradepods_worker.ports.ledger import BookName


def of_simulator(books: dict[str, Any]) -> VenueBooks:
    """From the exchange simulator's admin answer."""
    return VenueBooks(
        positions={symbol: Decimal(held["quantity"]) for symbol, held in books["positions"].items()},
        trades=frozenset((fill["symbol"], fill["trade"]) for fill in books["fills"]),
        wallet=Decimal(books["wallet"]),
        duplicate_orders=books["duplicateOrders"],
        unprotected_max_ms=books["unprotectedMaxMs"],
    )


async def of_paper(ledger: SqlLedger, digest: Digest, *, balance: Decimal) -> VenueBooks:
    """From the paper venue's own row, which keeps the latest trades; without one, nothing was traded of `balance`."""
    saved = await ledger.load_paper()
    books = PaperBooks(account=PaperAccount(wallet=balance)) if saved is None else read_books(saved)
    placed = [end.order.id for end in books.ended] + list(books.account.resting)
    return VenueBooks(
        positions={symbol: position.quantity for symbol, position in books.account.positions.items()},
        trades=frozenset((trade.order.symbol, str(trade.trade)) for trade in books.trades),
        wallet=books.account.wallet,
        duplicate_orders=len(placed) - len(set(placed)),
        unprotected_max_ms=digest.heartbeat.unprotected_max_ms,
        oldest_trade=books.account.trades_made - len(books.trades) + 1,
    )


async def facts_of(home: Path, book: BookName) -> tuple[list[Fact], SqlLedger]:
    """The whole history of one book in a stopped worker's folder, and its ledger, still open."""
    ledger = SqlLedger(home / LEDGER)
    return list(await ledger.history(book)), ledger
