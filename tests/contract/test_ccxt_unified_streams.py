"""The simulator judged by ccxt's unified streams: they are subscribed to, joined and read without an error."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from decimal import Decimal
from typing import Any

import ccxt
import pytest

from support.ccxt_client import unified
from support.servers import Served, serving
from tradepods_core.paper.quotes import Depth

BTC, ETH = "BTC/USDT:USDT", "ETH/USDT:USDT"
WITHIN = 10.0  # seconds that a frame may take
CLOSES = {"reduceOnly": True}


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    """A market that climbs by one each minute, with a book around it."""
    async with serving(depth=Depth(notional=Decimal(2_000))) as found:
        series = found.exchange.market.history["BTCUSDT"]  # type: ignore[attr-defined]  # of a replayed market
        for minute in range(60):
            for column in (series.opens, series.highs, series.lows, series.closes):
                column[minute] = 100.0 + minute
        await found.exchange.show(0)
        yield found


@pytest.fixture
async def client(served: Served) -> AsyncIterator[Any]:
    """An ordinary person's ccxt."""
    async with unified(served.url) as found:
        yield found


async def _soon(told: Awaitable[Any]) -> Any:
    return await asyncio.wait_for(told, WITHIN)


async def _listening(served: Served, customer: str = "bob") -> None:
    """Until the private stream is there."""
    (bob,) = [one for one in served.exchange.books.by_key.values() if one.name == customer]
    async with asyncio.timeout(WITHIN):
        while not served.exchange.streams._private or not bob.listens_until_ms:
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("method", ["watch_ticker", "watch_mark_price"])
async def test_a_symbols_price_is_watched(client: Any, served: Served, method: str) -> None:
    """The present one at once, and the next as the market moves."""
    first = await _soon(getattr(client, method)(BTC))
    waiting = asyncio.ensure_future(getattr(client, method)(BTC))
    await asyncio.sleep(0)
    await served.exchange.show(4)
    second = await _soon(waiting)

    assert (first["symbol"], first["last"] or first["markPrice"], second["last"] or second["markPrice"]) == (
        BTC,
        100,
        101,
    )


async def test_several_symbols_are_watched_at_once(client: Any) -> None:
    """Prices, best bids and asks, candles, trades and books of a list of symbols."""
    tickers = await _soon(client.watch_tickers([BTC, ETH]))
    best = await _soon(client.watch_bids_asks([BTC, ETH]))
    candles = await _soon(client.watch_ohlcv_for_symbols([[BTC, "1m"], [ETH, "5m"]]))
    trades = await _soon(client.watch_trades_for_symbols([BTC, ETH]))
    books = await _soon(client.watch_order_book_for_symbols([BTC, ETH]))

    assert set(tickers) <= {BTC, ETH}
    assert set(best) <= {BTC, ETH}
    assert set(candles) <= {BTC, ETH}
    assert trades[0]["symbol"] in (BTC, ETH)
    assert books["symbol"] in (BTC, ETH)


async def test_candles_are_watched_until_they_close_and_beyond(client: Any, served: Served) -> None:
    """The open one, and after it the next."""
    (first,) = await _soon(client.watch_ohlcv(BTC, "1m"))
    seen = {first[0]: first[4]}
    for step in range(1, 9):
        await served.exchange.show(step)
    async with asyncio.timeout(WITHIN):
        while len(seen) < 3:
            seen |= {row[0]: row[4] for row in await client.watch_ohlcv(BTC, "1m")}

    assert list(seen.values()) == [100, 101, 102]


@pytest.mark.parametrize("speed", ["100", "500", "0"])
async def test_a_snapshot_and_its_differences_join_into_the_venues_book(
    client: Any, served: Served, speed: str
) -> None:
    """Without a gap that ccxt would complain of; after each step the whole book is the one that REST answers."""
    client.options["watchOrderBookRate"] = speed
    book = await _soon(client.watch_order_book(BTC, 20))
    for step in range(1, 25):
        await served.exchange.show(step)
        async with asyncio.timeout(WITHIN):
            while book["nonce"] < step:
                book = await client.watch_order_book(BTC, 20)
        asked = await client.fetch_order_book(BTC, 20)
        assert book["nonce"] == asked["nonce"] == step
        assert ([*book["bids"]], [*book["asks"]]) == (asked["bids"], asked["asks"])


async def test_two_paces_of_a_book_tell_the_same_differences(served: Served) -> None:
    """To two clients at once: neither takes the other's."""
    async with unified(served.url) as fast, unified(served.url) as slow:
        slow.options["watchOrderBookRate"] = "500"
        books = [await _soon(client.watch_order_book(BTC, 20)) for client in (fast, slow)]
        for step in range(1, 9):
            await served.exchange.show(step)
        for client, book in zip((fast, slow), books, strict=True):
            async with asyncio.timeout(WITHIN):
                while book["nonce"] < 8:
                    await client.watch_order_book(BTC, 20)
        asked = await fast.fetch_order_book(BTC, 20)

    assert [[*book["bids"]] for book in books] == [asked["bids"]] * 2
    assert [[*book["asks"]] for book in books] == [asked["asks"]] * 2


