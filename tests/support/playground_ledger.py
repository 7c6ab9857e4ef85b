"""Whether an account's ledger and its exchange tell the same story."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from support.node import Json, until
from support.playground import Playground
from support.playground_exchange import SimulatedExchange
from tradepods_cli.local.comparison import SAME, compare
from tradepods_cli.local.venue_books import of_simulator
from tradepods_core.book.facts import Fact
from tradepods_worker.adapters.ledger.sql import SqlLedger


def facts(playground: Playground, name: str, folder: Path) -> Sequence[Fact]:
    """All that the account's live book has learned, as it is now."""

    async def read(file: Path) -> Sequence[Fact]:
        ledger = SqlLedger(file)
        try:
            return list(await ledger.history("live"))
        finally:
            await ledger.close()

    return asyncio.run(read(playground.ledger(name, folder)))


def until_same(playground: Playground, exchange: SimulatedExchange, name: str, folder: Path) -> None:
    """Wait until both agree; neither stands still, so a difference in the middle of an order is no error."""
    found: Json = {}

    def same() -> bool:
        found.update(compare(facts(playground, name, folder), of_simulator(exchange.books(name))))
        return found == SAME

    until(f"{name}'s ledger says what its exchange says", same)
