"""What the adapter does about a clock that is off, a key that was good, a limit, and answers of no known shape."""

from datetime import timedelta

import pytest

from support.build import BTC, ETH
from support.scripted import WALL, Scripted, ccxt_venue, order
from support.servers import Served
from tradepods_core.book.intents import Accepted, Rejected, Throttled
from tradepods_core.errors import Temporary
from tradepods_worker.ports import Wanted

TAKEN = '{"orderId": 7, "status": "FILLED", "executedQty": "1.5"}'


async def test_an_order_that_came_too_late_by_the_venues_clock_has_that_clock_measured(
    scripted: Scripted, exchange: Served
) -> None:
    """Before the next signed request, and not before each."""
    venue = ccxt_venue(scripted.url)
    try:
        await venue.prepare(exchange.exchange.market.markets)
        scripted.status, scripted.body = 400, '{"code":-1021,"msg":"outside of the recvWindow"}'
        first = await venue.perform(order(), signed_at=WALL.now())
        measured = scripted.times
        scripted.status, scripted.body = 200, TAKEN
        following = [await venue.perform(order(), signed_at=WALL.now()) for _ in range(2)]
    finally:
        await venue.close()

    assert isinstance(first, Rejected)
    assert first.code == "too_late"
    assert all(isinstance(outcome, Accepted) for outcome in following)
    assert scripted.times == measured + 1


async def test_a_limit_lasts_as_long_as_the_venue_says(scripted: Scripted, exchange: Served) -> None:
    """By its Retry-After, for orders and for questions."""
    venue = ccxt_venue(scripted.url)
    scripted.status, scripted.headers = 429, {"Retry-After": "37"}
    scripted.body = '{"code":-1003,"msg":"Too many requests."}'
    try:
        await venue.prepare(exchange.exchange.market.markets)
        begun = WALL.now()
        outcome = await venue.perform(order(), signed_at=begun)
        with pytest.raises(Temporary) as caught:
            await venue.read(wanted=())
    finally:
        await venue.close()

    assert isinstance(outcome, Throttled)
    assert timedelta(seconds=37) <= outcome.until - begun < timedelta(seconds=42)
    assert 30 < caught.value.after <= 37


@pytest.mark.parametrize("body", ["{}", "[]", "[1]", "null", '"text"', '{"assets": 3}', '{"positions": [{}]}'])
async def test_answers_of_no_known_shape_are_no_answers(scripted: Scripted, exchange: Served, body: str) -> None:
    """The question is asked again, later; nothing breaks."""
    venue = ccxt_venue(scripted.url)
    scripted.body = body
    try:
        await venue.prepare(exchange.exchange.market.markets)
        with pytest.raises(Temporary):
            await venue.read(wanted=(Wanted(id="tp" + "a" * 26, symbol=BTC, conditional=True),))
    finally:
        await venue.close()


async def test_a_symbol_that_is_listed_no_more_can_still_be_closed(scripted: Scripted, exchange: Served) -> None:
    """Its name at the venue follows from its symbol."""
    venue = ccxt_venue(scripted.url)
    scripted.body = TAKEN
    try:
        markets = exchange.exchange.market.markets
        await venue.prepare({symbol: market for symbol, market in markets.items() if symbol == ETH})
        await venue.perform(order(purpose="close"), signed_at=WALL.now())
    finally:
        await venue.close()

    assert [asked["symbol"] for asked in scripted.asked] == ["BTCUSDT"]


async def test_a_turn_that_came_before_the_ban_is_not_used_after_it(scripted: Scripted, exchange: Served) -> None:
    """Nothing leaves while the address is refused, and the room that was given is given back."""
    venue = ccxt_venue(scripted.url)
    close = order(purpose="close")
    try:
        await venue.prepare(exchange.exchange.market.markets)
        await venue.turn(close)
        venue.limit(WALL.now() + timedelta(seconds=60))
        outcome = await venue.perform(close, signed_at=WALL.now())
    finally:
        await venue.close()

    assert isinstance(outcome, Throttled)
    assert scripted.asked == []
    assert not venue._wire.budget._orders[10]._under_way


@pytest.mark.parametrize("status", [400, 429])
async def test_an_order_limit_without_headers_holds_back_orders_and_no_questions(
    scripted: Scripted, exchange: Served, status: int
) -> None:
    """It is the account's own, so it is told to nobody; the next order is not sent to learn it a second time."""
    venue = ccxt_venue(scripted.url)
    scripted.status, scripted.body = status, '{"code":-1015,"msg":"Too many new orders."}'
    try:
        await venue.prepare(exchange.exchange.market.markets)
        outcomes = [await venue.perform(order(), signed_at=WALL.now()) for _ in range(2)]
        sent = len(scripted.asked)
        scripted.status, scripted.body = 400, '{"code":-2013,"msg":"Order does not exist."}'
        found = await venue.find(Wanted(id="tp" + "a" * 26, symbol=BTC, conditional=False))
    finally:
        await venue.close()

    assert all(isinstance(outcome, Throttled) for outcome in outcomes)
    assert (sent, len(scripted.asked), found) == (1, 2, None)
    assert venue.limited_until() is None


async def test_a_listen_key_is_never_given_back(scripted: Scripted, exchange: Served) -> None:
    """The account has one: another program may listen by it."""
    venue = ccxt_venue(scripted.url)
    scripted.body = '{"listenKey": "k"}'
    await venue.prepare(exchange.exchange.market.markets)
    events = venue.events()
    await anext(events)
    await events.aclose()  # type: ignore[attr-defined]  # it is a generator
    await venue.close()

    asked = [one["method"] for one in scripted.asked if one["path"].endswith("/listenKey")]
    assert asked == ["POST"]