async def test_trades_are_watched(client: Any, served: Served) -> None:
    """Each with a number of its own, rising."""
    numbers = [int((await _soon(client.watch_trades(BTC)))[-1]["id"])]
    await served.exchange.show(1)
    async with asyncio.timeout(WITHIN):
        while len(numbers) < 2:
            found = [int(trade["id"]) for trade in await client.watch_trades(BTC)]
            numbers += [number for number in found if number > numbers[-1]]

    assert numbers == sorted(set(numbers))


async def test_an_order_is_watched_from_new_to_filled(client: Any, served: Served) -> None:
    """Told of as it rests, as it is filled, and as it is cancelled; with trades, and the same ids as REST."""
    watching = asyncio.ensure_future(client.watch_orders(BTC))
    await _listening(served)
    placed = await client.create_order(BTC, "limit", "buy", 1, 99)
    told = dict((await _soon(watching))[0])  # ccxt changes the order that it has told of
    await client.cancel_order(placed["id"], BTC)
    gone = dict((await _soon(client.watch_orders(BTC)))[0])
    trades = asyncio.ensure_future(client.watch_my_trades(BTC))
    await asyncio.sleep(0)
    filled = await client.create_order(BTC, "market", "buy", 1)
    (trade,) = await _soon(trades)

    assert (told["id"], told["status"], told["price"]) == (placed["id"], "open", 99)
    assert (gone["id"], gone["status"]) == (placed["id"], "canceled")
    assert (trade["order"], trade["amount"], trade["price"]) == (filled["id"], 1, filled["average"])


async def test_a_stop_is_watched_until_it_is_triggered(client: Any, served: Served) -> None:
    """Under its own number while it waits; what it sends off comes under another."""
    await client.create_order(BTC, "market", "sell", 1)
    watching = asyncio.ensure_future(client.watch_orders(BTC))
    await _listening(served)
    stop = await client.create_order(BTC, "market", "buy", 1, None, {"stopLossPrice": 100.5, **CLOSES})
    waits = dict((await _soon(watching))[0])
    seen: list[dict[str, Any]] = []
    await served.exchange.show(4)
    async with asyncio.timeout(WITHIN):
        while not any(order["info"].get("X") == "FINISHED" for order in seen):
            seen += [dict(order) for order in await client.watch_orders(BTC)]
    child = next(order for order in seen if order["info"].get("X") == "FILLED")

    assert (waits["id"], waits["status"], waits["triggerPrice"]) == (stop["id"], "open", 100.5)
    assert child["id"] == next(order["info"]["ai"] for order in seen if order["info"].get("X") == "FINISHED")
    assert (child["filled"], child["status"]) == (1, "closed")


async def test_positions_and_balance_are_watched(client: Any, served: Served) -> None:
    """After a fill they are those that REST answers."""
    client.options["watchPositions"] = {"fetchPositionsSnapshot": False}
    client.options["watchBalance"] = {"fetchBalanceSnapshot": False, "awaitBalanceSnapshot": False}
    positions = asyncio.ensure_future(client.watch_positions([BTC]))
    balance = asyncio.ensure_future(client.watch_balance({"type": "future"}))
    await _listening(served)
    await client.create_order(BTC, "market", "sell", 2)
    ((told,), wallet) = [await _soon(positions), await _soon(balance)]
    (asked,), free = await client.fetch_positions([BTC]), await client.fetch_balance()

    for name in ("symbol", "side", "contracts", "entryPrice"):
        assert told[name] == asked[name], name
    assert wallet["USDT"]["total"] == pytest.approx(float(free["info"]["totalWalletBalance"]))


async def test_a_change_of_margin_is_an_update_of_the_account(
    client: Any, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mode of a symbol, and margin that is moved: each with its reason, and the position that it is of."""
    heard: list[dict[str, Any]] = []
    monkeypatch.setattr(served.exchange, "tell", lambda _, frame: heard.append(frame))
    await client.set_margin_mode("isolated", BTC)
    await client.create_order(BTC, "market", "buy", 1)
    await client.add_margin(BTC, 10)
    (position,) = await client.fetch_positions([BTC])
    mode, margin = (frame["a"] for frame in heard)

    assert (mode["m"], mode["B"], mode["P"][0]["mt"], mode["P"][0]["pa"]) == ("MARGIN_TYPE_CHANGE", [], "isolated", "0")
    assert (margin["m"], margin["P"][0]["pa"]) == ("MARGIN_TRANSFER", "1")
    assert margin["P"][0]["iw"] == position["info"]["isolatedWallet"]
    assert Decimal(margin["B"][0]["wb"]) - Decimal(margin["B"][0]["cw"]) == Decimal(margin["P"][0]["iw"])


async def test_a_stream_that_breaks_off_is_a_network_error_once(client: Any, served: Served) -> None:
    """And watched again is a new connection."""
    await _soon(client.watch_ticker(BTC))
    waiting = asyncio.ensure_future(client.watch_ticker(BTC))
    await asyncio.sleep(0)
    served.exchange.streams.drop_all()
    with pytest.raises(ccxt.NetworkError):
        await _soon(waiting)

    assert (await _soon(client.watch_ticker(BTC)))["last"] == 100
