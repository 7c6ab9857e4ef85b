"""The venue port: one set of cases, on paper and on the exchange simulator through real ccxt over real sockets."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from support.bench import Bench, ccxt_bench, paper_bench
from support.build import BTC, ETH
from support.servers import Served
from tradepods_core.book.events import FillReported, OrderReported, VenueOrder
from tradepods_core.book.intents import Accepted, OrderKind, PrepareSymbol, Purpose, Rejected, Side
from tradepods_worker.ports import Wanted

D = Decimal


@pytest.fixture(params=["paper", "ccxt"])
async def bench(request: pytest.FixtureRequest, exchange: Served) -> AsyncIterator[Bench]:
    """A venue of each kind, with 10,000 and both symbols at 100."""
    markets = exchange.exchange.market.markets
    found = await paper_bench(markets) if request.param == "paper" else await ccxt_bench(exchange, markets)
    yield found
    found.listening.cancel()
    await found.venue.close()


async def test_an_entry_is_answered_and_told(bench: Bench) -> None:
    """The answer says executed; the stream brings the fill, then the end."""
    entry = bench.order()
    outcome = await bench.perform(entry)
    heard = await bench.until_ended(entry)
    (fill,) = [event for event in heard if isinstance(event, FillReported)]

    assert outcome == Accepted(executed=D(1), ended=True)
    assert (fill.order, fill.symbol, fill.quantity, fill.price) == (entry.id, BTC, D(1), D(100))
    assert (fill.fee, fill.fee_asset, fill.realized) == (D("0.05"), "USDT", D(0))
    assert heard.index(fill) < len(heard) - 1, "the fill comes before the end"


@pytest.mark.parametrize(("side", "trigger", "price"), [("long", "97", "96.5"), ("short", "103", "103.5")])
async def test_a_stop_rests_and_closes_when_the_mark_reaches_it(
    bench: Bench, side: Side, trigger: str, price: str
) -> None:
    """On either side; the loss is the venue's own record."""
    await bench.until_ended(await bench.done(bench.order(side=side)))
    stop = await bench.done(bench.order("stop", "stop_market", side=side, trigger=trigger))
    resting = await bench.next()
    await bench.move({BTC: D(price)})
    heard = await bench.until_ended(stop)
    (fill,) = [event for event in heard if isinstance(event, FillReported)]

    assert isinstance(resting, OrderReported)
    assert (resting.id, resting.ended) == (stop.id, False)
    assert (fill.order, fill.price, fill.realized) == (stop.id, D(price), D("-3.5"))
    assert (await bench.venue.read(wanted=())).positions == ()


async def test_a_take_profit_rests_and_closes_with_a_profit(bench: Bench) -> None:
    """Beside the stop, which stays until it is cancelled."""
    await bench.until_ended(await bench.done(bench.order()))
    stop = await bench.done(bench.order("stop", "stop_market", trigger="97"))
    target = await bench.done(bench.order("take_profit", "take_profit_market", trigger="103"))
    await bench.move({BTC: D(104)})
    heard = await bench.until_ended(target)
    view = await bench.venue.read(wanted=())

    assert [event.realized for event in heard if isinstance(event, FillReported)] == [D(4)]
    assert [order.id for order in view.orders] == [stop.id]


async def test_a_cancelled_order_has_ended(bench: Bench) -> None:
    """It no longer rests, and can still be looked up."""
    await bench.until_ended(await bench.done(bench.order()))
    stop = await bench.done(bench.order("stop", "stop_market", trigger="97"))
    outcome = await bench.perform(bench.cancel(stop))
    heard = await bench.until_ended(stop)
    found = await bench.venue.find(Wanted(id=stop.id, symbol=BTC, conditional=True))

    (end,) = [event for event in heard if isinstance(event, OrderReported) and event.ended]
    assert isinstance(outcome, Accepted)
    assert end.executed == D(0)
    assert found is not None
    assert (found.ended, found.executed) == (True, D(0))


async def test_an_order_that_does_not_rest_can_not_be_cancelled(bench: Bench) -> None:
    """The venue does not know it."""
    outcome = await bench.perform(bench.cancel(bench.order("stop", "stop_market", trigger="97")))

    assert isinstance(outcome, Rejected)
    assert outcome.code == "unknown_order"


