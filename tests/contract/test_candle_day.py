"""A day's cycles over the simulator's real sockets: by stream, by request, and by a stream that fails in every way."""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import pytest
from structlog.testing import capture_logs

from support.build import FIVE, NOON
from support.candle_history import Minute, series
from support.conducting import told_by
from support.cycles_day import strategies
from support.markets import random_market
from support.servers import listen
from tradepods_core.times import Timeframe, to_ms
from tradepods_core.wire.cycle import Cycle
from tradepods_signals.adapters.feed_ccxt import CcxtFeed
from tradepods_signals.engine.bans import Address, BanBook, OwnBan
from tradepods_signals.engine.conductor import Conductor
from tradepods_signals.engine.hub import Hub
from tradepods_signals.engine.plan import make_plan
from tradepods_signals.metrics import Metrics
from tradepods_signals.ports.market import MarksSeen
from tradepods_signals.tasks.candles import Candles
from tradepods_simulator.exchange.app import make_app, make_exchange
from tradepods_simulator.exchange.candles import MINUTE_MS
from tradepods_simulator.exchange.market import ReplayedMarket, Window
from tradepods_simulator.exchange.stream_faults import StreamFault
from tradepods_simulator.exchange.venue import Exchange
from tradepods_worker.adapters.clocks import WallClock

CYCLES, STEPS = 288, 4  # of a day; of a minute
MINUTES = 1_500 * 5
WALL = WallClock()
STREAMS = tuple(f"{name}@kline_{timeframe}" for name in ("btcusdt", "ethusdt") for timeframe in ("5m", "15m"))


@dataclass(slots=True)
class Service:
    """As much of a signal service as makes cycles of candles."""

    url: str
    streamed: bool
    published: list[bytes] = field(default_factory=list)
    metrics: Metrics = field(default_factory=Metrics)
    feed: CcxtFeed = field(init=False)
    conductor: Conductor = field(init=False)
    candles: Candles = field(init=False)
    running: "asyncio.Task[None]" = field(init=False)

    async def start(self) -> "Service":
        ban = OwnBan(BanBook(now=WALL.now), Address("binanceusdm/custom", "here"))
        feed = CcxtFeed(exchange="binanceusdm", url=self.url, pace=None, sleep=asyncio.sleep, now=WALL.now, ban=ban)
        await feed.markets()
        hub, plans = Hub(boot="b"), make_plan(strategies())
        tell = told_by(hub)

        async def publish(cycle: Cycle) -> None:
            self.published.append(cycle.body())
            await tell(cycle)

        candles = Candles(
            data=feed,
            metrics=self.metrics,
            sleep=asyncio.sleep,
            open_stream=feed.candle_stream if self.streamed else None,
        )
        self.running = asyncio.create_task(candles.run())
        self.feed, self.candles = feed, candles
        self.conductor = Conductor(
            candles=candles.store, plans=lambda: plans, hub=hub, publish=publish, metrics=self.metrics
        )
        await self.conductor.warm_up(now=NOON)
        return self

    async def hear(self, number: int) -> None:
        """The marks of so many cycles after noon."""
        await self.conductor.hear(MarksSeen(at=NOON + number * FIVE.length, marks={}, step=number))

    async def stop(self) -> None:
        self.running.cancel()
        with suppress(asyncio.CancelledError):
            await self.running
        await self.feed.close()

    def count(self, name: str, **labels: str) -> float:
        return self.metrics._registry.get_sample_value(f"tradepods_signals_{name}_total", labels) or 0.0


def _exchange() -> Exchange:
    """Days before noon, and the day after it."""
    minute = Timeframe.parse("1m")
    count = MINUTES + CYCLES * 5
    start_ms = to_ms(NOON) - MINUTES * MINUTE_MS
    history = {}
    for name, seed in (("BTCUSDT", 1), ("ETHUSDT", 2)):
        found = [
            Minute(*(round(v, 2) for v in candle[1:])) for candle in random_market(count, seed=seed, timeframe=minute)
        ]
        history[name] = series(found, start_ms=start_ms, digits=2, volume_digits=2)
    window = Window(start_ms=to_ms(NOON), end_ms=to_ms(NOON) + CYCLES * 5 * MINUTE_MS)
    return make_exchange(ReplayedMarket(history, window), [], wall_ms=lambda: to_ms(WALL.now()))


def _nothing(_exchange: Exchange, _number: int) -> None:
    """Happens to the streams."""


