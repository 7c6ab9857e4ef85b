"""Limits end to end: the simulated venue counts, and the worker's adapter obeys."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from support.build import ACCOUNT, BTC, ETH
from support.scripted import WALL, Scripted, ccxt_venue, order
from support.servers import API_KEY, Served, serving
from tradepods_core.book.intents import (
    Accepted,
    CancelOrder,
    Intent,
    Leg,
    Outcome,
    PlaceOrder,
    PrepareSymbol,
    Throttled,
)
from tradepods_core.errors import Temporary
from tradepods_core.ids import client_order_id
from tradepods_simulator.exchange.limits import MOST_WEIGHT, TEN_SECONDS_MS, Limits
from tradepods_worker.adapters.venues.budget import Kind
from tradepods_worker.adapters.venues.ccxt_venue import CcxtVenue
from tradepods_worker.ports import Wanted

D = Decimal
READING = 110  # weight of a reading of the whole account, at most
BURST = 400
MOST_ORDERS = 300  # in ten seconds
AT_ONCE = 3.0  # seconds: what has to wait for room waits for ten


class Watched(Limits):
    """Counts as the venue does, and keeps how often it refused."""

    def __init__(self) -> None:
        super().__init__(now_ms=lambda: 0)
        self.refused: list[int] = []

    def ask(self, address: str, *, weight: int) -> Any:
        """Count a request."""
        found = super().ask(address, weight=weight)
        self.refused += [] if found is None else [found.status]
        return found

    def order(self, key: str) -> Any:
        """Count an order."""
        found = super().order(key)
        self.refused += [] if found is None else [found.code]
        return found


@pytest.fixture
async def limited() -> AsyncIterator[tuple[Served, Watched]]:
    """An exchange that counts, and its counts; its minute does not end."""
    limits = Watched()
    async with serving(limits=limits) as served:
        yield served, limits


async def test_readings_stop_before_the_limit_and_orders_go_on(limited: tuple[Served, Watched]) -> None:
    """A quarter of the minute's weight is kept for what protects."""
    served, limits = limited
    venue, readings = ccxt_venue(served.url), 0
    try:
        await venue.prepare(served.exchange.market.markets)
        budget = venue._wire.budget
        while not budget.closed_until(Kind.READING, weight=0, orders=0, now=WALL.now()) and readings < MOST_WEIGHT:
            await venue.read(wanted=())
            readings += 1
        with pytest.raises(Temporary, match="rate limit"):
            await venue.read(wanted=())
        outcome = await venue.perform(order(), signed_at=WALL.now())
    finally:
        await venue.close()

    assert readings >= MOST_WEIGHT * 0.75 // READING
    assert limits.used("127.0.0.1") < MOST_WEIGHT
    assert isinstance(outcome, Accepted)


async def test_what_we_count_is_what_the_venue_counts(limited: tuple[Served, Watched]) -> None:
    """Of a reading, a setting, a look-up, an order and a cancel: the weights are written down in two places."""
    served, limits = limited
    venue = ccxt_venue(served.url)
    stop = _order(2, purpose="stop", kind="stop_market", trigger=D(97))
    cancel = CancelOrder(id="c", cause="t", target=stop.id, leg=stop.leg, committed_at=WALL.now())
    try:
        await venue.prepare(served.exchange.market.markets)
        for intent in (PrepareSymbol(id="p", symbol=BTC, leverage=7), _order(1), stop, cancel):
            assert isinstance(await _sent(venue, intent), Accepted)
        wanted = [Wanted(id=one.id, symbol=BTC, conditional=one.conditional) for one in (_order(1), stop)]
        await venue.read(wanted=wanted)
    finally:
        await venue.close()
    budget = venue._wire.budget

    assert budget._weight._own == limits.used("127.0.0.1")
    assert budget._orders[10]._own == limits.orders(API_KEY)[TEN_SECONDS_MS] == 2


