"""What an order costs through our adapter with its limiter on, and what the markets weigh in a worker."""

import asyncio
import time
import tracemalloc
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

from benchmarks.exchange import KEY, SECRET, simulator
from benchmarks.figures import Figure
from support.build import ACCOUNT, market
from tradepods_core.book.intents import CancelOrder, Leg, OrderKind, PlaceOrder, Purpose
from tradepods_core.ids import client_order_id
from tradepods_core.market import Market
from tradepods_core.money import floor_to
from tradepods_core.settings.parts import Exchange as ExchangeSettings
from tradepods_simulator.exchange import synthetic
from tradepods_simulator.exchange.market import ReplayedMarket, choose_window
from tradepods_worker.adapters.clocks import WallClock
from tradepods_worker.adapters.venues.ccxt_venue import CcxtVenue

WALL = WallClock()
ROUNDS = 12
SEVEN = 7
NOTIONAL = Decimal(200)  # quote, an entry
PAUSE = 3.5  # seconds between rounds: an entry is sent while a third of the minute's orders is not used up
MARKETS = (50, 700)


async def measure(folder: Path) -> Iterable[Figure]:
    """One order; seven entries of one cycle, each with its stop."""
    history = synthetic.generate(seed=1, minutes=120)
    replay = ReplayedMarket(history, choose_window(history, hours=1))
    async with simulator(folder, "--speed", "1", "--limits") as program:
        exchange = ExchangeSettings(environment="custom", url=program.url)
        venue = CcxtVenue(exchange=exchange, api_key=KEY, secret=SECRET, wall=WALL)
        await venue.prepare(replay.markets)
        try:
            return [*await _orders(venue, replay), *(_weight(count) for count in MARKETS)]
        finally:
            await venue.close()


async def _orders(venue: CcxtVenue, replay: ReplayedMarket) -> list[Figure]:
    one, seven = [], []
    symbols = sorted(replay.markets)[:SEVEN]
    traded = {s: (replay.markets[s], floor_to(NOTIONAL / replay.prices[s], replay.markets[s].step)) for s in symbols}
    for number in range(ROUNDS):
        begun = time.perf_counter()
        await _enter(venue, *traded[symbols[0]], number=number * 100)
        one.append((time.perf_counter() - begun) * 1000)
        begun = time.perf_counter()
        entries = (_protected(venue, *traded[s], number=number * 100 + 1 + i) for i, s in enumerate(symbols))
        await asyncio.gather(*entries)
        seven.append((time.perf_counter() - begun) * 1000)
        await _tidy(venue, symbols, number=number)
        await asyncio.sleep(PAUSE)
    return [
        Figure(name="one order through the adapter", unit="ms", samples=one),
        Figure(name="seven entries of a cycle, and their stops", unit="ms", samples=seven),
    ]


async def _enter(venue: CcxtVenue, one: Market, quantity: Decimal, *, number: int) -> None:
    await _send(venue, _intent(one, quantity, number, "enter", "market", trigger=None))


async def _protected(venue: CcxtVenue, one: Market, quantity: Decimal, *, number: int) -> None:
    await _enter(venue, one, quantity, number=number)
    stop = _intent(one, quantity, number, "stop", "stop_market", trigger=one.tick)
    await _send(venue, stop)


async def _tidy(venue: CcxtVenue, symbols: list[str], *, number: int) -> None:
    """Take the stops away: only ten of a symbol may rest."""
    for index, symbol in enumerate(symbols):
        target = _id(number * 100 + 1 + index, "stop")
        leg = Leg(symbol, "long")
        intent = CancelOrder(id=f"c{target}", cause="bench", target=target, leg=leg, committed_at=WALL.now())
        await _send(venue, intent)


def _id(number: int, purpose: Purpose) -> str:
    return client_order_id(account=ACCOUNT, position=number, purpose=purpose, step=0, revision=0)


async def _send(venue: CcxtVenue, intent: PlaceOrder | CancelOrder) -> None:
    """As the courier does: what protects waits for its turn, and is signed then."""
    await venue.turn(intent)
    outcome = await venue.perform(intent, signed_at=WALL.now())
    if outcome.kind != "accepted":
        raise RuntimeError(str(outcome))


def _intent(
    one: Market, quantity: Decimal, number: int, purpose: Purpose, kind: OrderKind, *, trigger: Decimal | None
) -> PlaceOrder:
    return PlaceOrder(
        id=_id(number, purpose),
        cause="bench",
        leg=Leg(one.symbol, "long"),
        purpose=purpose,
        kind=kind,
        quantity=quantity,
        position=number,
        trigger=trigger,
        committed_at=WALL.now(),
    )


def _weight(count: int) -> Figure:
    """Markets as a worker holds them, read from what the service sends."""
    texts = [market(f"C{number}/USDT:USDT").model_dump_json(by_alias=True) for number in range(count)]
    tracemalloc.start()
    kept = {text: Market.model_validate_json(text) for text in texts}
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(kept) == count  # noqa: S101 - keeps them alive until they are weighed
    return Figure(name=f"{count} markets in a worker", unit="MiB", samples=[held / 2**20])
