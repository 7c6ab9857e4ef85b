"""The simulator's streams judged by the venue's own websocket client: each frame by its typed model."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from binance_common.configuration import ConfigurationWebSocketStreams
from binance_sdk_derivatives_trading_usds_futures.derivatives_trading_usds_futures import (
    DerivativesTradingUsdsFutures,
)

from support.sdk import BTC, BUY, LIMIT, STOP, Call, strange
from support.servers import Served

WITHIN = 10.0  # seconds that a frame may take
STREAMS = [
    ("aggregate_trade_streams", {"symbol": "btcusdt"}),
    ("all_market_mini_tickers_stream", {}),
    ("all_market_tickers_streams", {}),
    ("individual_symbol_mini_ticker_stream", {"symbol": "btcusdt"}),
    ("individual_symbol_ticker_streams", {"symbol": "btcusdt"}),
    ("kline_candlestick_streams", {"symbol": "btcusdt", "interval": "1m"}),
    ("mark_price_stream", {"symbol": "btcusdt"}),
    ("mark_price_stream_for_all_market", {}),
    ("all_book_tickers_stream", {}),
    ("individual_symbol_book_ticker_streams", {"symbol": "btcusdt"}),
    ("diff_book_depth_streams", {"symbol": "btcusdt"}),
    ("partial_book_depth_streams", {"symbol": "btcusdt", "levels": "5"}),
]


@pytest.fixture
async def streams(exchange: Served) -> AsyncIterator[Any]:
    """The SDK's websocket connections, one for each kind of stream."""
    url = "ws" + exchange.url.removeprefix("http")
    client = DerivativesTradingUsdsFutures(config_ws_streams=ConfigurationWebSocketStreams(stream_url=url))
    connection = await client.websocket_streams.create_connection()  # type: ignore[no-untyped-call]  # the SDK's
    yield connection
    await connection.close_connection(close_session=True)


async def _first(handle: Any) -> Any:
    """The stream's first frame, read by its model."""
    heard: asyncio.Queue[Any] = asyncio.Queue()
    handle.on("message", heard.put_nowait)
    return await asyncio.wait_for(heard.get(), WITHIN)


@pytest.mark.parametrize(("name", "arguments"), STREAMS)
async def test_every_market_stream_is_of_its_model(
    streams: Any, exchange: Served, name: str, arguments: dict[str, Any]
) -> None:
    """Fields and types; a client that subscribes hears the present state at once, and the next step."""
    handle = await getattr(streams, name)(**arguments)
    frame = _first(handle)
    exchange.exchange.react()
    found = await frame

    assert found is not None
    assert [wrong for wrong in strange(found) if not wrong.endswith((".ps: missing", ".st: missing"))] == []


async def test_the_private_stream_is_of_its_models(streams: Any, client: Call) -> None:
    """Orders, fills, account, leverage, conditional orders: by the listen key."""
    key = (await client("start_user_data_stream")).listen_key
    heard: asyncio.Queue[Any] = asyncio.Queue()
    handle = await streams.user_data(key)
    handle.on("message", heard.put_nowait)
    await client("change_initial_leverage", **BTC, leverage=7)
    await client("new_order", **BUY)
    await client("new_algo_order", **STOP)
    await client("new_order", **LIMIT)
    await client("cancel_all_open_orders", **BTC)
    frames = [await asyncio.wait_for(heard.get(), WITHIN) for _ in range(7)]

    assert [_kind(frame) for frame in frames] == [
        "AccountConfigUpdate",
        "OrderTradeUpdate",
        "AccountUpdate",
        "OrderTradeUpdate",
        "AlgoUpdate",
        "OrderTradeUpdate",
        "OrderTradeUpdate",
    ]


def _kind(frame: Any) -> str:
    return type(getattr(frame, "actual_instance", None) or frame).__name__


@pytest.mark.parametrize(
    "path",
    [
        "/ws/btcusdt@markPrice",
        "/market/ws/btcusdt@markPrice",
        "/stream?streams=btcusdt@markPrice",
        "/market/stream?streams=btcusdt@markPrice",
        "/ws",
        "/market/ws/7",
    ],
)
async def test_both_forms_of_address_serve_the_same(exchange: Served, path: str) -> None:
    """Old and new, raw and combined, named in the address or subscribed to later."""
    async with aiohttp.ClientSession() as session, session.ws_connect(exchange.url + path) as socket:
        if "markPrice" not in path:
            await socket.send_json({"method": "SUBSCRIBE", "params": ["btcusdt@markPrice"], "id": 1})
            assert await socket.receive_json(timeout=WITHIN) == {"result": None, "id": 1}
        else:
            await socket.send_json({"method": "LIST_SUBSCRIPTIONS", "id": 1})
            assert await socket.receive_json(timeout=WITHIN) == {"result": ["btcusdt@markPrice"], "id": 1}
            exchange.exchange.react()
        frame = await socket.receive_json(timeout=WITHIN)

    frame = frame["data"] if "stream" in path else frame
    assert (frame["e"], frame["s"], frame["p"]) == ("markPriceUpdate", "BTCUSDT", "100")


@pytest.mark.parametrize("path", ["/ws/nonsense@markPrice", "/stream?streams=btcusdt@kline_7q", f"/ws/{'0' * 64}"])
async def test_a_stream_that_is_none_is_refused(exchange: Served, path: str) -> None:
    """In the address."""
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(exchange.url + path)


async def test_a_kline_is_told_once_more_as_it_closes(exchange: Served) -> None:
    """With its flag, before the first of the next minute."""
    async with aiohttp.ClientSession() as session, session.ws_connect(exchange.url + "/ws/btcusdt@kline_1m") as socket:
        frames = []
        await socket.send_json({"method": "LIST_SUBSCRIPTIONS", "id": 1})
        await socket.receive_json(timeout=WITHIN)
        for step in (3, 4):
            await exchange.exchange.show(step)
        frames = [(await socket.receive_json(timeout=WITHIN))["k"] for _ in range(3)]

    assert [(frame["x"], frame["t"] - frames[0]["t"]) for frame in frames] == [(False, 0), (True, 0), (False, 60_000)]


@pytest.mark.parametrize("told", [False, True])
async def test_a_listen_key_can_end(exchange: Served, client: Call, told: bool) -> None:
    """Silently or with a last frame; kept alive it answers that there is none, and asked for it is a new one."""
    key = (await client("start_user_data_stream")).listen_key
    bob = exchange.exchange.books.by_key["bob-key-0123456789"]
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{exchange.url}/ws/{key}") as socket:
        await socket.send_json({"method": "LIST_SUBSCRIPTIONS", "id": 1})
        await socket.receive_json(timeout=WITHIN)
        exchange.exchange.expire(bob, told=told)
        await client("new_order", **BUY)
        await socket.send_json({"method": "LIST_SUBSCRIPTIONS", "id": 2})
        frame = await socket.receive_json(timeout=WITHIN)

    assert frame.get("e", frame.get("id")) == ("listenKeyExpired" if told else 2)
    with pytest.raises(Exception, match="-1125"):
        await client("keepalive_user_data_stream")
    assert (await client("start_user_data_stream")).listen_key != key