async def _day(act: Callable[[Exchange, int], None] = _nothing, *, cycles: int = CYCLES) -> tuple[Service, Service]:
    """One service by request and one by stream live the same cycles; `act` happens to the streams before each close."""
    exchange = _exchange()
    runner, url = await listen(make_app(exchange, participants={"nobody"}, pace=1.0))
    await exchange.show(0)
    polled, streamed = await Service(url, streamed=False).start(), await Service(url, streamed=True).start()
    async with asyncio.timeout(20):
        while not set(STREAMS) <= set(exchange.streams.wanted()):
            await asyncio.sleep(0.01)
    for number in range(1, cycles + 1):
        act(exchange, number)
        await exchange.show(number * 5 * STEPS)
        await polled.hear(number)
        await streamed.hear(number)
    for service in (polled, streamed):
        await service.stop()
    await runner.cleanup()
    return polled, streamed


@pytest.mark.timeout(180)
async def test_a_days_cycles_are_the_same_bytes_by_stream_and_by_request() -> None:
    """And the stream costs no request after the history."""
    with capture_logs():
        polled, streamed = await _day()

    assert len(polled.published) == CYCLES
    assert streamed.published == polled.published
    assert streamed.count("candles", source="stream") == 2 * (CYCLES + CYCLES // 3)
    assert streamed.count("market_data_requests") < 20
    assert polled.count("market_data_requests") > 2 * CYCLES
    assert streamed.count("candle_gaps", timeframe="5m") == 0


FAULTS = (
    StreamFault(does="miss", stream="btcusdt@kline_5m"),
    StreamFault(does="double", stream="*", count=4),
    StreamFault(does="swap", stream="ethusdt@kline_5m", count=2),
    StreamFault(does="late", stream="ethusdt@kline_5m", seconds=0.1),
    StreamFault(does="late", stream="btcusdt@kline_5m", seconds=1.0),
    StreamFault(does="miss", stream="btcusdt@kline_15m", count=2),
    StreamFault(does="deaf", stream="*", lasts=0.3),
)
GARBAGE = ("", "{", "null", '{"e":"kline","k":{"s":"BTCUSDT","i":"5m","x":true,"t":0,"o":"NaN"}}', "[" * 50_000)


def _everything(exchange: Exchange, number: int) -> None:
    """Each kind of fault in turn, now and then a broken connection, and garbage all the time."""
    exchange.streams.faults.arm(FAULTS[number % len(FAULTS)])
    if number % 20 == 0:
        exchange.streams.drop_all()
    for connection in exchange.streams._subscribers.get("btcusdt@kline_5m", ()):
        connection._put(GARBAGE[number % len(GARBAGE)])


@pytest.mark.timeout(180)
async def test_whatever_becomes_of_the_stream_the_cycles_are_those_of_the_record() -> None:
    """Frames missed, doubled, swapped, late or garbled, silence, broken connections: each gap is named and filled."""
    with capture_logs() as logs:
        polled, streamed = await _day(_everything, cycles=60)

    assert streamed.published == polled.published
    assert streamed.count("candle_gaps", timeframe="5m") >= 8
    assert {entry["event"] for entry in logs} >= {"candle_gap", "candle_gap_filled", "candle_stream_interrupted"}
    assert not [entry for entry in logs if entry["event"] in {"candles_missing", "candle_differs"}]
    assert streamed.count("candles", source="stream") > 20


async def test_a_stream_that_tells_other_numbers_is_corrected_by_the_record() -> None:
    """The next request compares what was told since the last one, and the windows are the venue's again."""
    with capture_logs() as logs:
        polled, streamed = await _day(_wrong_volumes, cycles=6)

    differing = [entry for entry in logs if entry["event"] == "candle_differs"]
    assert [(entry["symbol"], entry["told"].volume) for entry in differing] == [("BTC/USDT:USDT", 77.0)]
    windows = [service.candles.store.windows[FIVE]["BTC/USDT:USDT"].rows for service in (polled, streamed)]
    assert (windows[0] == windows[1]).all()


def _wrong_volumes(exchange: Exchange, number: int) -> None:
    """The candle of the third cycle is told with a volume of its own, and those of the fifth are missed."""
    opened = to_ms(NOON) + (number - 1) * 5 * MINUTE_MS
    kline = {"s": "BTCUSDT", "i": "5m", "t": opened, "o": "9", "h": "9", "l": "9", "c": "9", "v": "77", "x": True}
    if number in (3, 5):
        exchange.streams.faults.arm(StreamFault(does="miss", stream="btcusdt@kline_5m", count=2))
    if number == 3:
        for connection in exchange.streams._subscribers["btcusdt@kline_5m"]:
            connection._put(json.dumps({"e": "kline", "k": kline}))
