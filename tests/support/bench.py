"""A venue on a bench: the hand that moves its market, and all that it tells."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from support.build import ACCOUNT, BTC, ETH, NOON
from support.servers import API_KEY, API_SECRET, Served
from tradepods_core.book.events import OrderReported
from tradepods_core.book.intents import (
    Accepted,
    CancelOrder,
    Intent,
    Leg,
    OrderKind,
    Outcome,
    PlaceOrder,
    Purpose,
    Side,
)
from tradepods_core.ids import client_order_id
from tradepods_core.market import Market
from tradepods_core.settings.parts import Exchange as ExchangeSettings
from tradepods_worker.adapters.clocks import ManualClock, WallClock
from tradepods_worker.adapters.ledger.memory import MemoryLedger
from tradepods_worker.adapters.venues.ccxt_venue import CcxtVenue
from tradepods_worker.adapters.venues.paper import PaperVenue
from tradepods_worker.ports import Gap, Quotes, Venue, VenueEvent

D = Decimal
WITHIN = 5.0  # seconds: a deadline, never a wait


@dataclass(slots=True)
class Bench:
    """A venue, the hand that moves its market, and what it has told."""

    venue: Venue
    move: Callable[[Mapping[str, Decimal]], Awaitable[None]]
    told: "asyncio.Queue[VenueEvent]"
    listening: "asyncio.Task[None]"
    orders: int = 0

    def order(
        self,
        purpose: Purpose = "enter",
        kind: OrderKind = "market",
        *,
        quantity: str = "1",
        trigger: str | None = None,
        side: Side = "long",
        symbol: str = BTC,
    ) -> PlaceOrder:
        """A new order."""
        self.orders += 1
        return PlaceOrder(
            id=client_order_id(account=ACCOUNT, position=self.orders, purpose=purpose, step=0, revision=0),
            cause="test",
            leg=Leg(symbol, side),
            purpose=purpose,
            kind=kind,
            quantity=D(quantity),
            position=self.orders,
            trigger=None if trigger is None else D(trigger),
            committed_at=WallClock().now(),
        )

    async def perform(self, intent: Intent) -> Outcome:
        """Carry it out now."""
        return await self.venue.perform(intent, signed_at=WallClock().now())

    async def done(self, intent: PlaceOrder) -> PlaceOrder:
        """Carry it out; it must be accepted."""
        outcome = await self.perform(intent)
        assert isinstance(outcome, Accepted), outcome
        return intent

    async def next(self) -> VenueEvent:
        """What the venue tells next."""
        return await asyncio.wait_for(self.told.get(), WITHIN)

    async def until_ended(self, intent: PlaceOrder) -> list[VenueEvent]:
        """All that is told until this order has ended."""
        heard = []
        while True:
            heard.append(await self.next())
            if isinstance(heard[-1], OrderReported) and heard[-1].ended and heard[-1].id == intent.id:
                return heard

    def cancel(self, order: PlaceOrder) -> CancelOrder:
        """The intent to cancel an order."""
        identifier = client_order_id(account=ACCOUNT, position=order.position, purpose="cancel", step=0, revision=0)
        return CancelOrder(id=identifier, cause="test", target=order.id, leg=order.leg, committed_at=WallClock().now())


async def _listen(venue: Venue, told: "asyncio.Queue[VenueEvent]") -> None:
    async for event in venue.events():
        told.put_nowait(event)


async def listened(venue: Venue, move: Callable[[Mapping[str, Decimal]], Awaitable[None]]) -> Bench:
    """A bench that listens: its connection has begun."""
    told: asyncio.Queue[VenueEvent] = asyncio.Queue()
    bench = Bench(venue, move, told, asyncio.create_task(_listen(venue, told)))
    assert isinstance(await bench.next(), Gap), "each connection begins with a gap"
    return bench


async def paper_bench(markets: Mapping[str, Market], quotes: Quotes | None = None) -> Bench:
    """Paper, with 10,000 and both symbols at 100; `quotes` are the venue's marks."""
    wall = WallClock()
    venue = PaperVenue(store=MemoryLedger(), balance=D(10_000), market=ManualClock(NOON), wall=wall, quotes=quotes)
    await venue.prepare(markets)
    await venue.moved({BTC: D(100), ETH: D(100)})
    return await listened(venue, venue.moved)


async def ccxt_bench(served: Served, markets: Mapping[str, Market]) -> Bench:
    """The same on the exchange simulator, through ccxt."""
    exchange = served.exchange
    venue = CcxtVenue(
        exchange=ExchangeSettings(environment="custom", url=served.url),
        api_key=API_KEY,
        secret=API_SECRET,
        wall=WallClock(),
    )
    await venue.prepare(markets)

    async def move(prices: Mapping[str, Decimal]) -> None:
        exchange.market.prices = {**exchange.market.prices, **prices}
        exchange.react()

    return await listened(venue, move)
