"""Closed candles by stream, over ccxt's own sockets against the simulator."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from structlog.testing import capture_logs

from support.servers import START_MS, Served, serving
from tradepods_core.times import Timeframe, from_ms
from tradepods_signals.adapters.candle_sockets import CandleSockets
from tradepods_signals.adapters.feed_ccxt import CcxtFeed
from tradepods_signals.engine.bans import Address, BanBook, OwnBan
from tradepods_signals.ports.market import Candle, Series
from tradepods_simulator.exchange.stream_faults import StreamFault
from tradepods_worker.adapters.clocks import WallClock

BTC, ETH = "BTC/USDT:USDT", "ETH/USDT:USDT"
ONE, FIVE = Timeframe.parse("1m"), Timeframe.parse("5m")
STEPS = 4  # of a minute
WITHIN = 20.0
Json = dict[str, Any]
WALL = WallClock()


@dataclass(slots=True)
class Told:
    """What a listener was told."""

    candles: list[tuple[Series, Candle]] = field(default_factory=list)
    begun: set[Series] = field(default_factory=set)
    broken: list[Series] = field(default_factory=list)

    def begins(self, series: Series) -> None:
        self.begun.add(series)

    def tell(self, series: Series, candle: Candle) -> None:
        self.candles.append((series, candle))

    def breaks(self, series: Iterable[Series]) -> None:
        self.broken += series
        self.begun.difference_update(series)


@dataclass(slots=True)
class Streaming:
    """A feed that hears candles of a served market."""

    served: Served
    feed: CcxtFeed
    sockets: CandleSockets
    told: Told

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(WITHIN):
            while not condition():
                await asyncio.sleep(0.005)

    async def show(self, minutes: int) -> None:
        """The market so many minutes after its begin."""
        await self.served.exchange.show(minutes * STEPS)

    def of(self, series: Series) -> list[Candle]:
        return [candle for whose, candle in self.told.candles if whose == series]

    def wanted(self) -> set[str]:
        return {name for name in self.served.exchange.streams.wanted() if "kline" in name}


async def _shortly(seconds: float) -> None:
    await asyncio.sleep(seconds / 20)


@asynccontextmanager
async def _streaming(served: Served, *series: Series, silent: float = 60.0) -> AsyncIterator[Streaming]:
    ban = OwnBan(BanBook(now=WALL.now), Address("binanceusdm/custom", "here"))
    feed = CcxtFeed(exchange="binanceusdm", url=served.url, pace=None, sleep=_shortly, now=WALL.now, ban=ban)
    told = Told()
    await feed.markets()
    sockets = feed.candle_stream(told)
    sockets._silent = silent
    sockets.follow(series)
    running = asyncio.create_task(sockets.run())
    streaming = Streaming(served, feed, sockets, told)
    try:
        await streaming.until(lambda: told.begun == set(series))
        yield streaming
    finally:
        running.cancel()
        await feed.close()


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    """Bitcoin climbs by one each minute."""
    async with serving() as found:
        series = found.exchange.market.history["BTCUSDT"]  # type: ignore[attr-defined]  # of a replayed market
        for minute in range(120):
            for column in (series.opens, series.highs, series.lows, series.closes):
                column[minute] = 100.0 + minute
        await found.exchange.show(0)
        yield found


def _bar(minute: int) -> Candle:
    price = 100.0 + minute
    return Candle(START_MS + minute * 60_000, price, price, price, price, 1.0)


async def test_a_candle_is_told_once_it_has_closed(served: Served) -> None:
    """With the very numbers that a request answers with; while it forms nothing is told."""
    async with _streaming(served, (BTC, ONE), (BTC, FIVE), (ETH, ONE)) as run:
        assert run.told.candles == []
        for minute in range(1, 6):
            await run.show(minute)
        await run.until(lambda: len(run.told.candles) >= 11)
        asked = await run.feed.candles(BTC, ONE, since=from_ms(START_MS), count=5)
        longer = await run.feed.candles(BTC, FIVE, since=from_ms(START_MS), count=1)

    assert run.of((BTC, ONE)) == list(asked) == [_bar(minute) for minute in range(5)]
    assert run.of((BTC, FIVE)) == list(longer)


async def test_a_connection_that_breaks_is_opened_again(served: Served) -> None:
    """It is said, nothing is expected meanwhile, and the next candle is told."""
    async with _streaming(served, (BTC, ONE), (ETH, ONE)) as run:
        with capture_logs() as logs:
            served.exchange.streams.drop_all()
            await run.until(lambda: run.told.broken)
        await run.until(lambda: len(run.told.begun) == 2)
        await run.show(1)
        await run.until(lambda: len(run.told.candles) == 2)

    assert set(run.told.broken) == {(BTC, ONE), (ETH, ONE)}
    assert [entry["streams"] for entry in logs if entry["event"] == "candle_stream_interrupted"] == [2]
    assert run.of((BTC, ONE)) == [_bar(0)]


async def test_a_venue_that_was_away_is_found_again(served: Served) -> None:
    """However often the connection is refused."""
    async with _streaming(served, (BTC, ONE)) as run:
        run.feed._ccxt.session._connector._resolve_host = _nowhere(run.feed._ccxt.session._connector._resolve_host, 3)
        served.exchange.streams.drop_all()
        await run.until(lambda: run.told.broken and run.told.begun)
        await run.show(1)
        await run.until(lambda: run.told.candles)

    assert run.of((BTC, ONE)) == [_bar(0)]


async def test_a_silent_connection_is_not_believed_to_live(served: Served) -> None:
    """Nothing at all for a while: it is opened anew, though it answers pings."""
    async with _streaming(served, (BTC, ONE), silent=0.2) as run:
        served.exchange.streams.faults.arm(StreamFault(does="deaf", stream="*"))
        with capture_logs() as logs:
            await run.until(lambda: run.told.broken)
        served.exchange.streams.faults.clear()
        await run.until(lambda: run.told.begun)
        await run.show(1)
        await run.until(lambda: run.told.candles)

    said = [entry["error"] for entry in logs if entry["event"] == "candle_stream_interrupted"]
    assert said[0] == "no frame for 0.2 seconds"


async def test_what_is_followed_changes_on_the_same_connection(served: Served) -> None:
    """New series are subscribed to, those that nobody needs are unsubscribed from."""
    async with _streaming(served, (BTC, ONE)) as run:
        run.sockets.follow([(ETH, ONE), (ETH, FIVE)])
        await run.until(lambda: run.wanted() == {"ethusdt@kline_1m", "ethusdt@kline_5m"})
        await run.show(1)
        await run.until(lambda: run.told.candles)

    assert {series for series, _ in run.told.candles} == {(ETH, ONE)}
    assert run.told.broken == []
    assert len(run.sockets._sockets) == 1


async def test_a_connection_that_ends_as_series_are_given_up_is_opened_again(served: Served) -> None:
    """Its transport closes before it is known to be closed: what is sent then is refused by the socket itself."""
    async with _streaming(served, (BTC, ONE), silent=0.5) as run:
        run.sockets._sockets[0].client.connection._writer._closing = True
        run.sockets.follow([(ETH, ONE)])
        await run.until(lambda: (ETH, ONE) in run.told.begun)
        await run.show(1)
        await run.until(lambda: run.told.candles)

    assert {series for series, _ in run.told.candles} == {(ETH, ONE)}


async def test_what_the_venue_does_not_have_is_left_out(served: Served) -> None:
    """One unknown symbol costs that symbol only."""
    async with _streaming(served, (BTC, ONE)) as run:
        run.sockets.follow([("GONE/USDT:USDT", ONE), (BTC, ONE), (BTC, Timeframe.parse("10m"))])
        await run.show(1)
        await run.until(lambda: run.told.candles)

    assert list(run.sockets._sockets[0].wanted.values()) == [(BTC, ONE)]


async def test_a_connection_has_no_more_streams_than_the_venue_allows(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What has no room is told by another connection; room that becomes free is used."""
    monkeypatch.setattr("tradepods_signals.adapters.candle_sockets.MOST", 2)
    async with _streaming(served, (BTC, ONE), (BTC, FIVE), (ETH, ONE)) as run:
        assert sorted(len(socket.wanted) for socket in run.sockets._sockets) == [1, 2]
        run.sockets.follow([(BTC, ONE), (ETH, ONE), (ETH, FIVE)])
        await run.until(lambda: (ETH, FIVE) in run.told.begun)
        assert sorted(len(socket.wanted) for socket in run.sockets._sockets) == [1, 2]
        assert run.wanted() == {"btcusdt@kline_1m", "ethusdt@kline_1m", "ethusdt@kline_5m"}


