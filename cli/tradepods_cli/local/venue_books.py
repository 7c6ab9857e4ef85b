"""The venue's side of the comparison: the simulator's books of a live account, the paper venue's of a dry run."""

from decimal import Decimal
from pathlib import Path
from typing import Any

from tradepods_cli.local.report import VenueBooks
from tradepods_core.book.facts import Fact
from tradepods_core.errors import Permanent
from tradepods_core.wire.fleet import Digest
from tradepods_worker.adapters.ledger.sql import SqlLedger
from tradepods_worker.adapters.venues.paper import read_books


def of_simulator(books: dict[str, Any]) -> VenueBooks:
    """From the exchange simulator's admin answer."""
    return VenueBooks(
        positions={symbol: Decimal(held["quantity"]) for symbol, held in books["positions"].items()},
        trades=frozenset((fill["symbol"], fill["trade"]) for fill in books["fills"]),
        wallet=Decimal(books["wallet"]),
        duplicate_orders=books["duplicateOrders"],
        unprotected_max_ms=books["unprotectedMaxMs"],
    )


async def of_paper(ledger: SqlLedger, digest: Digest) -> VenueBooks:
    """From the paper venue's own row; its trades are all there as long as no more than it keeps were made."""
    saved = await ledger.load_paper()
    if saved is None:
        raise Permanent(f"{digest.name} kept no paper books")
    books = read_books(saved)
    placed = [end.order.id for end in books.ended] + list(books.account.resting)
    return VenueBooks(
        positions={symbol: position.quantity for symbol, position in books.account.positions.items()},
        trades=frozenset((trade.order.symbol, str(trade.trade)) for trade in books.trades),
        wallet=books.account.wallet,
        duplicate_orders=len(placed) - len(set(placed)),
        unprotected_max_ms=digest.heartbeat.unprotected_max_ms,
    )


async def facts_of(file: Path) -> tuple[list[Fact], SqlLedger]:
    """A stopped worker's whole history, and its ledger, still open."""
    ledger = SqlLedger(file)
    return list(await ledger.history()), ledger
