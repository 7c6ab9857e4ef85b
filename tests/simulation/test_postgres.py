"""A whole worker whose ledger is in a PostgreSQL database: the server restarts, hangs, or another worker takes over."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from support.ledgers import postgres_ledger
from support.postgres import Server
from support.servers import Served
from support.trader import BOB, Trader, trading
from tradepods_core.book.book import apply
from tradepods_core.book.events import CommandGiven
from tradepods_core.book.facts import Fact, Filled
from tradepods_core.book.values import Book
from tradepods_worker.adapters.ledger.postgres_link import schema_of
from tradepods_worker.ports.ledger import LeaseLost

LEDGER = {"type": "postgresql", "secretRef": {"name": "db"}}
EVEN: dict[str, Any] = {"breakEven": {"triggerPct": 1, "offsetPct": 0.2}}
SERVED = "the account is served by test: stop it first, or wait for its lease"
OVER = "UPDATE {}.leases SET expires_at = now() - interval '5 s'"


class Database:
    """One database, and machines whose workers keep bob's ledger in it."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server, self._folder, self._url = server, folder, server.database()

    @asynccontextmanager
    async def trading(self, exchange: Served, *, machine: str = "one", **changes: Any) -> AsyncIterator[Trader]:
        """Bob's worker on that machine."""
        folder = self._folder / machine
        (folder / "ledger").mkdir(parents=True, exist_ok=True)
        (folder / "ledger" / "url").write_text(self._url)
        async with trading(exchange, folder, ledger=LEDGER, **changes) as trader:
            yield trader

    async def history(self) -> list[Fact]:
        """All that bob's live book has recorded."""
        ledger = postgres_ledger(self._url, self._folder / "looking", account=str(BOB))
        found = list(await ledger.book("live").history())
        await ledger.close()
        return found

    def expire(self, trader: Trader) -> None:
        """The lease of a worker that was away for long is over, by the server's clock and by its own."""
        store: Any = trader._worker._parts.ledger._store
        store._held_until = None
        self.server.ask(OVER.format(schema_of(str(BOB))), url=self._url)

    async def agrees(self, trader: Trader) -> None:
        """Everything is in the ledger: the facts alone give the book, each fill of the exchange is one of them."""
        await trader.until(lambda: not trader.desk.trouble and trader.agrees())
        facts = await self.history()
        assert apply(Book(), facts) == trader.book
        fills = {(fact.leg.symbol, fact.trade) for fact in facts if isinstance(fact, Filled)}
        assert fills == {(trade.order.symbol, str(trade.trade)) for trade in trader.customer.trades}
        assert trader.customer.duplicates() == 0


@pytest.fixture
def database(postgres: Server, tmp_path: Path) -> Database:
    """A new one."""
    return Database(postgres, tmp_path)


async def _opened(trader: Trader) -> None:
    trader.buy()
    await trader.until(lambda: trader.protected() and trader.agrees())


async def test_a_worker_trades_with_its_ledger_in_a_database(exchange: Served, database: Database) -> None:
    """Opened, protected, stopped out, and known to the next start."""
    async with database.trading(exchange) as trader:
        await _opened(trader)
    async with database.trading(exchange) as trader:
        await trader.until(lambda: trader.protected() and trader.agrees())
        await trader.move("96")
        await trader.until(lambda: trader.flat() and not trader.book.positions)
        await database.agrees(trader)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["restarted", "crashed"])
async def test_a_server_that_is_away_in_the_middle_of_a_position(
    exchange: Served, database: Database, how: signal.Signals
) -> None:
    """The stop is moved and the position closed meanwhile, a signal is refused; then all of it is in the ledger."""
    async with database.trading(exchange, **EVEN) as trader:
        await _opened(trader)
        database.server.stop(how)
        try:
            await trader.move("102")
            await trader.until(lambda: trader.protected() and trader.stops()[0] > 100)
            assert trader.desk.trouble
            trader.buy("another")
            trader.give(CommandGiven(id="test/close", name="close", symbol="", by="test"))
            await trader.until(trader.flat)
            trader.buy("late")
            await trader.until(lambda: len(trader.book.decided) == 3)
            assert trader.flat()
        finally:
            database.server.start()
        await database.agrees(trader)


async def test_a_server_that_hangs_in_the_middle_of_a_position(exchange: Served, database: Database) -> None:
    """It is as one that is away."""
    async with database.trading(exchange) as trader:
        await _opened(trader)
        with database.server.frozen():
            trader.give(CommandGiven(id="test/close", name="close", symbol="", by="test"))
            await trader.until(trader.flat)
            assert trader.desk.trouble
        await database.agrees(trader)


async def test_a_worker_that_is_killed_while_the_server_is_away_forgets_nothing(
    exchange: Served, database: Database
) -> None:
    """Its journal is on its own disk: the next start on that machine takes it in."""
    async with database.trading(exchange) as trader:
        await _opened(trader)
        database.server.stop()
        try:
            trader.give(CommandGiven(id="test/close", name="close", symbol="", by="test"))
            await trader.until(lambda: trader.flat() and not trader.book.positions)
            known = trader.book.commands
            trader.running.cancel()
        finally:
            database.server.start()
    async with database.trading(exchange) as trader:
        await database.agrees(trader)
        assert trader.book.commands == known


async def test_another_machines_worker_takes_over_and_the_first_one_ends(exchange: Served, database: Database) -> None:
    """While the lease holds it waits. Then it guards what is open, and the first neither writes nor sends."""
    async with database.trading(exchange) as first:
        await _opened(first)
        async with AsyncExitStack() as stack:
            taking = asyncio.create_task(stack.enter_async_context(database.trading(exchange, machine="two")))
            await _waits(first, taking)
            await database.agrees(first)
            database.expire(first)
            second = await taking
            await second.until(lambda: second.protected() and second.agrees())
            sent = len(second.customer.trades)
            first.give(CommandGiven(id="test/close", name="close", symbol="", by="test"))
            await second.until(first.running.done)
            assert len(second.customer.trades) == sent
            await second.move("96")
            await second.until(lambda: second.flat() and not second.book.positions)
            await database.agrees(second)
        assert _ends(first) == {LeaseLost}


async def _waits(first: Trader, taking: "asyncio.Task[Trader]") -> None:
    """The newcomer says for what, and has not begun."""
    with capture_logs() as logs:
        await first.until(lambda: any(entry["event"] == "waiting" for entry in logs) or taking.done())
    assert [entry["error"] for entry in logs if entry["event"] == "waiting"] == [SERVED]
    assert not taking.done()


def _ends(trader: Trader) -> set[type[BaseException]]:
    """Why a worker has ended."""
    error = trader.running.exception()
    assert isinstance(error, BaseExceptionGroup)
    return {type(one) for one in error.exceptions}