async def test_once_refused_the_address_is_left_alone(limited: tuple[Served, Watched]) -> None:
    """Another's traffic has used it up: one request learns so, and no further one is sent before it is over."""
    served, limits = limited
    venue = ccxt_venue(served.url)
    try:
        await venue.prepare(served.exchange.market.markets)
        limits.ask("127.0.0.1", weight=MOST_WEIGHT)
        first = await venue.perform(order(), signed_at=WALL.now())
        used = limits.used("127.0.0.1")
        second = await venue.perform(order(), signed_at=WALL.now())
        with pytest.raises(Temporary):
            await venue.read(wanted=())
    finally:
        await venue.close()

    assert isinstance(first, Throttled)
    assert isinstance(second, Throttled)
    assert limits.used("127.0.0.1") == used


def _order(number: int, **changes: Any) -> PlaceOrder:
    purpose = changes.get("purpose", "enter")
    identifier = client_order_id(account=ACCOUNT, position=number, purpose=purpose, step=0, revision=0)
    return order(id=identifier, position=number, quantity=D("0.06"), **changes)


def _target(number: int) -> PlaceOrder:
    return _order(number, purpose="take_profit", kind="take_profit_market", trigger=D(110) + number / D(10))


async def _sent(venue: CcxtVenue, intent: Intent) -> Outcome:
    """As the courier sends it."""
    if not isinstance(intent, PlaceOrder) or intent.reduce_only:
        await venue.turn(intent)
    return await venue.perform(intent, signed_at=WALL.now())


async def test_a_burst_of_entries_draws_no_refusal_and_the_stop_goes_out_at_once(
    limited: tuple[Served, Watched],
) -> None:
    """A third of the orders may open, what is over it is throttled here; the venue never has to say no."""
    served, limits = limited
    venue = ccxt_venue(served.url)
    try:
        await venue.prepare(served.exchange.market.markets)
        sending = [_sent(venue, _order(number)) for number in range(BURST)]
        burst = asyncio.gather(*sending)
        await asyncio.sleep(0)
        async with asyncio.timeout(AT_ONCE):
            stop = await _sent(venue, _order(1, purpose="stop", kind="stop_market", trigger=D(97)))
        outcomes = Counter(outcome.kind for outcome in await burst)
    finally:
        await venue.close()

    assert isinstance(stop, Accepted)
    assert outcomes == {"accepted": 99, "throttled": BURST - 99}
    assert limits.refused == []
    assert limits.orders(API_KEY)[TEN_SECONDS_MS] == 100


async def _given_up(sending: "list[asyncio.Task[Outcome]]", limits: Limits, *, counted: int) -> int:
    """How many have not been sent once the venue has counted so many; none of them is any more."""
    while limits.orders(API_KEY)[TEN_SECONDS_MS] < counted:
        await asyncio.sleep(0.01)
    waiting = sum(not task.done() for task in sending)
    for task in sending:
        task.cancel()
    await asyncio.gather(*sending, return_exceptions=True)
    return waiting


async def test_a_burst_of_take_profits_leaves_room_for_a_stop_and_a_close(limited: tuple[Served, Watched]) -> None:
    """What can wait waits, in the worker and not in front of the venue."""
    served, limits = limited
    venue = ccxt_venue(served.url)
    try:
        await venue.prepare(served.exchange.market.markets)
        burst = [asyncio.create_task(_sent(venue, _target(number))) for number in range(BURST)]
        await asyncio.sleep(0)
        async with asyncio.timeout(AT_ONCE):
            protecting = _order(1, purpose="stop", kind="stop_market", trigger=D(97)), _order(2, purpose="close")
            urgent = await asyncio.gather(*(_sent(venue, intent) for intent in protecting))
            waiting = await _given_up(burst, limits, counted=272)
    finally:
        await venue.close()

    assert [outcome.kind for outcome in urgent] == ["rejected", "rejected"], "there is no position to reduce"
    assert waiting >= BURST - 270
    assert limits.refused == []
    assert limits.orders(API_KEY)[TEN_SECONDS_MS] == 272


