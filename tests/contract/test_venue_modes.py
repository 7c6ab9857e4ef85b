"""Hedge mode and isolated margin through the venue port: the same on paper and on the simulator through real ccxt."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from support.bench import Bench, ccxt_bench, paper_bench
from support.build import BTC, ETH
from support.scripted import WALL, Scripted, ccxt_venue, order
from support.servers import Served
from tradepods_core.book.intents import Accepted, Leg, Rejected, SetMarginMode, SetPositionMode, Side, Unknown
from tradepods_core.settings.parts import MarginMode

D = Decimal
LONG, SHORT = Leg(BTC, "long"), Leg(BTC, "short")
HEDGE, ONE_WAY = SetPositionMode(id="mode", hedge=True), SetPositionMode(id="mode", hedge=False)
ISOLATED = SetMarginMode(id="margin", symbol=BTC, mode=MarginMode.ISOLATED)
CROSS = SetMarginMode(id="margin", symbol=BTC, mode=MarginMode.CROSS)


@pytest.fixture(params=["paper", "ccxt"])
async def bench(request: pytest.FixtureRequest, exchange: Served) -> AsyncIterator[Bench]:
    """A venue of each kind, with 10,000 and both symbols at 100."""
    markets = exchange.exchange.market.markets
    found = await paper_bench(markets) if request.param == "paper" else await ccxt_bench(exchange, markets)
    yield found
    found.listening.cancel()
    await found.venue.close()


async def _held(bench: Bench) -> dict[Leg, Decimal]:
    return {p.leg: p.quantity for p in (await bench.venue.read(wanted=())).positions}


async def test_the_position_mode_is_set_and_read(bench: Bench) -> None:
    """One-way unless set otherwise; to set what is set already is a success too."""
    before = (await bench.venue.read(wanted=())).one_way
    outcomes = [await bench.perform(intent) for intent in (ONE_WAY, HEDGE, HEDGE)]
    after = (await bench.venue.read(wanted=())).one_way

    assert (before, after) == (True, False)
    assert outcomes == [Accepted()] * 3


async def test_margin_modes_are_set_and_read_per_symbol(bench: Bench) -> None:
    """Cross unless set otherwise; to set what is set already is a success too."""
    before = (await bench.venue.read(wanted=())).margin_modes
    outcomes = [await bench.perform(intent) for intent in (CROSS, ISOLATED, ISOLATED)]
    after = (await bench.venue.read(wanted=())).margin_modes

    assert before == {BTC: MarginMode.CROSS, ETH: MarginMode.CROSS}
    assert after == {BTC: MarginMode.ISOLATED, ETH: MarginMode.CROSS}
    assert outcomes == [Accepted()] * 3


async def test_modes_are_refused_while_something_is_open(bench: Bench) -> None:
    """A position or a resting order; another symbol's margin mode is not concerned."""
    await bench.done(bench.order())
    refused = [await bench.perform(intent) for intent in (HEDGE, ISOLATED)]
    other = await bench.perform(SetMarginMode(id="margin", symbol=ETH, mode=MarginMode.ISOLATED))

    assert [isinstance(outcome, Rejected) and outcome.code for outcome in refused] == ["other", "other"]
    assert other == Accepted()


async def test_long_and_short_of_one_symbol_are_two_positions(bench: Bench) -> None:
    """Each entry opens its own side, whatever the other holds."""
    await bench.perform(HEDGE)
    await bench.done(bench.order(quantity="2"))
    await bench.done(bench.order(side="short", quantity="3"))

    assert await _held(bench) == {LONG: D(2), SHORT: D(-3)}


@pytest.mark.parametrize(("side", "left"), [("long", {SHORT: D(-3)}), ("short", {LONG: D(2)})])
async def test_a_close_takes_its_own_side_and_leaves_the_other(
    bench: Bench, side: Side, left: dict[Leg, Decimal]
) -> None:
    """It can't open: a second close of the same side is refused."""
    await bench.perform(HEDGE)
    await bench.done(bench.order(quantity="2"))
    await bench.done(bench.order(side="short", quantity="3"))
    quantity = "2" if side == "long" else "3"
    await bench.done(bench.order("close", side=side, quantity=quantity))
    again = await bench.perform(bench.order("close", side=side, quantity=quantity))

    assert await _held(bench) == left
    assert isinstance(again, Rejected)
    assert again.code == "reduce_only"


