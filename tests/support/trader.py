"""Bob's whole worker in this process: real ledger, real ccxt over real sockets, and a test's hand for the signals."""

import argparse
import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from support import build
from support.build import BTC, NOON, arrived, signal
from support.servers import API_KEY, API_SECRET, Served
from tradepods_core.book.events import CommandGiven, MarksMoved
from tradepods_core.book.facts import Fact
from tradepods_core.book.values import Book
from tradepods_core.ids import DEFAULT_NAMESPACE, LOCAL_FLEET, account_key
from tradepods_core.money import ZERO
from tradepods_core.settings.reading import read_account
from tradepods_core.wire.fleet import Condition, Heartbeat, Tally
from tradepods_simulator.exchange.books import Customer
from tradepods_worker.adapters.clocks import ManualClock, WallClock
from tradepods_worker.adapters.feed_memory import MemoryFeed
from tradepods_worker.adapters.telegram.memory import MemoryMessenger
from tradepods_worker.bootstrap.parts import Parts, make_ledger
from tradepods_worker.bootstrap.serve import Worker
from tradepods_worker.engine.desk import Desk
from tradepods_worker.engine.sight import Sight
from tradepods_worker.ports import FeedEvent
from tradepods_worker.ports.ledger import Owner
from tradepods_worker.tasks.health import Health
from tradepods_worker.tasks.heartbeat import Address, Reporter, Status
from tradepods_worker.tasks.lease import take
from tradepods_worker.tasks.outbox import Outbox

D = Decimal
BOB = account_key(fleet=LOCAL_FLEET, namespace=DEFAULT_NAMESPACE, name="bob")
OWNER = Owner(account=str(BOB), exchange="binanceusdm", environment="custom")
WITHIN = 30.0  # seconds: a deadline, never a wait


class Trader:
    """The worker, and the exchange that it trades on."""

    def __init__(self, worker: Worker, served: Served, running: "asyncio.Task[None]") -> None:
        self._worker, self.served, self.running = worker, served, running

    @property
    def book(self) -> Book:
        """What the worker believes."""
        return self.desk.book

    @property
    def desk(self) -> Desk:
        """Whose book it is."""
        return self._worker.account.trading().desk

    @property
    def sight(self) -> Sight:
        """What the worker sees beside its book."""
        return self._worker.account.trading().desk.sight

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
        await self._worker.account.moved({BTC: D(price)})
        self._worker.account.put(MarksMoved(at=NOON, marks={BTC: D(price)}))

    def move_unheard(self, price: str) -> None:
        """The mark price goes there at the exchange, a step of the market later, and nobody tells the worker."""
        exchange = self.served.exchange
        exchange.market.go_to(exchange.market.step + 1)
        exchange.market.prices = {**exchange.market.prices, BTC: D(price)}
        exchange.react()

    def hear(self, event: FeedEvent) -> None:
        """The signal service says this."""
        feed: Any = self._worker.account._parts.feed
        feed.say(event)

    def name(self) -> str:
        """The book that trades; while it is being opened, the one there is."""
        return self._worker.account.trading().desk.name

    def other(self) -> Book:
        """What is still open in the other book."""
        found = self._worker.account.guarding()
        assert found is not None
        return found.desk.book

    def status(self) -> Status:
        """How the account is set, as its heartbeat says it."""
        return self._worker.account.status()

    def heartbeat(self) -> Heartbeat:
        """What it tells the fleet now."""
        account, wall, never = self._worker.account, WallClock(), asyncio.Event()
        ledger = account._parts.ledger
        told: Any = None  # nothing is sent
        reporter = Reporter(
            feed=told,
            address=Address(venue="binanceusdm/custom", egress="here"),
            outbox=Outbox(ledger=ledger, messenger=MemoryMessenger(), wall=wall, alert=account._parts.alert),
            market=wall,
            trading=account.trading,
            guarding=account.guarding,
            status=account.status,
            halted=lambda _: None,
            due=never,
        )
        return reporter.heartbeat()

    def condition(self, kind: str) -> Condition:
        """One of its conditions."""
        return next(condition for condition in self.status().conditions if condition.type == kind)

    def tally(self) -> Tally:
        """What it has done."""
        return self._worker.account.trading().desk.tally

    async def facts(self) -> Sequence[Fact]:
        """The ledger of the book that trades."""
        return await self._worker.account._parts.ledger.history(self._worker.account._name())

    def give(self, command: CommandGiven) -> None:
        """What a person asks for."""
        self._worker.account.put(command)

    def take(self, **changes: Any) -> None:
        """A new manifest."""
        self._worker.account.take(read_account(written(self.served, **changes)))

    def sell(self) -> None:
        """A strategy's signal to go short at 100."""
        self._worker.account.put(arrived(signal(side="short")))

    def buy(self, strategy: str = "swing") -> None:
        """A strategy's signal to go long at 100."""
        self._worker.account.put(arrived(signal(strategy=strategy)))

    async def until(self, condition: Callable[[], bool]) -> None:
        """Poll a condition until it holds."""
        async with asyncio.timeout(WITHIN):
            while not condition():
                await asyncio.sleep(0.01)

    def quiet(self) -> bool:
        """Whether nothing is under way."""
        return not self.book.unsettled and not self._worker.account.activity.busy

    def connected(self) -> bool:
        """Whether the worker hears its private stream."""
        return self._worker.account.trading().desk.sight.connected

    def agrees(self) -> bool:
        """Whether ledger and exchange tell one story, with nothing under way."""
        book, paper = self.book, self.customer.paper
        ours = {(leg.symbol, p.quantity * leg.sign) for leg, p in book.positions.items()}
        theirs = {(held.symbol, held.quantity) for held in paper.positions.values()}
        resting = {identifier for identifier, order in book.orders.items() if not order.ended}
        same = ours == theirs and book.wallet == paper.wallet and resting == set(paper.resting)
        return same and not book.doubts and self.quiet()

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


