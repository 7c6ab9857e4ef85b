"""What only the paper venue has: no price yet, and books of its own."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from support.bench import paper_bench
from support.build import BTC, ETH, NOON, WALL, later, market
from tradepods_core.book.events import PaymentReported
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
    await second.moved({BTC: D(50)})

    assert await second.read(wanted=()) == await first.read(wanted=())
    assert [position.quantity for position in (await second.read(wanted=())).positions] == [D(1)]


@pytest.mark.parametrize("rests", [True, False])
async def test_a_liquidation_on_paper_is_heard_of_and_told_as_one(rests: bool) -> None:
    """No fill of an order of ours, and it needs none that rests: a dry run without exits loses no more than it has."""
    bench = await paper_bench({BTC: market(), ETH: market(ETH)})
    await bench.done(bench.order(quantity="120"))
    if rests:
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


async def test_a_changed_balance_becomes_the_wallet_once_it_is_flat() -> None:
    """As by a transfer, so that no limit of losses counts it; until then it waits, and once is enough."""
    venue = PaperVenue(store=MemoryLedger(), balance=D(100), market=ManualClock(NOON), wall=ManualClock(WALL))
    await venue.prepare({BTC: market()})
    await venue.moved({BTC: D(50)})
    await venue.perform(ORDER, signed_at=WALL)
    await venue.read(wanted=())
    await venue.fund(D(500))
    waiting = venue.waits(D(500))
    await venue.perform(replace(ORDER, id="tp" + "b" * 26, purpose="close"), signed_at=WALL)
    before = (await venue.read(wanted=())).wallet
    for _ in range(2):
        await venue.fund(D(500))
    told = [venue._told.get_nowait() for _ in range(venue._told.qsize())]
    (paid,) = [event for event in told if isinstance(event, PaymentReported)]

    assert (waiting, venue.waits(D(500))) == (True, False)
    assert (await venue.read(wanted=())).wallet == D(500)
    assert (paid.kind, paid.amount, paid.balance) == ("TRANSFER", D(500) - before, D(500))


async def test_a_balance_that_was_given_already_is_not_given_again_by_a_restart() -> None:
    """Nor is that of books which don't say what they were given."""
    store = MemoryLedger()
    made: dict[str, Any] = {"market": ManualClock(NOON), "wall": ManualClock(WALL)}
    first = PaperVenue(store=store, balance=D(100), **made)
    await first.prepare({BTC: market()})
    await first.moved({BTC: D(50)})
    await first.perform(ORDER, signed_at=WALL)
    await first.perform(replace(ORDER, id="tp" + "b" * 26, purpose="close"), signed_at=WALL)
    spent = (await first.read(wanted=())).wallet
    books = json.loads(store.disk.paper or "")
    for given in (books["given"], None):
        store.disk.paper = json.dumps({**books, "given": given})
        again = PaperVenue(store=store, balance=D(100), **made)
        await again.prepare({BTC: market()})
        await again.read(wanted=())
        await again.fund(D(100))
        assert (await again.read(wanted=())).wallet == spent < D(100)