REFUSED = [
    ("too_small", "enter", "market", "0.04", None),
    ("precision", "enter", "market", "1.00001", None),
    ("insufficient_margin", "enter", "market", "3000", None),
    ("reduce_only", "close", "market", "1", None),
    ("precision", "stop", "stop_market", "1", "97.05"),
    ("would_trigger", "stop", "stop_market", "1", "100"),
    ("would_trigger", "take_profit", "take_profit_market", "1", "100"),
]


@pytest.mark.parametrize(("code", "purpose", "kind", "quantity", "trigger"), REFUSED)
async def test_each_refusal_has_its_code(  # noqa: PLR0917 - a row of the table
    bench: Bench, code: str, purpose: Purpose, kind: OrderKind, quantity: str, trigger: str | None
) -> None:
    """And nothing has happened."""
    outcome = await bench.perform(bench.order(purpose, kind, quantity=quantity, trigger=trigger))

    assert isinstance(outcome, Rejected), outcome
    assert outcome.code == code
    assert (await bench.venue.read(wanted=())).wallet == D(10_000)


async def test_a_resting_orders_id_is_refused_a_second_time(bench: Bench) -> None:
    """Which is how a courier learns that its first try had arrived."""
    await bench.until_ended(await bench.done(bench.order()))
    stop = await bench.done(bench.order("stop", "stop_market", trigger="97"))
    outcome = await bench.perform(stop)

    assert isinstance(outcome, Rejected)
    assert outcome.code == "duplicate_id"


async def test_leverage_is_read_and_set(bench: Bench) -> None:
    """As the venue has it, per symbol."""
    before = await bench.venue.read(wanted=())
    outcome = await bench.perform(PrepareSymbol(id="prepare", symbol=ETH, leverage=7))
    after = await bench.venue.read(wanted=())

    assert isinstance(outcome, Accepted)
    assert (before.leverage, after.leverage) == ({BTC: 20, ETH: 20}, {BTC: 20, ETH: 7})
    assert (after.one_way, after.single_asset) == (True, True)


async def test_a_reading_shows_wallet_positions_orders_and_fills(bench: Bench) -> None:
    """All of one moment, under our own ids."""
    entry = await bench.done(bench.order(side="short", quantity="2"))
    stop = await bench.done(bench.order("stop", "stop_market", side="short", quantity="2", trigger="103"))
    view = await bench.venue.read(wanted=(Wanted(id=entry.id, symbol=BTC, conditional=False),))

    assert (view.wallet, view.available, view.positions[0].mark) == (D("9999.9"), D("9989.9"), D(100))
    assert [(p.symbol, p.quantity) for p in view.positions] == [(BTC, D(-2))]
    assert {order.id: order.ended for order in view.orders} == {stop.id: False, entry.id: True}
    assert [(fill.order, fill.quantity, fill.price) for fill in view.fills] == [(entry.id, D(2), D(100))]


async def test_what_a_stop_did_while_nobody_listened_is_found_by_its_id(bench: Bench) -> None:
    """A restart learns its execution and its fills under the id of the stop."""
    await bench.done(bench.order())
    stop = await bench.done(bench.order("stop", "stop_market", trigger="97"))
    await bench.move({BTC: D(95)})
    view = await bench.venue.read(wanted=(Wanted(id=stop.id, symbol=BTC, conditional=True),))

    (order,) = [order for order in view.orders if order.id == stop.id]
    assert (order.ended, order.executed) == (True, D(1))
    assert [(fill.order, fill.price, fill.realized) for fill in view.fills] == [(stop.id, D(95), D(-5))]


@pytest.mark.parametrize("conditional", [True, False])
async def test_an_order_that_never_was_is_not_found(bench: Bench, conditional: bool) -> None:
    """None, not an error."""
    wanted = Wanted(id="tp" + "z" * 26, symbol=BTC, conditional=conditional)

    assert await bench.venue.find(wanted) is None
    assert (await bench.venue.read(wanted=(wanted,))).orders == ()


async def test_a_resting_order_is_shown_as_it_was_asked_for(bench: Bench) -> None:
    """Quantity, trigger, kind, side: enough to take it into a book."""
    await bench.done(bench.order())
    stop = await bench.done(bench.order("stop", "stop_market", trigger="97.1"))
    found = await bench.venue.find(Wanted(id=stop.id, symbol=BTC, conditional=True))

    assert found == VenueOrder(
        id=stop.id,
        symbol=BTC,
        buys=False,
        kind="stop_market",
        quantity=D(1),
        trigger=D("97.1"),
        ended=False,
        executed=D(0),
        status="NEW",
    )
