"""A desk with everything around it in a test's hand: ledger, lanes, clocks, reader, alarm."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from support.build import ACCOUNT, BTC, ETH, NOON, WALL, arrived, market, settings, signal
from support.readers import Written
from tradepods_core.book.events import AccountRead, AccountView, FillReported, MarksMoved, StreamChanged
from tradepods_core.book.facts import Fact
from tradepods_core.book.intents import Intent, PlaceOrder
from tradepods_core.book.values import Book
from tradepods_core.settings.overrides import in_force
from tradepods_worker.adapters.clocks import ManualClock
from tradepods_worker.adapters.ledger.memory import Disk, MemoryLedger
from tradepods_worker.engine.alert import Alert
from tradepods_worker.engine.desk import Desk
from tradepods_worker.ports.ledger import BookName, Entry, JournalDown, Lease, LedgerDown, Owner

D = Decimal
OWNER = Owner(account=str(ACCOUNT), exchange="binanceusdm", environment="live")


class Order:
    """In which order things happened: commits and dispatches."""

    def __init__(self) -> None:
        self.happened: list[str] = []
        self.dispatched: list[Intent] = []

    def dispatch(self, intents: Sequence[Intent]) -> None:
        """Lanes that only write down."""
        self.dispatched += intents
        self.happened += [f"sent {getattr(intent, 'purpose', type(intent).__name__)}" for intent in intents]


class WatchedLedger(MemoryLedger):
    """A ledger in memory that says when it commits, and fails when told to."""

    def __init__(self, order: Order, disk: Disk | None = None) -> None:
        super().__init__(disk)
        self.order = order
        self.broken = self.full = False

    async def commit(self, book: BookName, entry: Entry, *, lease: Lease) -> None:
        """Commit, or fail."""
        if self.broken:
            raise LedgerDown("the disk is full")
        await super().commit(book, entry, lease=lease)
        self.order.happened.append("committed")

    async def journal(self, book: BookName, entry: Entry) -> int:
        """Journal, or fail."""
        if self.full:
            raise JournalDown("not even here")
        self.order.happened.append("journalled")
        return await super().journal(book, entry)


class Table:
    """A desk with everything around it in a test's hand."""

    def __init__(self, disk: Disk | None = None) -> None:
        self.order = Order()
        self.ledger = WatchedLedger(self.order, disk)
        self.market, self.wall = ManualClock(NOON), ManualClock(WALL)
        self.reader = Written()
        self.alert = Alert()
        self.alarms: list[datetime | None] = []
        self.seen: list[tuple[Book, tuple[Fact, ...]]] = []

    async def desk(self) -> Desk:
        """A desk that has loaded its ledger and knows its markets."""
        lease = await self.ledger.acquire(owner=OWNER, holder="test", now=WALL)
        desk = Desk(
            account=ACCOUNT,
            terms=in_force(settings(), ()),
            paper=True,
            ledger=self.ledger.book("paper"),
            lease=lease,
            lanes=self.order,
            market=self.market,
            wall=self.wall,
            reader=self.reader,
            wake=self.alarms.append,
            observe=lambda book, facts: self.seen.append((book, facts)),
            alert=self.alert,
        )
        desk.remember(await self.ledger.load("paper"))
        desk.learn({BTC: market(BTC), ETH: market(ETH)})
        return desk

    async def begun(self) -> Desk:
        """A desk after its first reading and its first marks."""
        desk = await self.desk()
        await desk.handle(StreamChanged(connected=True, seen_at=WALL))
        await desk.handle(read())
        await desk.handle(MarksMoved(at=NOON, marks={BTC: D(100), ETH: D(100)}))
        self.order.happened.clear()
        self.order.dispatched.clear()
        return desk


def read(wallet: str = "1000", leverage: int = 10) -> AccountRead:
    """A reading of an account without positions."""
    view = AccountView(wallet=D(wallet), leverage={BTC: leverage, ETH: leverage})
    return AccountRead(view=view, begun_at=WALL, seen_at=WALL)


def fill(order: PlaceOrder, trade: str = "1") -> FillReported:
    """The whole of an order."""
    return FillReported(
        order=order.id,
        trade=trade,
        symbol=order.leg.symbol,
        quantity=order.quantity,
        price=D(100),
        fee=D("0.1"),
        fee_asset="USDT",
        realized=D(0),
        at=NOON,
        seen_at=WALL,
    )


async def entered(table: Table) -> tuple[Desk, PlaceOrder]:
    """A desk that has sent an entry, and that entry."""
    desk = await table.begun()
    await desk.handle(arrived(signal()))
    (entry,) = table.order.dispatched
    assert isinstance(entry, PlaceOrder)
    return desk, entry
