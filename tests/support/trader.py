"""Bob's whole worker in this process: real ledger, real ccxt over real sockets, and a test's hand for the signals."""

import argparse
import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from support.build import ACCOUNT, BTC, NOON, arrived, settings, signal
from support.scripted import ccxt_venue
from support.servers import Served
from tradepods_core.book.events import MarksMoved
from tradepods_core.book.values import Book
from tradepods_core.ids import DEFAULT_NAMESPACE, LOCAL_FLEET
from tradepods_core.money import ZERO
from tradepods_simulator.exchange.books import Customer
from tradepods_worker.adapters.clocks import ManualClock, WallClock
from tradepods_worker.adapters.feed_memory import MemoryFeed
from tradepods_worker.adapters.ledger.sql import LEDGER, SqlLedger
from tradepods_worker.bootstrap.parts import Parts
from tradepods_worker.bootstrap.serve import Worker
from tradepods_worker.ports.ledger import Owner

D = Decimal
OWNER = Owner(account=str(ACCOUNT), exchange="binanceusdm", environment="custom")
WITHIN = 30.0  # seconds: a deadline, never a wait


class Trader:
    """The worker, and the exchange that it trades on."""

    def __init__(self, worker: Worker, served: Served) -> None:
        self._worker, self.served = worker, served

    @property
    def book(self) -> Book:
        """What the worker believes."""
        return self._worker._runtime.desk.book

    @property
    def customer(self) -> Customer:
        """What the exchange knows of bob."""
        found = self.served.exchange.books.by_name("bob")
        assert found is not None
        return found

    async def move(self, price: str) -> None:
        """The mark price goes there, at the exchange and for the worker."""
        exchange = self.served.exchange
        exchange.market.prices = {**exchange.market.prices, BTC: D(price)}
        exchange.react()
        self._worker._runtime.inbox.put(MarksMoved(at=NOON, marks={BTC: D(price)}))

    def buy(self, strategy: str = "swing") -> None:
        """A strategy's signal to go long at 100."""
        self._worker._runtime.inbox.put(arrived(signal(strategy=strategy)))

    async def until(self, condition: Callable[[], bool]) -> None:
        """Poll a condition until it holds."""
        async with asyncio.timeout(WITHIN):
            while not condition():
                await asyncio.sleep(0.01)

    def agrees(self) -> bool:
        """Whether ledger and exchange tell one story, with nothing under way."""
        book, paper = self.book, self.customer.paper
        ours = sum((p.quantity * leg.sign for leg, p in book.positions.items()), ZERO)
        resting = {identifier for identifier, order in book.orders.items() if not order.ended}
        same = ours == paper.held(BTC) and book.wallet == paper.wallet and resting == set(paper.resting)
        return same and not book.unsettled and not book.doubts and not self._worker._activity.busy

    def protected(self) -> bool:
        """Whether a position is held, and one stop and one take-profit of its quantity rest."""
        paper = self.customer.paper
        resting = sorted((order.kind, order.quantity) for order in paper.resting.values())
        held = paper.held(BTC)
        return held > ZERO and resting == [("stop_market", held), ("take_profit_market", held)]

    def stops(self) -> list[Decimal]:
        """The levels of the stops that rest."""
        resting = self.customer.paper.resting.values()
        return sorted(order.trigger or ZERO for order in resting if order.kind == "stop_market")

    def flat(self) -> bool:
        """Whether nothing is held, and nothing rests."""
        return not self.customer.paper.positions and not self.customer.paper.resting


def _parts(served: Served, folder: Path, changes: dict[str, Any]) -> Parts:
    wall = WallClock()
    live = {"dryRun": False, "acknowledgeLiveTrading": True, "credentialsSecretRef": {"name": "keys"}}
    spec = settings(**{**live, "symbols": {"allow": [BTC]}, "exitCooldownHours": 0, **changes})
    feed: Any = MemoryFeed(markets=served.exchange.market.markets, clock=wall)
    market: Any = ManualClock(NOON)  # a replay's market time stands still too
    names = {"name": "bob", "namespace": DEFAULT_NAMESPACE, "fleet_id": LOCAL_FLEET}
    doors = {"telegram": folder / "telegram", "egress": "here", "heartbeat": 1.0}
    return Parts(
        options=argparse.Namespace(state=folder, steps="", **names, **doors),
        settings=spec,
        ledger=SqlLedger(folder / LEDGER),
        venue=ccxt_venue(served.url),
        feed=feed,
        wall=wall,
        market=market,
    )


async def _begun(parts: Parts, ready: "asyncio.Future[Worker]") -> None:
    """A worker that runs until it is cancelled; `ready` once it has read the account."""
    lease = await parts.ledger.acquire(owner=OWNER, holder="test", now=parts.wall.now())
    async with asyncio.TaskGroup() as group:
        worker = Worker(parts, lease, group)
        await worker.begin()
        if parts.settings.telegram is not None:
            await worker.open_doors()
        ready.set_result(worker)
        await asyncio.Event().wait()


@asynccontextmanager
async def trading(served: Served, folder: Path, **changes: Any) -> AsyncIterator[Trader]:
    """A worker that has read the account, at a price of 100; `changes` are settings."""
    parts = _parts(served, folder, changes)
    ready: asyncio.Future[Worker] = asyncio.get_running_loop().create_future()
    running = asyncio.create_task(_begun(parts, ready))
    try:
        either: list[asyncio.Future[Any]] = [running, ready]
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            running.result()
        trader = Trader(ready.result(), served)
        await trader.move("100")
        yield trader
    finally:
        if ready.done() and parts.settings.telegram is not None:
            await ready.result().end()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await parts.venue.close()
        await parts.ledger.close()