def written(served: Served, **changes: Any) -> dict[str, Any]:
    """Bob's manifest as a person writes it."""
    live = {"dryRun": False, "acknowledgeLiveTrading": True, "credentialsSecretRef": {"name": "keys"}}
    exchange = {"environment": "custom", "url": served.url}
    own = {**live, "exchange": exchange, "symbols": {"allow": [BTC]}, "exitCooldownHours": 0, **changes}
    return build.spec(**own)


def rewrite(trader: Trader, folder: Path, **changes: Any) -> None:
    """As Kubernetes swaps a mounted ConfigMap: at once, and by another file."""
    new = folder / "settings.new"
    new.write_text(json.dumps(written(trader.served, **changes)), "utf-8")
    new.replace(folder / "settings.yaml")


def _parts(
    served: Served, folder: Path, changes: dict[str, Any], keys_of: tuple[str, str], kept_in: Path | None = None
) -> Parts:
    wall = WallClock()
    document = written(served, **changes)
    file = folder / "settings.yaml"
    file.write_text(json.dumps(document), "utf-8")
    feed: Any = MemoryFeed(markets=served.exchange.market.markets, clock=wall)
    market: Any = ManualClock(NOON)  # a replay's market time stands still too
    names = {"name": "bob", "namespace": DEFAULT_NAMESPACE, "fleet_id": LOCAL_FLEET}
    doors = {"telegram": folder / "telegram", "egress": "here", "heartbeat": 1.0, "secrets_hash": ""}
    keys = folder / "exchange"
    keys.mkdir(exist_ok=True)
    for name, value in zip(("apiKey", "apiSecret"), keys_of, strict=True):
        (keys / name).write_text(value, "utf-8")
    options = argparse.Namespace(
        state=kept_in or folder,
        settings=file,
        credentials=keys,
        ledger=folder / "ledger",
        proxy=None,
        steps="",
        **names,
        **doors,
    )
    settings = read_account(document)
    return Parts(
        options=options,
        settings=settings,
        ledger=make_ledger(options, settings, wall),
        feed=feed,
        health=Health(wall=wall),
        wall=wall,
        market=market,
    )


async def _begun(parts: Parts, ready: "asyncio.Future[Worker]") -> None:
    """A worker that runs until it is cancelled; `ready` once it has read the account."""
    lease = await take(parts.ledger, owner=OWNER, holder="test", wall=parts.wall)
    async with asyncio.TaskGroup() as group:
        worker = Worker(parts, lease, group)
        try:
            await worker.begin()
            if parts.settings.telegram is not None:
                await worker.open_doors()
            ready.set_result(worker)
            await asyncio.Event().wait()
        finally:
            await worker.account.close()


@asynccontextmanager
async def trading(
    served: Served,
    folder: Path,
    *,
    keys: Any = (API_KEY, API_SECRET),
    has_keys: Any = True,
    kept_in: Any = None,
    **changes: Any,
) -> AsyncIterator[Trader]:
    """A worker that has read the account, at a price of 100; `changes` are settings.

    Its ledger is in `kept_in`, where that is not the folder of its settings.
    """
    parts = replace(_parts(served, folder, changes, keys, kept_in), keys=has_keys)
    ready: asyncio.Future[Worker] = asyncio.get_running_loop().create_future()
    running = asyncio.create_task(_begun(parts, ready))
    try:
        either: list[asyncio.Future[Any]] = [running, ready]
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            running.result()
        trader = Trader(ready.result(), served, running)
        await trader.move("100")
        yield trader
    finally:
        if ready.done() and parts.settings.telegram is not None:
            await ready.result().end()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await parts.ledger.close()