async def test_what_another_program_of_the_account_orders_is_seen_in_the_headers(
    limited: tuple[Served, Watched],
) -> None:
    """The limit is the account's: entries give way to protection whoever has used it up."""
    served, limits = limited
    venue = ccxt_venue(served.url)
    try:
        await venue.prepare(served.exchange.market.markets)
        for _ in range(200):
            limits.order(API_KEY)
        first, second = [await _sent(venue, _order(number)) for number in range(2)]
        cancel = CancelOrder(id="c", cause="t", target="tp", leg=Leg(ETH, "long"), committed_at=WALL.now())
        others = [await _sent(venue, intent) for intent in (_order(3, purpose="close"), cancel)]
    finally:
        await venue.close()

    assert (first.kind, second.kind) == ("accepted", "throttled")
    assert [outcome.kind for outcome in others] == ["accepted", "rejected"]
    assert limits.refused == []
    assert served.exchange.books.by_key[API_KEY].paper.held(BTC) == 0


async def test_an_order_limit_that_was_met_holds_back_orders_and_nothing_else(
    limited: tuple[Served, Watched],
) -> None:
    """It is the account's, not the address's: it is no ban, and nobody else hears of it."""
    served, limits = limited
    venue = ccxt_venue(served.url)
    try:
        await venue.prepare(served.exchange.market.markets)
        for _ in range(MOST_ORDERS):
            limits.order(API_KEY)
        met, again = [await venue.perform(_order(number), signed_at=WALL.now()) for number in range(2)]
        view = await venue.read(wanted=())
    finally:
        await venue.close()

    assert isinstance(met, Throttled)
    assert isinstance(again, Throttled)
    assert limits.refused == [-1015]
    assert venue.limited_until() is None
    assert view.one_way


async def test_a_refusals_headers_count_too(scripted: Scripted) -> None:
    """The venue has counted it, and says what others have used."""
    scripted.status, scripted.body = 400, '{"code":-2019,"msg":"Margin is insufficient."}'
    scripted.headers = {"X-MBX-USED-WEIGHT-1M": "2300"}
    venue = ccxt_venue(scripted.url)
    try:
        await venue.perform(order(), signed_at=WALL.now())
        with pytest.raises(Temporary, match="rate limit"):
            await venue.read(wanted=())
    finally:
        await venue.close()


async def test_an_order_limit_without_a_figure_holds_back_orders_and_nothing_else(scripted: Scripted) -> None:
    """The venue's word is enough: the next order is not sent, a question is."""
    scripted.status, scripted.body = 429, '{"code":-1015,"msg":"Too many new orders."}'
    venue = ccxt_venue(scripted.url)
    try:
        met, again = [await venue.perform(order(), signed_at=WALL.now()) for _ in range(2)]
        asked = len(scripted.asked)
        scripted.status, scripted.body = 200, '{"orderId": 7, "status": "FILLED"}'
        await venue.find(Wanted(id=order().id, symbol=BTC, conditional=False))
    finally:
        await venue.close()

    assert isinstance(met, Throttled)
    assert isinstance(again, Throttled)
    assert (asked, len(scripted.asked)) == (1, 2)


async def test_what_opens_has_no_turn_to_wait_for(scripted: Scripted) -> None:
    """Neither an entry nor the leverage before it: they are refused at once, and said to be."""
    venue = ccxt_venue(scripted.url)
    venue.limit(WALL.now() + timedelta(seconds=60))
    try:
        async with asyncio.timeout(5):
            for intent in (order(), PrepareSymbol(id="p", symbol=BTC, leverage=5)):
                await venue.turn(intent)
                assert isinstance(await venue.perform(intent, signed_at=WALL.now()), Throttled)
    finally:
        await venue.close()