async def test_each_side_has_a_stop_and_a_take_profit_of_its_own(bench: Bench) -> None:
    """The price that reaches the long's stop leaves the short and its orders alone."""
    await bench.perform(HEDGE)
    await bench.done(bench.order())
    await bench.done(bench.order(side="short"))
    stop = await bench.done(bench.order("stop", "stop_market", trigger="97"))
    await bench.done(bench.order("take_profit", "take_profit_market", trigger="103"))
    other_stop = await bench.done(bench.order("stop", "stop_market", side="short", trigger="103.5"))
    other_target = await bench.done(bench.order("take_profit", "take_profit_market", side="short", trigger="96"))
    await bench.move({BTC: D("96.5")})
    await bench.until_ended(stop)
    view = await bench.venue.read(wanted=())

    assert {p.leg: p.quantity for p in view.positions} == {SHORT: D(-1)}
    assert {o.id for o in view.orders} >= {other_stop.id, other_target.id}


@pytest.mark.parametrize(("side", "sign"), [("long", -1), ("short", 1)])
async def test_an_isolated_position_names_its_own_liquidation_price(bench: Bench, side: Side, sign: int) -> None:
    """A move of less than 5 % uses up a margin of a twentieth; behind a cross position stands the whole wallet."""
    await bench.perform(ISOLATED)
    await bench.done(bench.order(side=side))
    await bench.done(bench.order(symbol=ETH))
    named = {p.leg: p.liquidation for p in (await bench.venue.read(wanted=())).positions}

    isolated, cross = named[Leg(BTC, side)], named[Leg(ETH, "long")]
    assert isolated is not None
    assert D(4) < (isolated - 100) * sign < D(5)
    assert cross is None, "nothing liquidates it: the wallet is a hundred times its worth"


# ---- what goes over the wire


async def _asked(scripted: Scripted, exchange: Served, *, hedge: bool) -> list[dict[str, str]]:
    """An entry, a close and a stop of a short, as they were asked for."""
    venue = ccxt_venue(scripted.url)
    await venue.prepare(exchange.exchange.market.markets)
    scripted.body = '{"code": 200, "msg": "success"}'
    await venue.perform(SetPositionMode(id="mode", hedge=hedge), signed_at=WALL.now())
    scripted.asked.clear()
    for purpose, changes in (("enter", {}), ("close", {}), ("stop", {"kind": "stop_market", "trigger": D(103)})):
        intent = order(leg=SHORT, purpose=purpose, **changes)
        await venue.perform(intent, signed_at=WALL.now())
    await venue.close()
    return scripted.asked


@pytest.mark.parametrize(
    ("hedge", "expected"),
    [
        (False, [("SELL", None, None), ("BUY", "true", None), ("BUY", "true", None)]),
        (True, [("SELL", None, "SHORT"), ("BUY", None, "SHORT"), ("BUY", None, "SHORT")]),
    ],
)
async def test_orders_follow_the_mode_that_the_venue_has(
    scripted: Scripted, exchange: Served, hedge: bool, expected: list[tuple[str, str | None, str | None]]
) -> None:
    """One-way: reduceOnly. Hedge: positionSide and no reduceOnly, which the venue refuses there."""
    asked = await _asked(scripted, exchange, hedge=hedge)

    assert [(one["side"], one.get("reduceOnly"), one.get("positionSide")) for one in asked] == expected


async def test_an_order_made_for_the_other_mode_is_refused_as_such(exchange: Served) -> None:
    """Somebody has changed the mode since the last reading: nothing is opened on the wrong side of anything."""
    venue = ccxt_venue(exchange.url)
    await venue.prepare(exchange.exchange.market.markets)
    await venue.read(wanted=())
    other = ccxt_venue(exchange.url)
    await other.prepare(exchange.exchange.market.markets)
    await other.perform(HEDGE, signed_at=WALL.now())
    refused = await venue.perform(order(), signed_at=WALL.now())
    await venue.read(wanted=())
    taken = await venue.perform(order(), signed_at=WALL.now())
    for one in (venue, other):
        await one.close()

    assert isinstance(refused, Rejected)
    assert refused.code == "position_mode"
    assert isinstance(taken, Accepted)


@pytest.mark.parametrize("body", ["{}", '{"code": 502, "msg": "Bad Gateway"}', '{"msg": "success"}'])
async def test_a_mode_counts_as_set_only_where_the_venue_says_so(
    scripted: Scripted, exchange: Served, body: str
) -> None:
    """An answer of somebody in between is no answer: the mode is asked for again."""
    venue = ccxt_venue(scripted.url)
    await venue.prepare(exchange.exchange.market.markets)
    scripted.body = body
    outcome = await venue.perform(HEDGE, signed_at=WALL.now())
    await venue.close()

    assert isinstance(outcome, Unknown)
