"""The service's feed on a venue that answers nonsense, or falls silent: what was known stays, and it is asked again."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import aiohttp
import pytest
from structlog.testing import capture_logs

from support.build import BTC, ETH
from support.scripted import Scripted
from support.servers import START_MS, Served
from support.signal_service import WALL
from tradepods_core.errors import Temporary
from tradepods_core.times import Timeframe, from_ms
from tradepods_signals.adapters.feed_ccxt import CcxtFeed
from tradepods_signals.engine.bans import Address, BanBook, OwnBan
from tradepods_signals.ports.market import Purpose
from tradepods_simulator.exchange.stream_faults import StreamFault

MINUTE = Timeframe(60)


class Free:
    """A pace that lets everything leave: the market is live, and nothing is counted."""

    async def wait(self, purpose: Purpose, *, weight: int) -> None:
        """At once."""

    def told(self, *, used: int | None, limit: int | None) -> None:
        """Not kept."""

    def judge(self, *, answered: bool) -> None:
        """Nor is this."""


async def _shortly(seconds: float) -> None:
    await asyncio.sleep(seconds / 20)


@contextlib.asynccontextmanager
async def _feeding(url: str) -> AsyncIterator[CcxtFeed]:
    """A feed of a live market that is silent after a fifth of a second."""
    ban = OwnBan(BanBook(now=WALL.now), Address("binanceusdm/custom", "here"))
    feed = CcxtFeed(exchange="binanceusdm", url=url, pace=Free(), sleep=_shortly, now=WALL.now, ban=ban, silent=0.2)
    try:
        yield feed
    finally:
        await feed.close()


@pytest.mark.parametrize("body", ["", "<html>busy</html>", "null", "5", "[]", "{}", '{"symbols":[]}', '[["x"]]'])
async def test_a_broken_list_of_markets_empties_nothing(exchange: Served, scripted: Scripted, body: str) -> None:
    """It is no answer, and candles of what was listed before are asked for as ever."""
    async with _feeding(exchange.url) as feed:
        await feed.markets()
        ours = feed._ccxt.urls["api"]["fapiPublic"]
        feed._ccxt.urls["api"]["fapiPublic"], scripted.body = scripted.url, body
        with pytest.raises(Temporary):
            await feed.markets()
        feed._ccxt.urls["api"]["fapiPublic"] = ours

        assert set(feed._ccxt.markets) >= {BTC, ETH}
        assert await feed.candles(BTC, MINUTE, since=from_ms(START_MS), count=1)


async def test_a_market_that_cannot_be_read_costs_itself_only(exchange: Served, scripted: Scripted) -> None:
    """It is named; the others are there."""
    async with aiohttp.ClientSession() as session, session.get(f"{exchange.url}/fapi/v1/exchangeInfo") as answer:
        described = await answer.json()
    for listed in described["symbols"]:
        listed["filters"] = listed["filters"] if listed["symbol"] == "BTCUSDT" else []
    scripted.body = json.dumps(described)
    async with _feeding(scripted.url) as feed:
        with capture_logs() as logs:
            found = await feed.markets()

    assert set(found) == {BTC}
    assert [entry["symbol"] for entry in logs if entry["event"] == "market_unread"] == [ETH]


@pytest.mark.parametrize("body", [f'[[{START_MS},null,"1","1","1","1"]]', f"[[{START_MS}]]"])
async def test_candles_that_cannot_be_read_are_no_answer(exchange: Served, scripted: Scripted, body: str) -> None:
    """They cost one symbol its candle, and nothing ends by them."""
    async with _feeding(exchange.url) as feed:
        await feed.markets()
        feed._ccxt.urls["api"]["fapiPublic"], scripted.body = scripted.url, body
        with pytest.raises(Temporary, match="can't be read"):
            await feed.candles(BTC, MINUTE, since=from_ms(START_MS), count=1)


async def test_marks_that_fall_silent_are_asked_for_on_a_new_connection(exchange: Served) -> None:
    """The old one answers pings, but tells nothing any more."""
    async with _feeding(exchange.url) as feed:
        await feed.markets()
        marks = feed.marks()
        first = await anext(marks)
        exchange.exchange.streams.faults.arm(StreamFault(does="deaf", stream="*"))
        with capture_logs() as logs:
            following = asyncio.ensure_future(anext(marks))
            async with asyncio.timeout(10):
                while not any(entry["event"] == "marks_interrupted" for entry in logs):
                    await asyncio.sleep(0.01)
                exchange.exchange.streams.faults.clear()
                second = await following

    assert first.marks.keys() == second.marks.keys() == {BTC, ETH}
    assert "no mark price" in next(entry["error"] for entry in logs if entry["event"] == "marks_interrupted")


async def test_marks_whose_socket_closes_as_they_are_asked_for_are_asked_for_again(exchange: Served) -> None:
    """What the socket itself raises ends nothing."""
    async with _feeding(exchange.url) as feed:
        await feed.markets()
        marks = feed.marks()
        await anext(marks)
        with capture_logs() as logs:
            (client,) = feed._ccxt.clients.values()
            client.on_error(ConnectionResetError("Cannot write to closing transport"))
            async with asyncio.timeout(10):
                again = await anext(marks)

    assert again.marks.keys() == {BTC, ETH}
    assert [entry["error"] for entry in logs] == ["ConnectionResetError: Cannot write to closing transport"]


@pytest.mark.parametrize("price", [None, "", "NaN", "-1", "0", "0.00000000"])
async def test_a_mark_that_is_no_price_is_left_out(exchange: Served, price: str | None) -> None:
    """The others of its frame are told."""
    shown: dict[str, Any] = {symbol: {"info": {"E": START_MS, "p": "100.5"}} for symbol in (BTC, ETH)}
    shown[ETH]["info"]["p"] = price
    async with _feeding(exchange.url) as feed:
        feed._ccxt.watch_mark_prices = lambda: _answer(shown)
        seen = await anext(feed.marks())

    assert seen.marks == {BTC: Decimal("100.5")}


async def _answer(found: dict[str, Any]) -> dict[str, Any]:
    return found