GOOD: Json = {"t": START_MS, "s": "BTCUSDT", "i": "1m", "o": "1", "h": "2", "l": "0.5", "c": "1.5", "v": "3", "x": True}
BAD: list[Any] = [
    {**GOOD, "o": "NaN"},
    {**GOOD, "c": "Infinity"},
    {**GOOD, "l": "0"},
    {**GOOD, "v": "-1"},
    {**GOOD, "h": None},
    {**GOOD, "t": START_MS + 1},
    {**GOOD, "t": "soon"},
    {**GOOD, "t": 10**400},
    {**GOOD, "s": ["BTCUSDT"]},
    {"s": "BTCUSDT", "i": "1m"},
    [],
    None,
    "x",
]


async def test_garbage_on_the_socket_costs_itself_only(served: Served) -> None:
    """It is said once, the connection stays, and the candle behind it is told."""
    async with _streaming(served, (BTC, ONE)) as run:
        (connection,) = served.exchange.streams._subscribers["btcusdt@kline_1m"]
        with capture_logs() as logs:
            for text in ("", "{", "nonsense", "[" * 100_000, "null", "7", '"k"', "[]", '["k"]', "NaN", "\x00"):
                connection._put(text)
            for kline in BAD:
                connection._put(json.dumps({"e": "kline", "k": kline}))
            connection._put(json.dumps({"e": "kline", "k": {**GOOD, "x": "true"}}))
            connection._put(json.dumps({"e": "kline", "k": {**GOOD, "s": "DOGEUSDT"}}))
            connection._put(json.dumps({"e": "kline", "k": GOOD}))
            await run.until(lambda: run.told.candles)

    assert run.told.candles == [((BTC, ONE), Candle(START_MS, 1.0, 2.0, 0.5, 1.5, 3.0))]
    assert run.told.broken == []
    assert [entry["event"] for entry in logs] == ["candle_frame_unread"]


async def test_a_refusal_is_said_and_the_connection_opened_again(served: Served) -> None:
    """With the venue's own words."""
    async with _streaming(served, (BTC, ONE)) as run:
        (connection,) = served.exchange.streams._subscribers["btcusdt@kline_1m"]
        with capture_logs() as logs:
            connection._put(json.dumps({"error": {"code": 4, "msg": "Too many subscriptions"}}))
            await run.until(lambda: run.told.broken and run.told.begun)

    assert "Too many subscriptions" in next(e["error"] for e in logs if e["event"] == "candle_stream_interrupted")


def _nowhere(found: Any, times: int) -> Any:
    """A resolver that fails so often, and is then the one that was there."""
    left = iter(range(times))

    async def resolve(*given: Any, **more: Any) -> Any:
        if next(left, None) is not None:
            raise OSError("no route")
        return await found(*given, **more)

    return resolve
