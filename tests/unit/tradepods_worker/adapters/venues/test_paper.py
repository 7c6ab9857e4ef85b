"""What only the paper venue has: no price yet, and books of its own."""

from decimal import Decimal

from support.bench import paper_bench
from support.build import BTC, ETH, NOON, WALL, later, market
from tradepods_core.book.intents import Accepted, Leg, PlaceOrder, Throttled
from tradepods_core.book.outside import ForeignSeen
from tradepods_worker.adapters.clocks import ManualClock
from tradepods_worker.adapters.ledger.memory import MemoryLedger
from tradepods_worker.adapters.venues.paper import PaperVenue

D = Decimal
ORDER = PlaceOrder(
    id="tp" + "a" * 26,
    cause="test",
    leg=Leg(BTC, "long"),
    purpose="enter",
    kind="market",
    quantity=D(1),
    position=1,
    committed_at=WALL,
)


async def test_an_order_of_a_symbol_without_a_price_yet_is_asked_for_again() -> None:
    """After a restart a stop may be due before the first mark has come: not refused, which would close the position."""
    venue = PaperVenue(store=MemoryLedger(), balance=D(100), market=ManualClock(NOON), wall=ManualClock(WALL))
    await venue.prepare({BTC: market()})
    early = await venue.perform(ORDER, signed_at=WALL)
    await venue.moved({BTC: D(50)})

    assert early == Throttled(until=later(1))
    assert isinstance(await venue.perform(ORDER, signed_at=WALL), Accepted)


async def test_its_books_outlive_the_process() -> None:
    """Wallet, position and resting orders are those of the last run."""
    store = MemoryLedger()
    markets = {BTC: market(), ETH: market(ETH)}
    first = PaperVenue(store=store, balance=D(100), market=ManualClock(NOON), wall=ManualClock(WALL))
    await first.prepare(markets)
    await first.moved({BTC: D(50)})
    await first.perform(ORDER, signed_at=WALL)
    second = PaperVenue(store=store, balance=D(100), market=ManualClock(NOON), wall=ManualClock(WALL))
    await second.prepare(markets)

    assert await second.read(wanted=()) == await first.read(wanted=())
    assert [position.quantity for position in (await second.read(wanted=())).positions] == [D(1)]


async def test_a_liquidation_on_paper_is_heard_of_and_told_as_one() -> None:
    """It is no fill of an order of ours."""
    bench = await paper_bench({BTC: market(), ETH: market(ETH)})
    await bench.done(bench.order(quantity="120"))
    await bench.done(bench.order("stop", "stop_market", symbol=ETH, quantity="1", trigger="1"))
    await bench.move({BTC: D(16)})
    view = await bench.venue.read(wanted=(), past=[BTC])
    while not isinstance(heard := await bench.next(), ForeignSeen):
        pass
    bench.listening.cancel()

    assert view.positions == ()
    assert [(trade.cause, trade.quantity, trade.price) for trade in view.pasts[BTC].trades] == [
        ("liquidation", D(120), D(16))
    ]
    assert heard.symbol == BTC


async def test_the_bench_begins_with_a_gap() -> None:
    """As a venue behind a network does: the account is read after it."""
    bench = await paper_bench({BTC: market(), ETH: market(ETH)})
    bench.listening.cancel()

    assert bench.told.empty()
