"""A recorded order book through ccxt: its differences come under whatever pace a client asks for them."""

import asyncio
import time
from pathlib import Path

import pytest

from support.ccxt_client import unified
from support.recorded_messages import diff, snapshot, trade, write
from support.servers import API_KEY, API_SECRET, listen
from tradepods_simulator.exchange.app import AccountEntry, make_app, make_exchange
from tradepods_simulator.exchange.message_market import MessageMarket

BTC = "BTC/USDT:USDT"
WITHIN = 10.0  # seconds that a frame may take
BOB = AccountEntry(name="bob", api_key=API_KEY, api_secret=API_SECRET)


def _recorded(folder: Path) -> MessageMarket:
    """A book, and a difference in each of eight steps."""
    lines = [snapshot(7_000, bids=[("99.0", "1"), ("98.0", "2")], asks=[("101.0", "1"), ("102.0", "5")])]
    for step in range(1, 9):
        first, last = 7_000 + 10 * step - 9, 7_000 + 10 * step
        bids, asks = [("99.0", str(step)), (f"98.{step}", "3")], [(f"10{step}.5", str(step))]
        lines.append(diff(first, last, first - 1, after_ms=250 * step - 10, bids=bids, asks=asks))
    return MessageMarket.of(write(folder / "btc.gz", trade(1, "100", after_ms=-400), *lines))


@pytest.mark.parametrize("speed", ["100", "500", "0"])
async def test_a_recorded_book_joins_with_its_recorded_differences(tmp_path: Path, speed: str) -> None:
    """With the venue's own numbers, which are not those of the replay's steps."""
    market = _recorded(tmp_path)
    exchange = make_exchange(market, [BOB], wall_ms=lambda: time.time_ns() // 1_000_000)
    runner, url = await listen(make_app(exchange, participants={"nobody"}, pace=1))
    async with unified(url) as client, asyncio.timeout(WITHIN):
        client.options["watchOrderBookRate"] = speed
        watching = asyncio.ensure_future(client.watch_order_book(BTC, 20))
        while not list(exchange.streams.wanted()):
            await asyncio.sleep(0.01)
        await exchange.show(1)
        book = await watching
        for step in range(2, market.steps):
            await exchange.show(step)
            while book["nonce"] < market.update_ids[BTC]:
                book = await client.watch_order_book(BTC, 20)
        asked = await client.fetch_order_book(BTC, 20)
    await runner.cleanup()

    assert book["nonce"] == asked["nonce"] > 7_010
    assert ([*book["bids"]], [*book["asks"]]) == (asked["bids"], asked["asks"])
